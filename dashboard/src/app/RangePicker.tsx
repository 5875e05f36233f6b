import { useState, type FormEvent } from "react";
import { shortTime } from "../shared/format/times";
import type { MessageKey } from "../shared/i18n/catalogue";
import { useTranslate, type Translate } from "../shared/i18n/language";
import { queryCache } from "../shared/query/cache";
import { changeParameters } from "../shared/router/location";
import { useParameters } from "../shared/router/useParameters";
import { boundsOf, isRelative, parseRange, PRESETS, scaled, shifted, type TimeRange } from "../shared/time/range";
import { chooseRange, REFRESH_MS, useRange } from "../shared/time/useRange";
import { Icon } from "../shared/ui/Icon";
import { usePopover } from "../shared/ui/usePopover";

/** `-1h` in words. */
export function relativeText(start: string, t: Translate): string {
  const match = /^(?:now)?-(\d+)([smhdw])$/.exec(start);
  return match === null ? start : t(`range.${match[2] ?? "m"}` as MessageKey, { n: match[1] ?? "" });
}

export function rangeText(range: TimeRange, t: Translate): string {
  if (isRelative(range)) return t("range.last", { range: relativeText(range.start, t) });
  const now = Date.now();
  const { from, to } = boundsOf(range, now);
  return `${shortTime(from, now)} ~ ${range.end === "now" ? "" : shortTime(to, now)}`;
}

/** The time range of the view: moved, typed, chosen, and how often it is asked for again. */
export function RangePicker() {
  const t = useTranslate();
  const range = useRange();
  const parameters = useParameters();
  const isLive = parameters.get("live") === "1";
  const { isOpen, setOpen, anchor } = usePopover();
  const choose = (chosen: TimeRange) => {
    chooseRange(chosen);
    setOpen(false);
  };
  return (
    <>
      <span className="anchor group" ref={anchor}>
        <button
          type="button" className="button icon" aria-label={t("header.earlier")}
          onClick={() => chooseRange(shifted(range, -0.5, Date.now()))}
        >
          <Icon name="left" />
        </button>
        <button
          type="button" className="button" aria-haspopup="dialog" aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)} data-testid="range"
        >
          <span className="sr">{t("header.range")}: </span>
          {rangeText(range, t)}
        </button>
        <button
          type="button" className="button icon" aria-label={t("header.later")} disabled={range.end === "now"}
          onClick={() => chooseRange(shifted(range, 0.5, Date.now()))}
        >
          <Icon name="right" />
        </button>
        <button
          type="button" className="button icon" aria-label={t("range.zoomOut")}
          onClick={() => chooseRange(scaled(range, 2, Date.now()))}
        >
          <Icon name="zoomOut" />
        </button>
        {isOpen && <RangeChoices range={range} choose={choose} />}
      </span>
      <button
        type="button" className="button" aria-pressed={isLive} disabled={range.end !== "now"}
        onClick={() => changeParameters({ live: isLive ? undefined : "1", refresh: undefined })}
      >
        <span className="live-dot" aria-hidden="true" />
        {t("header.live")}
      </button>
      <button
        type="button" className="button icon" aria-label={t("header.refresh")} onClick={() => queryCache.reloadShown()}
      >
        <Icon name="refresh" />
      </button>
    </>
  );
}

function RangeChoices({ range, choose }: { readonly range: TimeRange; readonly choose: (range: TimeRange) => void }) {
  const t = useTranslate();
  const [text, setText] = useState("");
  const [isInvalid, setInvalid] = useState(false);
  const refresh = useParameters().get("refresh") ?? "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = parseRange(text, Date.now());
    if (typed === null) setInvalid(true);
    else choose(typed);
  };
  return (
    <div className="popover" role="dialog" aria-label={t("header.range")}>
      <div className="presets">
        {PRESETS.map((start) => (
          <button
            key={start} type="button" className="button" aria-pressed={isRelative(range) && range.start === start}
            onClick={() => choose({ start, end: "now" })}
          >
            {t("range.last", { range: relativeText(start, t) })}
          </button>
        ))}
      </div>
      <form onSubmit={submit} className="range-form">
        <label htmlFor="typed-range">{t("range.typed")}</label>
        <input
          id="typed-range" className="field" value={text} autoFocus aria-invalid={isInvalid}
          aria-describedby="range-hint"
          onChange={(event) => {
            setText(event.target.value);
            setInvalid(false);
          }}
        />
        <p id="range-hint" className={isInvalid ? "error-text" : "faint"}>
          {isInvalid ? t("range.invalid") : t("range.hint")}
        </p>
        <button type="submit" className="button" disabled={text.trim() === ""}>
          {t("range.apply")}
        </button>
      </form>
      <label className="picker refresh">
        <span>{t("header.refreshEvery")}</span>
        <select
          value={refresh} disabled={range.end !== "now"}
          onChange={(event) => changeParameters({ refresh: event.target.value, live: undefined })}
        >
          <option value="">{t("header.off")}</option>
          {Object.keys(REFRESH_MS).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

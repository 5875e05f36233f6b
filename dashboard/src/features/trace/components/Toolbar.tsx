import { useState, type ReactNode } from "react";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { Icon } from "../../../shared/ui/Icon";
import { traceIDOf } from "../../../shared/trace/traceID";
import { modeParameter, TRACE_MODES, type TraceMode } from "../model/modes";

interface Props {
  readonly mode: TraceMode;
  /** Whether the trace is compared with another one, which no mode does. */
  readonly isCompared: boolean;
  readonly services?: readonly string[];
  readonly slots?: ReadonlyMap<string, number>;
  /** What is looked for, and what Enter does with it; absent where nothing can be found. */
  readonly find?: { readonly text: string; readonly status?: string; readonly step?: (by: 1 | -1) => void };
  readonly children?: ReactNode;
}

const SERVICES_MAX = 8;

/** Ways to look at a trace, finding spans, another trace to compare with, and what the colours mean. */
export function Toolbar({ mode, isCompared, services = [], slots, find, children }: Props) {
  const t = useTranslate();
  return (
    <div className="trace-tools">
      <div className="group" role="group" aria-label={t("trace.modes")}>
        {TRACE_MODES.map((name) => (
          <button
            key={name} type="button" className="button" aria-pressed={!isCompared && name === mode}
            onClick={() => changeParameters({ as: modeParameter(name), vs: undefined, differences: undefined })}
          >
            {t(`trace.${name}`)}
          </button>
        ))}
      </div>
      {find !== undefined && (
        <label className="find">
          <Icon name="search" />
          <input
            data-filter type="search" aria-label={t("trace.find")} placeholder={t("trace.find")} value={find.text}
            onChange={(event) => changeParameters({ find: event.target.value }, { replace: true })}
            onKeyDown={(event) => {
              if (event.key === "Enter") find.step?.(event.shiftKey ? -1 : 1);
            }}
          />
          {find.text !== "" && find.status !== undefined && (
            <span className="faint" role="status">
              {find.status}
            </span>
          )}
        </label>
      )}
      {children}
      <CompareField isCompared={isCompared} />
      {slots !== undefined && (
        <ul className="legend">
          {services.slice(0, SERVICES_MAX).map((name) => (
            <li key={name}>
              <span className="dot" style={{ background: `var(--c${slots.get(name) ?? 1})` }} />
              <span className="clip">{name}</span>
            </li>
          ))}
          {mode === "timeline" && (
            <li>
              <span className="critical-key" aria-hidden="true" />
              {t("trace.critical")}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** Another trace by its id; the list of traces chooses two as well. */
function CompareField({ isCompared }: { readonly isCompared: boolean }) {
  const t = useTranslate();
  const chosen = useParameters().get("vs") ?? "";
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  if (isCompared) {
    return (
      <button
        type="button" className="button" aria-pressed
        onClick={() => changeParameters({ vs: undefined, differences: undefined })}
      >
        {t("compare.end")}
      </button>
    );
  }
  if (!isOpen && chosen === "") {
    return (
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {t("compare.with")}
      </button>
    );
  }
  const typed = isOpen ? text : chosen;
  const isWrong = typed !== "" && traceIDOf(typed) === null;
  return (
    <form
      className="find" onSubmit={(event) => {
        event.preventDefault();
        const id = traceIDOf(typed);
        if (id !== null) changeParameters({ vs: id });
      }}
    >
      <input
        autoFocus={isOpen} aria-label={t("compare.id")} placeholder={t("compare.id")} value={typed} spellCheck={false}
        aria-invalid={isWrong} onChange={(event) => {
          setOpen(true);
          setText(event.target.value);
        }}
      />
      {isWrong && <span className="error-text" role="alert">{t("compare.noID")}</span>}
    </form>
  );
}

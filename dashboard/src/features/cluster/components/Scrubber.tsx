import { useEffect, useState } from "react";
import { timeOfDay } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters } from "../../../shared/router/location";

interface Props {
  /** Seconds since 1970, one for each position. */
  readonly times: readonly number[];
  /** The chosen one; null for the newest. */
  readonly at: number | null;
}

/** How long each position stays while it plays. */
const FRAME_MS = 250;

/** A slider through the time range, which can run by itself. The chosen time is in the address. */
export function Scrubber({ times, at }: Props) {
  const t = useTranslate();
  const [isPlaying, setPlaying] = useState(false);
  const last = times.length - 1;
  const index = at === null ? last : times.indexOf(at);
  const shown = index < 0 ? last : index;
  useEffect(() => {
    if (!isPlaying) return;
    const timer = window.setTimeout(() => {
      if (shown >= last) setPlaying(false);
      else choose(times, shown + 1, last);
    }, FRAME_MS);
    return () => window.clearTimeout(timer);
  }, [isPlaying, shown, last, times]);
  if (times.length < 2) return null;
  const time = timeOfDay((times[shown] ?? 0) * 1_000, Date.now(), false);
  const toggle = () => {
    if (!isPlaying && shown >= last) choose(times, 0, last);
    setPlaying(!isPlaying);
  };
  return (
    <div className="scrubber">
      <button type="button" className="button" aria-pressed={isPlaying} onClick={toggle}>
        {t(isPlaying ? "cluster.pause" : "cluster.play")}
      </button>
      <input
        type="range" min={0} max={last} value={shown} aria-label={t("cluster.time")} aria-valuetext={time}
        onChange={(event) => {
          setPlaying(false);
          choose(times, Number(event.target.value), last);
        }}
      />
      <span className="scrubber-time">{at === null ? t("cluster.newest") : time}</span>
    </div>
  );
}

function choose(times: readonly number[], index: number, last: number): void {
  const time = times[index];
  changeParameters({ at: index >= last || time === undefined ? undefined : String(time) }, { replace: true });
}

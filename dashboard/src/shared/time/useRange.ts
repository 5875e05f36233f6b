import { useEffect, useMemo, useState } from "react";
import { changeParameters } from "../router/location";
import { useParameters } from "../router/useParameters";
import { RANGE_DEFAULT, absolute, rangeOf, type TimeRange } from "./range";

/** How often a live view asks again. */
const LIVE_MS = 2_000;
export const REFRESH_MS: Readonly<Record<string, number>> = {
  "5s": 5_000, "10s": 10_000, "30s": 30_000, "1m": 60_000, "5m": 300_000,
};

export function useRange(): TimeRange {
  const parameters = useParameters();
  return useMemo(() => rangeOf(parameters, Date.now()), [parameters]);
}

/** How often the view asks again, in milliseconds; null where only on request. */
export function useRefresh(): number | null {
  const parameters = useParameters();
  if (parameters.get("live") === "1") return LIVE_MS;
  return REFRESH_MS[parameters.get("refresh") ?? ""] ?? null;
}

/** A number that changes as often as the view asks again, for what must be computed anew for a later time. */
export function useTick(refreshMs: number | null): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (refreshMs === null) return;
    const timer = window.setInterval(() => {
      if (document.visibilityState === "visible") setTick((count) => count + 1);
    }, refreshMs);
    return () => window.clearInterval(timer);
  }, [refreshMs]);
  return tick;
}

export function chooseRange(range: TimeRange): void {
  const isDefault = range.start === RANGE_DEFAULT.start && range.end === RANGE_DEFAULT.end;
  changeParameters({
    start: isDefault ? undefined : range.start,
    end: isDefault || range.end === "now" ? undefined : range.end,
    ...(range.end === "now" ? {} : { live: undefined, refresh: undefined }),
  });
}

/** What a brush over a chart chooses. */
export function chooseBounds(from: number, to: number): void {
  chooseRange(absolute(from, to));
}

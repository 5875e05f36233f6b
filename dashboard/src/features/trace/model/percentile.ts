import type { SpanPercentile } from "../../../generated/api";
import { toNumber } from "../../../shared/format/numbers";

/** Where a span stands among those like it. */
export interface Standing {
  /** `97`, or `99.6` where the last percent tells apart what is rare. */
  readonly percentile: string;
  readonly count: number;
  readonly hours: number;
  readonly median: number;
  readonly isSlow: boolean;
}

/** Among fewer spans a percentile says nothing. */
const SPAN_COUNT_MIN = 20;
const TAIL_MIN = 99;
const SLOW_MIN = 95;
const HOUR_MS = 3_600_000;

/** The standing of a span; null where there are too few like it. */
export function standingOf(found: SpanPercentile): Standing | null {
  const { percentile, median_ns: median, span_count: count } = found;
  if (percentile === null || median === null || count < SPAN_COUNT_MIN) return null;
  return {
    // Cut, not rounded: nothing is slower than all others, itself among them.
    percentile: percentile >= TAIL_MIN ? String(Math.floor(percentile * 10) / 10) : String(Math.floor(percentile)),
    count, hours: Math.round((Date.parse(found.end) - Date.parse(found.start)) / HOUR_MS), median: toNumber(median),
    isSlow: percentile >= SLOW_MIN,
  };
}

import type { Filter } from "../filters/filters";
import type { HeatSelection } from "../plot/heat";

/** Parameters of the two selections of a comparison, with `a.` and `b.` before their names. */
export type Sides = Readonly<Record<string, string>>;

const text = (ms: number): string => new Date(ms).toISOString();

/**
 * What a box over durations is compared with: shorter spans of the same time where it leaves out the short ones, longer
 * ones where it leaves out only the long ones, and another time where it leaves out neither.
 */
export function sidesOf(
  selection: HeatSelection, filters: readonly Filter[], bounds: { readonly from: number; readonly to: number },
): Sides {
  const { from, to, shortestMs, longestMs } = selection;
  const sides: Record<string, string> = { "a.start": text(from), "a.end": text(to) };
  for (const { name, value } of filters) sides[`a.${name}`] = sides[`b.${name}`] = value;
  if (shortestMs !== null) sides["a.min_duration_ms"] = String(shortestMs);
  if (longestMs !== null) sides["a.max_duration_ms"] = String(longestMs);
  if (shortestMs !== null || longestMs !== null) {
    sides["b.start"] = text(from);
    sides["b.end"] = text(to);
    if (shortestMs !== null) sides["b.max_duration_ms"] = String(shortestMs);
    else sides["b.min_duration_ms"] = String(longestMs);
    return sides;
  }
  const before = from - bounds.from;
  if (before <= 0 && bounds.to <= to) return sides;
  sides["b.start"] = text(before > 0 ? bounds.from : to);
  sides["b.end"] = text(before > 0 ? from : bounds.to);
  return sides;
}

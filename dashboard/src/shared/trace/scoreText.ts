import type { ScoreTally } from "../../generated/api";
import { percent, toNumber } from "../format/numbers";

/** How scores of a name read: a number by its mean, yes or no by the share of yes, a category by the latest. */
export function scoreText({ kind, count, mean, latest }: ScoreTally): string {
  if (kind === "category" || mean === null) return String(latest);
  if (kind === "boolean") return toNumber(count) === 1 ? (mean > 0 ? "✓" : "✗") : percent(mean);
  return String(Number(mean.toPrecision(3)));
}

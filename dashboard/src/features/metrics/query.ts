import type { Metric } from "../../generated/api";

/** The question that a metric usually asks: counters by their rate, buckets by a quantile, others as they are. */
export function usualQuery(metric: Pick<Metric, "name" | "type">): string {
  const selector = selectorOf(metric.name);
  if (metric.name.endsWith("_bucket")) return `histogram_quantile(0.95, sum by (le) (rate(${selector}[5m])))`;
  if (metric.type === "counter" || /_(total|count|sum)$/.test(metric.name)) return `rate(${selector}[5m])`;
  if (metric.type === "histogram") return `histogram_quantile(0.95, sum(rate(${selector}[5m])))`;
  return selector;
}

/** A name that only the newer form of PromQL takes is written within the braces. */
function selectorOf(name: string): string {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
}

import { useMemo } from "react";
import { parseTraceAnswer } from "../../generated/api";
import { apiURL } from "../../shared/query/client";
import { useQuery, type Query } from "../../shared/query/useQuery";
import { skeletonReader } from "./model/readSkeleton";
import { openTraceOf, WHOLE_SPANS_MAX, type OpenTrace } from "./model/skeleton";

/** A trace: first the columns that its views need, then its whole spans where they are not too many. */
export function useTrace(id: string, refreshMs: number | null): Query<OpenTrace> {
  const path = `/traces/${encodeURIComponent(id)}`;
  const columns = useQuery(apiURL(path, { fields: "skeleton" }), skeletonReader, { refreshMs });
  const isWhole = columns.data !== null && columns.data.facts.span_count <= WHOLE_SPANS_MAX;
  const whole = useQuery(isWhole ? apiURL(path) : null, parseTraceAnswer, { refreshMs });
  const trace = whole.data?.data;
  const opened = useMemo(() => (trace === undefined ? null : openTraceOf(trace)), [trace]);
  return isWhole ? { ...whole, data: opened, error: whole.error ?? columns.error } : columns;
}

import { useMemo } from "react";
import {
  parseEnergyResponse, parseGpuList, parseLatencySeries, parseNodeList, parseOverview, parseThroughputSeries,
  parseTraceList,
} from "../../generated/api";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { useParameters } from "../../shared/router/useParameters";
import { previousOf } from "../../shared/time/range";
import { useRange, useRefresh } from "../../shared/time/useRange";

/** Groups of a chart: more lines than colours cannot be told apart. */
const CHART_GROUPS = 6;
const TABLE_GROUPS = 12;
const SLOWEST = 6;
/** The largest page of machines that the API gives. */
const MACHINES_MAX = 100;

/** Everything that the overview asks for. */
export function useOverview() {
  const range = useRange();
  const parameters = useParameters();
  const service = parameters.get("service") ?? undefined;
  const refreshMs = useRefresh();
  const options = { refreshMs };
  const base = { start: range.start, end: range.end === "now" ? undefined : range.end, service };
  // The range before is fixed, so that it is one request and not one a render.
  const before = useMemo(() => previousOf(range, Date.now()), [range]);
  const url = (path: string, more: Record<string, string | number | undefined> = {}) =>
    apiURL(path, { ...base, ...more });
  return {
    range,
    service,
    services: useQuery(
      url("/analytics/overview", { group_by: "service", limit: TABLE_GROUPS }), parseOverview, options),
    models: useQuery(url("/analytics/overview", { group_by: "model", limit: TABLE_GROUPS }), parseOverview, options),
    before: useQuery(
      apiURL("/analytics/overview", { ...before, service, group_by: "service", limit: TABLE_GROUPS }), parseOverview),
    latency: useQuery(url("/analytics/latency"), parseLatencySeries, options),
    throughput: useQuery(url("/analytics/throughput"), parseThroughputSeries, options),
    tokens: useQuery(
      url("/analytics/throughput", { group_by: "model", limit: CHART_GROUPS }), parseThroughputSeries, options),
    slowest: useQuery(url("/traces", { sort: "-duration", limit: SLOWEST }), parseTraceList, options),
    energy: useQuery(url("/energy", { by: "service", limit: 1 }), parseEnergyResponse, options),
    gpus: useQuery(apiURL("/gpus", { limit: MACHINES_MAX }), parseGpuList, options),
    nodes: useQuery(apiURL("/nodes", { limit: MACHINES_MAX }), parseNodeList, options),
  };
}

export type OverviewQueries = ReturnType<typeof useOverview>;

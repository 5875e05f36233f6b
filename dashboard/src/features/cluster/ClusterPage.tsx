import { useMemo } from "react";
import { parseGpuList, parseNodeList, type Gpu, type Node } from "../../generated/api";
import type { MessageKey } from "../../shared/i18n/catalogue";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { parseMatrix, rangeRequest, type PromSeries } from "../../shared/query/promql";
import { usePages } from "../../shared/query/usePages";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { useRange, useRefresh, useTick } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { Failure } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { HeatMap } from "./components/HeatMap";
import { Scrubber } from "./components/Scrubber";
import { HEAT_METRICS, heatRows, histogram, metricOf, Values, worstOf, type HeatMetric, type HeatRow } from "./model";

const NODES = apiURL("/nodes", { limit: 100 });
const GPUS = apiURL("/gpus", { limit: 100 });
const nodeID = (node: Node) => node.name;
const gpuID = (gpu: Gpu) => `${gpu.node} ${gpu.id}`;
const REFRESH_MS = 10_000;
/** Machines in one picture; beyond, the worst are shown, and how all of them are in numbers. */
const ROWS_MAX = 500;

const CPU =
  'sum by (instance) (rate(node_cpu_seconds_total{mode!="idle"}[2m]))' +
  " / sum by (instance) (rate(node_cpu_seconds_total[2m]))";
const MEMORY = "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes";
const NETWORK =
  'sum by (instance) (rate(node_network_receive_bytes_total{device!="lo"}[2m])' +
  ' + rate(node_network_transmit_bytes_total{device!="lo"}[2m]))';

/** All machines and GPUs in one picture, at any time of the range. */
export default function ClusterPage() {
  const t = useTranslate();
  const refreshMs = useRefresh() ?? REFRESH_MS;
  const nodes = useAll(NODES, parseNodeList, nodeID, refreshMs);
  const gpus = useAll(GPUS, parseGpuList, gpuID, refreshMs);
  const parameters = useParameters();
  const metric = metricOf(parameters.get("metric"));
  const byWorst = parameters.get("sort") === "worst";
  const error = nodes.error ?? gpus.error;
  const isThere = nodes.items !== null && gpus.items !== null;
  return (
    <Page title={t("cluster.title")} head={<Choices metric={metric} byWorst={byWorst} />}>
      {!isThere && error !== null && (
        <Failure
          error={error}
          retry={() => {
            nodes.reload();
            gpus.reload();
          }}
        />
      )}
      {!isThere && error === null && <div className="state" aria-busy="true" />}
      {nodes.items !== null && gpus.items !== null && (
        nodes.items.length === 0 && gpus.items.length === 0
          ? <StateMessage mark="◌" title={t("nodes.none")} detail={t("nodes.noneDetail")} />
          : <Map nodes={nodes.items} gpus={gpus.items} metric={metric} byWorst={byWorst} refreshMs={refreshMs} />
      )}
    </Page>
  );
}

/** All pages of a list, as far as lists of the dashboard go. */
function useAll<T>(
  url: string, parser: Parameters<typeof usePages<T>>[1], idOf: (item: T) => string, reloadMs: number,
) {
  const pages = usePages(url, parser, { idOf, refreshMs: null, reloadMs });
  if (pages.hasMore && !pages.isLoading) queueMicrotask(pages.loadMore);
  return pages;
}

function Choices({ metric, byWorst }: { readonly metric: HeatMetric; readonly byWorst: boolean }) {
  const t = useTranslate();
  return (
    <>
      <div className="group" role="group" aria-label={t("cluster.metric")}>
        {HEAT_METRICS.map((choice, index) => (
          <button
            key={choice.id} type="button" className="button" aria-pressed={choice === metric}
            onClick={() => changeParameters({ metric: index === 0 ? undefined : choice.id })}
          >
            {t(`cluster.metric.${choice.id}` as MessageKey)}
          </button>
        ))}
      </div>
      <button
        type="button" className="button" aria-pressed={byWorst}
        onClick={() => changeParameters({ sort: byWorst ? undefined : "worst" })}
      >
        {t("cluster.byWorst")}
      </button>
    </>
  );
}

interface MapProps {
  readonly nodes: readonly Node[];
  readonly gpus: readonly Gpu[];
  readonly metric: HeatMetric;
  readonly byWorst: boolean;
  readonly refreshMs: number;
}

function Map({ nodes, gpus, metric, byWorst, refreshMs }: MapProps) {
  const t = useTranslate();
  const range = useRange();
  const tick = useTick(refreshMs);
  const requests = useMemo(
    () => [metric.query, CPU, MEMORY, NETWORK].map((query) => rangeRequest(query, range, Date.now())),
    [metric, range, tick]);
  const values = useQuery(requests[0]?.url ?? null, parseMatrix);
  const cpu = useQuery(requests[1]?.url ?? null, parseMatrix);
  const memory = useQuery(requests[2]?.url ?? null, parseMatrix);
  const network = useQuery(requests[3]?.url ?? null, parseMatrix);
  const times = requests[0]?.times ?? [];
  const asked = Number(useParameters().get("at") ?? NaN);
  const at = times.includes(asked) ? asked : null;
  const rows = useMemo(() => {
    const of = (query: typeof values) => new Values((query.data?.data.result ?? []) as readonly PromSeries[], at);
    const all = heatRows(nodes, gpus, of(values), { cpu: of(cpu), memory: of(memory), network: of(network) });
    const isMany = all.length > ROWS_MAX;
    return byWorst || isMany ? [...all].sort((one, other) => worstOf(other) - worstOf(one)) : all;
  }, [nodes, gpus, values.data, cpu.data, memory.data, network.data, at, byWorst]);
  return (
    <Panel title={t(`cluster.metric.${metric.id}` as MessageKey)} actions={<Scrubber times={times} at={at} />} isFlush>
      {values.error !== null && <Failure error={values.error} retry={values.reload} />}
      {rows.length > ROWS_MAX && <Overview rows={rows} metric={metric} />}
      <HeatMap rows={rows.slice(0, ROWS_MAX)} metric={metric} />
    </Panel>
  );
}

/** How many GPUs have which value, where there are too many machines for one picture. */
function Overview({ rows, metric }: { readonly rows: readonly HeatRow[]; readonly metric: HeatMetric }) {
  const t = useTranslate();
  const counts = histogram(rows, metric);
  const most = Math.max(1, ...counts);
  return (
    <div className="heat-histogram">
      <p className="muted">{t("cluster.tooMany", { shown: ROWS_MAX, total: rows.length })}</p>
      <div className="bars">
        {counts.map((count, step) => (
          <span
            key={step} className={`bar h${step}`} style={{ height: `${(100 * count) / most}%` }} title={String(count)}
          />
        ))}
      </div>
    </div>
  );
}

import { useMemo } from "react";
import { parseGpuList, parseNodeResponse, type Node } from "../../generated/api";
import { GpuMark } from "../../shared/fleet/GpuMark";
import { NodeMark } from "../../shared/fleet/NodeMark";
import { gpuName, memoryShare, POWER, readingOf, UTILIZATION } from "../../shared/fleet/readings";
import { bytes, percent, plain, watts } from "../../shared/format/numbers";
import { ago } from "../../shared/format/times";
import { language, useTranslate } from "../../shared/i18n/language";
import { QueryChart } from "../../shared/plot/QueryChart";
import { apiURL, RequestFailure } from "../../shared/query/client";
import { quoted } from "../../shared/query/promql";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters, hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useParameters } from "../../shared/router/useParameters";
import { useStore } from "../../shared/store";
import { useRefresh } from "../../shared/time/useRange";
import { Meter } from "../../shared/ui/Meter";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";

const REFRESH_MS = 10_000;
const BEFORE_MS = { "1d": 86_400_000, "7d": 604_800_000 } as const;
type Before = keyof typeof BEFORE_MS;
const beforeOf = (text: string | null): Before | null => (text === "1d" || text === "7d" ? text : null);

/** One machine: how busy it was, and its GPUs. */
export default function NodePage({ id }: { readonly id: string | null }) {
  const t = useTranslate();
  const refreshMs = useRefresh() ?? REFRESH_MS;
  const name = id ?? "";
  const query = useQuery(apiURL(`/nodes/${encodeURIComponent(name)}`), parseNodeResponse, { refreshMs });
  const isMissing = query.error instanceof RequestFailure && query.error.status === 404;
  const node = query.data?.data ?? null;
  const on = `instance=${quoted(name)}`;
  const load = `node_load1{${on}}`;
  const memory = `1 - node_memory_MemAvailable_bytes{${on}} / node_memory_MemTotal_bytes{${on}}`;
  // Of all the time that is counted: at the start and beside gaps some of it is missing.
  const processors =
    `sum(rate(node_cpu_seconds_total{${on},mode!="idle"}[2m])) / sum(rate(node_cpu_seconds_total{${on}}[2m]))`;
  const network =
    `sum(rate(node_network_receive_bytes_total{${on},device!="lo"}[2m])) + ` +
    `sum(rate(node_network_transmit_bytes_total{${on},device!="lo"}[2m]))`;
  const before = beforeOf(useParameters().get("before"));
  const past = useMemo(
    () => (before === null ? {} : { before: { ms: BEFORE_MS[before], name: t(`nodes.before.${before}`) } }),
    [before, t]);
  return (
    <Page title={t("nodes.title")} object={name} head={node !== null && <Facts node={node} />}>
      {isMissing ? <StateMessage mark="◌" title={t("nodes.none")} note={name} /> : (
        <QueryView query={query}>
          {() => (
            <>
              <BeforeChoice chosen={before} />
              <div className="grid two">
                <QueryChart
                  title={t("nodes.cpu")} query={processors} format={percent} max={1} nameOf={() => t("nodes.cpu")}
                  {...past}
                />
                <QueryChart
                  title={t("nodes.memory")} query={memory} format={percent} max={1} nameOf={() => t("nodes.memory")}
                  {...past}
                />
                <QueryChart
                  title={t("nodes.load")} query={load} format={plain} nameOf={() => t("nodes.load")} {...past}
                />
                <QueryChart
                  title={t("nodes.network")} query={network} format={bytes} nameOf={() => t("nodes.network")} {...past}
                />
              </div>
              <Gpus node={name} refreshMs={refreshMs} />
            </>
          )}
        </QueryView>
      )}
    </Page>
  );
}

/** What the charts show beside the range itself. */
function BeforeChoice({ chosen }: { readonly chosen: Before | null }) {
  const t = useTranslate();
  return (
    <div className="group" role="group" aria-label={t("nodes.before")}>
      {([null, "1d", "7d"] as const).map((choice) => (
        <button
          key={choice ?? "none"} type="button" className="button" aria-pressed={choice === chosen}
          onClick={() => changeParameters({ before: choice ?? undefined })}
        >
          {choice === null ? t("nodes.before.none") : t(`nodes.before.${choice}`)}
        </button>
      ))}
    </div>
  );
}

function Facts({ node }: { readonly node: Node }) {
  const t = useTranslate();
  const code = useStore(language);
  return (
    <p className="trace-facts">
      <NodeMark state={node.state} />
      <span className="muted">{ago(Date.parse(node.last_seen_at), Date.now(), code)}</span>
      <span className="muted">
        {t("nodes.version")} {node.version}
      </span>
      {Object.entries(node.labels).map(([key, value]) => (
        <span key={key} className="badge">
          {key}={value}
        </span>
      ))}
    </p>
  );
}

function Gpus({ node, refreshMs }: { readonly node: string; readonly refreshMs: number }) {
  const t = useTranslate();
  const gpus = useQuery(apiURL("/gpus", { node, limit: 100 }), parseGpuList, { refreshMs });
  return (
    <Panel title={t("nodes.gpus")} isFlush>
      <QueryView
        query={gpus} isEmpty={({ data }) => data.length === 0} empty={<StateMessage title={t("gpus.none")} />}
      >
        {({ data }) => (
          <table className="data">
            <thead>
              <tr>
                <th className="wide">{t("common.name")}</th>
                <th>{t("gpus.condition")}</th>
                <th>{t("gpus.utilization")}</th>
                <th>{t("gpus.memory")}</th>
                <th className="num">{t("gpus.power")}</th>
              </tr>
            </thead>
            <tbody>
              {data.map((gpu) => (
                <tr key={gpu.id}>
                  <td className="wide">
                    <Link to={hrefOf(`/gpus/${encodeURIComponent(gpu.id)}`)}>{gpuName(gpu)}</Link>{" "}
                    <span className="faint">{gpu.model}</span>
                  </td>
                  <td>
                    <GpuMark gpu={gpu} hasText />
                  </td>
                  <td>
                    <Meter
                      share={readingOf(gpu, UTILIZATION).value} text={percent(readingOf(gpu, UTILIZATION).value)}
                    />
                  </td>
                  <td>
                    <Meter share={memoryShare(gpu)} text={percent(memoryShare(gpu))} />
                  </td>
                  <td className="num">{watts(readingOf(gpu, POWER).value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </QueryView>
    </Panel>
  );
}

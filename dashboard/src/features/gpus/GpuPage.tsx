import { parseFleetEventList, parseGpuResponse, type Gpu } from "../../generated/api";
import { EventRows } from "../../shared/fleet/EventRows";
import { GpuMark } from "../../shared/fleet/GpuMark";
import {
  gpuName, memoryShare, partName, partsOf, POWER, readingOf, TEMPERATURE, UTILIZATION,
} from "../../shared/fleet/readings";
import { workloadName } from "../../shared/fleet/workloads";
import { bytes, celsius, percent, plain, watts } from "../../shared/format/numbers";
import { ago } from "../../shared/format/times";
import type { MessageKey } from "../../shared/i18n/catalogue";
import { language, useTranslate } from "../../shared/i18n/language";
import { apiURL, RequestFailure } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters, hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useParameters } from "../../shared/router/useParameters";
import { useStore } from "../../shared/store";
import { useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { GpuSpans } from "./components/GpuSpans";
import { MetricCharts } from "./components/MetricCharts";
import { ReadingCell } from "./components/ReadingCell";

const REFRESH_MS = 10_000;
const EVENTS_MAX = 50;

/** One GPU: what it is, how it is, how that went, and what happened to it. */
export default function GpuPage({ id }: { readonly id: string | null }) {
  const t = useTranslate();
  const refreshMs = useRefresh() ?? REFRESH_MS;
  const path = `/gpus/${encodeURIComponent(id ?? "")}`;
  const query = useQuery(apiURL(path), parseGpuResponse, { refreshMs });
  const gpu = query.data?.data ?? null;
  const isMissing = query.error instanceof RequestFailure && query.error.status === 404;
  // A part that the board does not have counts as absent.
  const asked = useParameters().get("part");
  const part = gpu?.resources.find((slice) => slice.uuid !== undefined && slice.uuid === asked)?.uuid ?? null;
  return (
    <Page
      title={t("gpus.title")} object={gpu === null ? id ?? "" : gpuName(gpu)}
      head={gpu !== null && <Facts gpu={gpu} />}
    >
      {isMissing ? <StateMessage mark="◌" title={t("gpus.none")} note={id ?? undefined} /> : (
        <QueryView query={query}>
          {({ data }) => (
            <>
              {partsOf(data).length > 0 && <Parts gpu={data} chosen={part} />}
              <MetricCharts id={part ?? data.id} refreshMs={refreshMs} />
              <GpuSpans id={part ?? data.id} isBoard={part === null && partsOf(data).length > 0} />
              <div className="grid two">
                <Readings gpu={data} />
                <div className="stack">
                  <Identity gpu={data} />
                  <Events path={path} refreshMs={refreshMs} />
                  <Workloads gpu={data} />
                  <Processes gpu={data} />
                </div>
              </div>
            </>
          )}
        </QueryView>
      )}
    </Page>
  );
}

function Facts({ gpu }: { readonly gpu: Gpu }) {
  const t = useTranslate();
  const utilization = readingOf(gpu, UTILIZATION);
  return (
    <p className="trace-facts">
      <GpuMark gpu={gpu} hasText />
      {gpu.problem !== undefined && <span className="badge error">⊗ {gpu.problem}</span>}
      <span className="muted">{gpu.model}</span>
      <strong>
        {utilization.value === null
          ? <>{t("gpus.utilization")} <ReadingCell reading={utilization} format={percent} hasReason /></>
          : percent(utilization.value)}
      </strong>
      <span className="muted">
        {t("gpus.memory")} {percent(memoryShare(gpu))}
      </span>
      <span className="muted">{watts(readingOf(gpu, POWER).value)}</span>
      <span className="muted">{celsius(readingOf(gpu, TEMPERATURE).value)}</span>
      <Link to={hrefOf("/traces", { gpu: gpu.id, service: undefined })}>{t("gpus.traces")}</Link>
    </p>
  );
}

/** Which part of a divided board the charts and spans are of. */
function Parts({ gpu, chosen }: { readonly gpu: Gpu; readonly chosen: string | null }) {
  const t = useTranslate();
  return (
    <div className="group" role="group" aria-label={t("gpus.part")}>
      <button
        type="button" className="button" aria-pressed={chosen === null}
        onClick={() => changeParameters({ part: undefined })}
      >
        {t("gpus.board")}
      </button>
      {partsOf(gpu).filter((slice) => slice.uuid !== undefined).map((slice) => (
        <button
          key={slice.uuid} type="button" className="button" aria-pressed={chosen === slice.uuid}
          onClick={() => changeParameters({ part: slice.uuid })}
        >
          {slice.profile ?? slice.uuid} {slice.gpu_instance !== undefined && `#${slice.gpu_instance}`}
        </button>
      ))}
    </div>
  );
}

/** Pods, jobs and services that hold or use the GPU or a part of it. */
function Workloads({ gpu }: { readonly gpu: Gpu }) {
  const t = useTranslate();
  const workloads = gpu.workloads ?? [];
  return (
    <Panel title={t("gpus.workloads")} isFlush>
      {workloads.length === 0 ? <StateMessage title={t("gpus.noWorkloads")} /> : (
        <table className="data">
          <tbody>
            {workloads.map((entry, index) => (
              <tr key={`${workloadName(entry.workload)} ${index}`}>
                <td className="wide">{workloadName(entry.workload)}</td>
                <td className="muted">
                  {entry.gpu_instance === undefined ? t("gpus.board") : `GI ${entry.gpu_instance}`}
                  {entry.compute_instance !== undefined && ` / CI ${entry.compute_instance}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Identity({ gpu }: { readonly gpu: Gpu }) {
  const t = useTranslate();
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["UUID", gpu.uuid], ["PCI", gpu.pci_bus_id], [t("common.node"), gpu.node], [t("gpus.driver"), gpu.driver_version],
    ["CUDA", gpu.cuda_version], [t("gpus.memory"), bytes(gpu.memory_bytes)],
    [t("gpus.slices"), partsOf(gpu).length === 0 ? undefined
      : partsOf(gpu).map((slice) => slice.profile ?? "").join(", ")],
    [t("gpus.topology"), gpu.peers.length === 0 ? undefined
      : gpu.peers.map((peer) => `${peer.index}: ${peer.nvlink ? "NVLink" : peer.distance}`).join(" · ")],
  ];
  return (
    <Panel title={t("gpus.identity")}>
      <dl className="facts">
        {rows.filter(([, value]) => value !== undefined).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Readings({ gpu }: { readonly gpu: Gpu }) {
  const t = useTranslate();
  const code = useStore(language);
  const format = (metric: string) => {
    if (metric.endsWith("_bytes")) return bytes;
    if (metric.endsWith("_ratio")) return percent;
    if (metric.endsWith("_watts")) return watts;
    return metric.endsWith("_celsius") ? celsius : plain;
  };
  return (
    <Panel title={t("gpus.readings")} isFlush>
      {gpu.readings.length === 0 ? <StateMessage title={t("gpus.noHistory")} /> : (
        <table className="data">
          <thead>
            <tr>
              <th className="wide">{t("common.name")}</th>
              <th className="num">{t("common.value")}</th>
              <th>{t("common.time")}</th>
            </tr>
          </thead>
          <tbody>
            {gpu.readings.map((reading) => (
              <tr key={`${reading.metric} ${reading.gpu_instance ?? ""}`}>
                <td className="wide" title={reading.metric}>
                  {reading.metric.replace(/^axonize_gpu_/, "")}
                  {reading.gpu_instance !== undefined && (
                    <span className="faint"> {partName(gpu, reading.gpu_instance)}</span>
                  )}
                </td>
                <td className="num">
                  <ReadingCell
                    format={format(reading.metric)}
                    reading={{
                      value: reading.value ?? null, unavailable: reading.unavailable ?? null,
                      source: reading.source ?? null, time: reading.time ?? null,
                    }}
                  />
                </td>
                <td className="faint">
                  {reading.time === undefined ? reading.unavailable : t("gpus.readingAge", {
                    source: reading.source ?? "", age: ago(Date.parse(reading.time), Date.now(), code),
                  })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Events({ path, refreshMs }: { readonly path: string; readonly refreshMs: number }) {
  const t = useTranslate();
  const events = useQuery(apiURL(`${path}/events`, { limit: EVENTS_MAX }), parseFleetEventList, { refreshMs });
  return (
    <Panel title={t("gpus.events")} isFlush>
      <QueryView
        query={events} isEmpty={({ data }) => data.length === 0} empty={<StateMessage title={t("gpus.noEvents")} />}
      >
        {({ data }) => (
          <div className="scroll-x">
            <EventRows events={data} hasObjects={false} />
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

function Processes({ gpu }: { readonly gpu: Gpu }) {
  const t = useTranslate();
  const processes = gpu.processes ?? [];
  const title: MessageKey = "gpus.processes";
  if (processes.length === 0) return null;
  return (
    <Panel title={t(title)} isFlush>
      <table className="data">
        <tbody>
          {processes.map((process) => (
            <tr key={process.pid}>
              <td className="muted">{process.pid}</td>
              <td className="wide">
                {process.name}{" "}
                {process.workload !== undefined && <span className="faint">{workloadName(process.workload)}</span>}
              </td>
              <td className="num">{bytes(process.memory_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

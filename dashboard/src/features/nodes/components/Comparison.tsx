import { bytes, percent, watts } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { LINES_MAX, QueryChart } from "../../../shared/plot/QueryChart";
import { quoted, type PromSeries } from "../../../shared/query/promql";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { Panel } from "../../../shared/ui/Panel";

interface Chart {
  readonly title: MessageKey;
  /** The query, for machines that match `on`. */
  readonly query: (on: string) => string;
  readonly format: (value: number | null) => string;
  readonly max?: number;
}

const CHARTS: readonly Chart[] = [
  {
    title: "nodes.cpu", format: percent, max: 1,
    query: (on) =>
      `sum by (instance) (rate(node_cpu_seconds_total{${on},mode!="idle"}[2m]))` +
      ` / sum by (instance) (rate(node_cpu_seconds_total{${on}}[2m]))`,
  },
  {
    title: "nodes.memory", format: percent, max: 1,
    query: (on) => `1 - node_memory_MemAvailable_bytes{${on}} / node_memory_MemTotal_bytes{${on}}`,
  },
  {
    title: "nodes.network", format: bytes,
    query: (on) =>
      `sum by (instance) (rate(node_network_receive_bytes_total{${on},device!="lo"}[2m])` +
      ` + rate(node_network_transmit_bytes_total{${on},device!="lo"}[2m]))`,
  },
  {
    title: "nodes.gpuUtilization", format: percent, max: 1,
    query: (on) => `avg by (instance) (axonize_gpu_utilization_ratio{${on}})`,
  },
  {
    title: "nodes.gpuPower", format: watts,
    query: (on) => `sum by (instance) (axonize_gpu_power_watts{${on}})`,
  },
];

const nameOf = (series: PromSeries) => series.metric["instance"] ?? "";

/** Machines beside each other, one line each; which ones is in the address. */
export function Comparison({ names }: { readonly names: readonly string[] }) {
  const t = useTranslate();
  const asked = (useParameters().get("compare") ?? "").split(",").filter((name) => names.includes(name));
  const chosen = asked.length > 0 ? asked.slice(0, LINES_MAX) : names.slice(0, LINES_MAX);
  const toggle = (name: string) => {
    const next = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
    changeParameters({ compare: next.length === 0 ? undefined : next.slice(-LINES_MAX).join(",") });
  };
  const on = `instance=~${quoted(chosen.map(escaped).join("|"))}`;
  return (
    <>
      <Panel title={t("nodes.compare")}>
        <div className="group wrap" role="group" aria-label={t("nodes.compare")}>
          {names.map((name) => (
            <button
              key={name} type="button" className="button" aria-pressed={chosen.includes(name)}
              onClick={() => toggle(name)}
            >
              {name}
            </button>
          ))}
        </div>
      </Panel>
      <div className="grid two">
        {CHARTS.map((chart) => (
          <QueryChart
            key={chart.title} title={t(chart.title)} query={chart.query(on)} format={chart.format} nameOf={nameOf}
            {...(chart.max === undefined ? {} : { max: chart.max })}
          />
        ))}
      </div>
    </>
  );
}

/** A name as a part of a regular expression. */
const escaped = (name: string): string => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

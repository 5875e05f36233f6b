import { useState } from "react";
import { NodeMark } from "../../../shared/fleet/NodeMark";
import { gpuName } from "../../../shared/fleet/readings";
import { bytes, celsius, percent } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate, type Translate } from "../../../shared/i18n/language";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { HEAT_STEP_COUNT, heatStep, type HeatCell, type HeatMetric, type HeatRow } from "../model";

/** From so many machines on, cells are half as wide. */
const WIDE_ROW_COUNT_MAX = 64;

/** Machines by GPUs: one row a machine, one cell a board, or one for each part of a divided board. */
export function HeatMap({ rows, metric }: { readonly rows: readonly HeatRow[]; readonly metric: HeatMetric }) {
  const t = useTranslate();
  const [told, setTold] = useState<string | null>(null);
  const boardCount = Math.max(0, ...rows.map((row) => row.boards.length));
  const tell = (cell: HeatCell | null) => setTold(cell === null ? null : sentence(cell, metric, t));
  return (
    <>
      <div className="scroll-x">
        <table className={rows.length > WIDE_ROW_COUNT_MAX ? "data heat-map dense" : "data heat-map"}>
          <thead>
            <tr>
              <th>{t("common.node")}</th>
              <th>{t("nodes.state")}</th>
              {Array.from({ length: boardCount }, (_, index) => (
                <th key={index} className="cell">
                  {index}
                </th>
              ))}
              <th className="num">{t("nodes.cpu")}</th>
              <th className="num">{t("nodes.memory")}</th>
              <th className="num">{t("nodes.network")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <td>
                  <Link to={hrefOf(`/nodes/${encodeURIComponent(row.name)}`)}>{row.name}</Link>
                </td>
                <td>{row.node !== null && <NodeMark state={row.node.state} />}</td>
                {Array.from({ length: boardCount }, (_, index) => (
                  <Board key={index} cells={row.boards[index] ?? []} metric={metric} tell={tell} />
                ))}
                <td className="num">{percent(row.cpu)}</td>
                <td className="num">{percent(row.memory)}</td>
                <td className="num">{row.network === null ? "–" : `${bytes(row.network)}/s`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="heat-foot">
        <Scale metric={metric} />
        <span className="muted" role="status">
          {told ?? t("cluster.hint")}
        </span>
      </div>
    </>
  );
}

interface BoardProps {
  readonly cells: readonly HeatCell[];
  readonly metric: HeatMetric;
  readonly tell: (cell: HeatCell | null) => void;
}

function Board({ cells, metric, tell }: BoardProps) {
  const t = useTranslate();
  return (
    <td className="cell">
      <span className="heat-board">
        {cells.map((cell) => {
          const step = heatStep(cell.value, metric);
          const isDown = cell.gpu.condition !== "up";
          const tone = step === null ? "none" : metric.id === "throttle" && step > 0 ? "alarm" : `h${step}`;
          return (
            <Link
              key={cell.part?.instance ?? "board"} className={`heat-cell ${tone}`}
              to={hrefOf(`/gpus/${encodeURIComponent(cell.gpu.id)}`)} aria-label={sentence(cell, metric, t)}
              onMouseEnter={() => tell(cell)} onMouseLeave={() => tell(null)}
              onFocus={() => tell(cell)} onBlur={() => tell(null)}
            >
              {isDown ? "⊗" : tone === "alarm" ? "⚡" : ""}
            </Link>
          );
        })}
      </span>
    </td>
  );
}

/** What the colours mean, from low to high. */
function Scale({ metric }: { readonly metric: HeatMetric }) {
  const t = useTranslate();
  return (
    <span className="heat-scale">
      <span>{heatText(metric.from, metric, t)}</span>
      {Array.from({ length: HEAT_STEP_COUNT }, (_, step) => (
        <span key={step} className={`heat-cell h${step}`} aria-hidden="true" />
      ))}
      <span>{heatText(metric.to, metric, t)}</span>
      <span className="heat-cell none" aria-hidden="true" />
      <span>{t("cluster.noValue")}</span>
    </span>
  );
}

export function heatText(value: number | null, metric: HeatMetric, t: Translate): string {
  if (value === null) return t("cluster.noValue");
  if (metric.id === "temperature") return celsius(value);
  if (metric.id === "throttle") return t(value > 0 ? "cluster.slowed" : "cluster.notSlowed");
  return percent(value);
}

function sentence(cell: HeatCell, metric: HeatMetric, t: Translate): string {
  const part = cell.part === null ? "" : ` ${cell.part.profile ?? ""} #${cell.part.instance}`;
  const name = `${gpuName(cell.gpu)}${part}`;
  const state = cell.gpu.condition === "up" ? "" : ` · ${t(`gpus.condition.${cell.gpu.condition}` as MessageKey)}`;
  return `${name}: ${t(`cluster.metric.${metric.id}` as MessageKey)} ${heatText(cell.value, metric, t)}${state}`;
}

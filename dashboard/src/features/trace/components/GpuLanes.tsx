import { useEffect, useMemo, useRef } from "react";
import type { GpuLane, GpuSpan, GpuTrace, GpuTraceResponse } from "../../../generated/api";
import { theme, token } from "../../../shared/appearance";
import { knownText } from "../../../shared/fleet/UseMark";
import { duration, grams, joules, money, percent, toNumber, watts } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import type { Query } from "../../../shared/query/useQuery";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { useStore } from "../../../shared/store";
import { QueryView } from "../../../shared/ui/QueryView";
import { useWidth } from "../../../shared/ui/useWidth";
import { laneAxis, nanosecondsAfter, runsOf, spansByGpu, spreadOf, type LaneAxis } from "../model/lanes";
import type { View } from "../model/view";

interface Props {
  readonly query: Query<GpuTraceResponse>;
  /** Nanoseconds since 1970 at which the axis of the timeline begins. */
  readonly start: string;
  readonly view: View;
  readonly selected: string | null;
  readonly select: (spanID: string) => void;
}

const HEIGHT = 36;
/** Spans of a GPU that have a row; a trace with more is read by its spans above. */
const SPANS_MAX = 100;

/** What the GPUs did while the trace ran, on the axis of its spans, and what each span took of them. */
export function GpuLanes({ query, start, view, selected, select }: Props) {
  const t = useTranslate();
  return (
    <div className="gpu-lanes" role="group" aria-label={t("lanes.title")} tabIndex={0}>
      <QueryView query={query}>
        {({ data }) => <Lanes data={data} start={start} view={view} selected={selected} select={select} />}
      </QueryView>
    </div>
  );
}

interface LanesProps extends Omit<Props, "query"> {
  readonly data: GpuTrace;
}

function Lanes({ data, start, view, selected, select }: LanesProps) {
  const spans = useMemo(() => spansByGpu(data.spans), [data]);
  const isKnown = new Set(data.lanes.map((lane) => lane.id));
  const unknown = [...spans.keys()].filter((id) => !isKnown.has(id));
  const rows = (id: string) => (spans.get(id) ?? []).slice(0, SPANS_MAX).map((span) => (
    <UseRow
      key={span.span_id} span={span} currency={data.currency} start={start} view={view}
      isSelected={span.span_id === selected} select={select}
    />
  ));
  return (
    <>
      <Totals data={data} />
      {data.lanes.map((lane) => (
        <div key={lane.id}>
          <Lane lane={lane} start={start} view={view} />
          {rows(lane.id)}
        </div>
      ))}
      {unknown.map((id) => (
        <div key={id}>
          <div className="span-grid lane">
            <span className="lane-name">
              <code className="clip">{id}</code>
            </span>
            <span className="track" />
          </div>
          {rows(id)}
        </div>
      ))}
    </>
  );
}

function Totals({ data }: { readonly data: GpuTrace }) {
  const t = useTranslate();
  const { totals, cost, currency } = data;
  const isKnown = totals.provenance !== "unavailable" && totals.joules !== undefined;
  return (
    <p className="lane-totals">
      <strong>{t("lanes.title")}</strong>
      <span>{t("lanes.occupied", { time: duration(totals.occupied_ns) })}</span>
      {isKnown && (
        <>
          <span>{joules(totals.joules)}</span>
          {cost.energy !== null && <span>{t("lanes.energyCost", { value: money(cost.energy, currency) })}</span>}
          {cost.gpu_time !== null && <span>{t("lanes.gpuCost", { value: money(cost.gpu_time, currency) })}</span>}
          {cost.carbon_grams !== null && <span>{grams(cost.carbon_grams)} CO₂e</span>}
        </>
      )}
      <span className="faint">{knownText(totals, t)}</span>
      {totals.unavailable > 0 && <span className="warn-text">▲ {t("lanes.partly", { n: totals.unavailable })}</span>}
      {data.warnings.map((warning) => (
        <span key={warning} className="warn-text">▲ {warning}</span>
      ))}
    </p>
  );
}

function Lane({ lane, start, view }: { readonly lane: GpuLane; readonly start: string; readonly view: View }) {
  const t = useTranslate();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [box, width] = useWidth();
  const current = useStore(theme);
  const axis = useMemo(() => laneAxis(lane, start), [lane, start]);
  const utilization = spreadOf(lane.utilization);
  const power = spreadOf(lane.power_watts);
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, lane, axis, view, width, power.max ?? 0);
  }, [lane, axis, view, width, current, power.max]);
  const summary = t("lanes.summary", {
    name: lane.id, mean: percent(utilization.mean), power: watts(power.max),
  });
  return (
    <div className="span-grid lane">
      <span className="lane-name">
        <Link to={hrefOf(`/gpus/${encodeURIComponent(lane.gpu)}`)}>{lane.id}</Link>
        <span className="faint clip">
          {[lane.node, lane.profile ?? lane.model].filter((text) => text !== "").join(" · ")}
        </span>
      </span>
      <span className="track" ref={box}>
        <canvas
          ref={canvas} role="img" aria-label={summary} title={summary} style={{ width: "100%", height: HEIGHT }}
        />
        <span className="lane-text">
          {percent(utilization.mean)} · ≤ {watts(power.max)} · {t("lanes.idle", { value: joules(lane.idle_joules) })}
        </span>
      </span>
    </div>
  );
}

/** Utilisation as an area, power as a line below its maximum, throttling as a strip at the top. */
function draw(
  canvas: HTMLCanvasElement, lane: GpuLane, axis: LaneAxis, view: View, width: number, powerMax: number,
): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, HEIGHT);
  const [top, bottom] = [4, HEIGHT - 1];
  const yOf = (share: number) => bottom - Math.min(1, Math.max(0, share)) * (bottom - top);
  context.fillStyle = token("h2");
  for (const run of runsOf(lane.utilization, axis, view, width)) {
    for (const point of run.points) {
      // Whole pixels, so that neighbours leave no seam.
      const from = Math.floor(point.from);
      context.fillRect(from, yOf(point.value), Math.max(1, Math.ceil(point.to) - from), bottom - yOf(point.value));
    }
  }
  context.strokeStyle = token("c2");
  context.lineWidth = 1.5;
  for (const run of powerMax > 0 ? runsOf(lane.power_watts, axis, view, width) : []) {
    context.beginPath();
    for (const point of run.points) {
      context.lineTo(point.from, yOf(point.value / powerMax));
      context.lineTo(point.to, yOf(point.value / powerMax));
    }
    context.stroke();
  }
  context.fillStyle = token("error");
  for (const run of runsOf(lane.throttled, axis, view, width)) {
    for (const point of run.points) {
      if (point.value > 0) context.fillRect(point.from, 0, Math.max(1, point.to - point.from), 3);
    }
  }
}

interface UseRowProps {
  readonly span: GpuSpan;
  readonly currency: string | null;
  readonly start: string;
  readonly view: View;
  readonly isSelected: boolean;
  readonly select: (spanID: string) => void;
}

function UseRow({ span, currency, start, view, isSelected, select }: UseRowProps) {
  const t = useTranslate();
  const begin = nanosecondsAfter(span.start_time_unix_nano, start);
  const shareOf = (time: number) => Math.min(1, Math.max(0, (time - view.from) / (view.to - view.from)));
  const [from, to] = [shareOf(begin), shareOf(begin + toNumber(span.duration_ns))];
  const { energy, utilization } = span.use;
  const busy = utilization.busy_ns === undefined ? [] : [t("lanes.busy", { time: duration(utilization.busy_ns) })];
  const cost = span.cost?.energy ?? null;
  const text = energy.joules === undefined ? [...busy, `– ${knownText(energy, t)}`]
    : [...busy, joules(energy.joules), ...(cost === null ? [] : [money(cost, currency)]), knownText(energy, t)];
  // Beside the bar where there is room for it, else over it.
  const place = to < 0.5 ? { left: `calc(${to * 100}% + 6px)` }
    : from > 0.5 ? { right: `calc(${(1 - from) * 100}% + 6px)` } : { left: `calc(${from * 100}% + 6px)` };
  return (
    <div className={isSelected ? "span-grid use-row selected" : "span-grid use-row"}>
      <span className="lane-name">
        <button type="button" className="link clip" onClick={() => select(span.span_id)}>
          {span.name}
        </button>
      </span>
      <span className="track">
        {to > from && <span className="use-bar" style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />}
        <span className="use-text" style={place}>{text.join(" · ")}</span>
      </span>
    </div>
  );
}

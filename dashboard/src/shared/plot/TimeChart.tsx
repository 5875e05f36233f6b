import { useEffect, useMemo, useRef, useState } from "react";
import uPlot, { type AlignedData, type Options } from "uplot";
import { theme, token } from "../appearance";
import { shortTime, timeOfDay } from "../format/times";
import { useTranslate } from "../i18n/language";
import { useStore } from "../store";
import { chooseBounds } from "../time/useRange";
import { summaryOf, type ChartSeries } from "./series";

interface Props {
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number | null) => string;
  readonly height?: number;
  /** The top of the axis where that is fixed, such as 1 for shares. */
  readonly max?: number;
  readonly hasLegend?: boolean;
}

/** A brush shorter than this is a click. */
const BRUSH_PX_MIN = 5;
/** All charts of a page have one hairline. */
const CURSOR = "time";

/** Lines over time, with one cursor for all charts of a page; dragging chooses the time range. */
export function TimeChart({ title, times, series, format, height = 180, max, hasLegend = true }: Props) {
  const t = useTranslate();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [isTable, setTable] = useState(false);
  const current = useStore(theme);
  // A new plot for other lines or another theme; new values go into the one that is there.
  const shape = `${current} ${height} ${max ?? ""} ${series.map((line) => `${line.name}/${line.slot}`).join("|")}`;
  const data = useMemo<AlignedData>(() => [times, ...series.map((line) => line.values)], [times, series]);
  const latest = useRef({ series, format, data });
  latest.current = { series, format, data };

  useEffect(() => {
    const target = box.current;
    if (target === null || isTable) return;
    const made = new uPlot(
      optionsOf(latest.current.series, latest.current.format, target.clientWidth, height, max, setAt),
      latest.current.data, target);
    plot.current = made;
    const resizing = new ResizeObserver(() => made.setSize({ width: target.clientWidth, height }));
    resizing.observe(target);
    return () => {
      resizing.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, isTable, height, max]);

  useEffect(() => plot.current?.setData(data), [data]);

  return (
    <figure className="chart">
      <div className="chart-tools">
        <Legend series={series} at={at} times={times} format={format} isShown={hasLegend} />
        <button
          type="button" className="button plain chart-switch" aria-pressed={isTable} onClick={() => setTable(!isTable)}
          aria-label={`${title}: ${t(isTable ? "common.chart" : "common.table")}`}
        >
          {isTable ? "∿" : "▤"}
        </button>
      </div>
      {isTable ? (
        <ChartTable times={times} series={series} format={format} height={height} />
      ) : (
        <div ref={box} role="img" aria-label={describe(title, series, format)} style={{ height }} />
      )}
    </figure>
  );
}

function optionsOf(
  series: readonly ChartSeries[], format: (value: number | null) => string, width: number, height: number,
  max: number | undefined, setAt: (index: number | null) => void,
): Options {
  const axis = { stroke: token("faint"), font: `11px ${token("font")}`, ticks: { show: false } };
  return {
    width, height, padding: [8, 18, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true },
      y: { range: (_plot, _low, high) => [0, max ?? niceTop(high)] },
    },
    series: [
      {},
      ...series.map((line) => ({
        label: line.name, stroke: token(`c${line.slot}`), width: line.isThin === true ? 1 : 1.5,
        points: { show: false },
      })),
    ],
    bands: series.flatMap((line, index) =>
      line.isBand === true
        ? [{ series: [index + 1, index] as [number, number], fill: `${token(`c${line.slot}`)}26` }]
        : []),
    axes: [
      {
        ...axis, space: 70, size: 26, grid: { show: false },
        values: (_plot, ticks) => ticks.map((tick) => shortTime(tick * 1_000, Date.now())),
      },
      {
        ...axis, size: 58, space: 36, gap: 6, grid: { stroke: token("grid"), width: 1 },
        values: (_plot, ticks) => ticks.map((tick) => format(tick)),
      },
    ],
    cursor: { drag: { x: true, y: false, setScale: false }, sync: { key: CURSOR }, points: { size: 6 }, y: false },
    hooks: {
      setCursor: [(plot) => setAt(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < BRUSH_PX_MIN) return;
          chooseBounds(plot.posToVal(left, "x") * 1_000, plot.posToVal(left + selected, "x") * 1_000);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** A little above the highest value; an empty chart has an axis too. */
function niceTop(high: number | null): number {
  return high === null || high <= 0 ? 1 : high * 1.08;
}

interface LegendProps {
  readonly series: readonly ChartSeries[];
  readonly times: readonly number[];
  readonly at: number | null;
  readonly format: (value: number | null) => string;
  readonly isShown: boolean;
}

/** The lines' names with their values at the cursor, or the last ones. */
function Legend({ series, at, times, format, isShown }: LegendProps) {
  if (!isShown) return <span className="legend" />;
  return (
    <ul className="legend">
      {series.map((line) => (
        <li key={line.name}>
          <span className="dot" style={{ background: `var(--c${line.slot})` }} />
          <span className="clip" title={line.name}>
            {line.name}
          </span>
          <strong>{format(at === null ? summaryOf(line.values).last : line.values[at] ?? null)}</strong>
        </li>
      ))}
      {at !== null && times[at] !== undefined && (
        <li className="faint">{timeOfDay((times[at] ?? 0) * 1_000, Date.now(), false)}</li>
      )}
    </ul>
  );
}

/** Rows of a table that are shown at most: what a person reads, and what a browser lays out at once. */
const ROWS_MAX = 500;

function ChartTable({ times, series, format, height }: Omit<LegendProps, "at" | "isShown"> & { height: number }) {
  const t = useTranslate();
  const rows = times.map((time, index) => ({ time, index })).slice(-ROWS_MAX).reverse();
  return (
    <div className="scroll-table" style={{ height }} tabIndex={0}>
      <table className="data">
        <thead>
          <tr>
            <th>{t("common.time")}</th>
            {series.map((line) => (
              <th key={line.name} className="num">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, index }) => (
            <tr key={time}>
              <td>{timeOfDay(time * 1_000, Date.now(), false)}</td>
              {series.map((line) => (
                <td key={line.name} className="num">
                  {format(line.values[index] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A chart in a sentence, for those who do not see it. */
function describe(title: string, series: readonly ChartSeries[], format: (value: number | null) => string): string {
  const lines = series.map((line) => {
    const { last, max } = summaryOf(line.values);
    return `${line.name} ${format(last)} (≤ ${format(max)})`;
  });
  return `${title}: ${lines.join(", ")}`;
}

import type { Gpu, Node } from "../../generated/api";
import type { PromSeries } from "../../shared/query/promql";

/** What a cell of the heat map can show. */
export interface HeatMetric {
  readonly id: "util" | "memory" | "power" | "temperature" | "throttle";
  /** A query whose series have `instance`, `uuid` and, for a part of a board, `gpu_instance`. */
  readonly query: string;
  /** The values of the palest and of the strongest colour. */
  readonly from: number;
  readonly to: number;
}

/** Reasons that say that a GPU could go faster than it may; the others are how it is used or set. */
const SLOWING = "sw_power_cap|hw_slowdown|sw_thermal_slowdown|hw_thermal_slowdown|hw_power_brake_slowdown";

export const HEAT_METRICS: readonly HeatMetric[] = [
  {
    id: "util", from: 0, to: 1,
    query: 'axonize_gpu_utilization_ratio or axonize_gpu_sm_active_ratio{gpu_instance!=""}',
  },
  { id: "memory", from: 0, to: 1, query: "axonize_gpu_memory_used_bytes / axonize_gpu_memory_total_bytes" },
  { id: "power", from: 0, to: 1, query: "axonize_gpu_power_watts / axonize_gpu_power_limit_watts" },
  { id: "temperature", from: 30, to: 90, query: "axonize_gpu_temperature_celsius" },
  {
    id: "throttle", from: 0, to: 1,
    query: `max without (reason) (axonize_gpu_clock_event_active{reason=~"${SLOWING}"})`,
  },
];

export const metricOf = (id: string | null): HeatMetric =>
  HEAT_METRICS.find((metric) => metric.id === id) ?? (HEAT_METRICS[0] as HeatMetric);

export const HEAT_STEP_COUNT = 6;

/** Which of the six colours a value has; null without one. */
export function heatStep(value: number | null, metric: HeatMetric): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  const share = (value - metric.from) / (metric.to - metric.from);
  return Math.min(HEAT_STEP_COUNT - 1, Math.max(0, Math.floor(share * HEAT_STEP_COUNT)));
}

/** A board, or a part of a divided one. */
export interface HeatCell {
  readonly gpu: Gpu;
  readonly part: { readonly profile: string | null; readonly instance: number } | null;
  readonly value: number | null;
}

export interface HeatRow {
  readonly name: string;
  readonly node: Node | null;
  /** One entry for each board, in the order of its index; a divided board has several cells. */
  readonly boards: readonly (readonly HeatCell[])[];
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly network: number | null;
}

/** The value of each series at one time, found by machine, board and part. */
export class Values {
  private readonly byKey = new Map<string, number>();

  constructor(series: readonly PromSeries[], seconds: number | null) {
    for (const line of series) {
      const found = valueAt(line, seconds);
      const { instance, uuid, gpu_instance: part } = line.metric;
      if (found !== null) this.byKey.set(key(instance, uuid, part), found);
    }
  }

  of(node: string, uuid?: string, instance?: number): number | null {
    return this.byKey.get(key(node, uuid, instance === undefined ? undefined : String(instance))) ?? null;
  }
}

const key = (node: string | undefined, uuid?: string, instance?: string): string =>
  `${node ?? ""}\n${uuid ?? ""}\n${instance ?? ""}`;

/** The value at a time, or the last one; null where the series has none there. */
function valueAt(line: PromSeries, seconds: number | null): number | null {
  const point = seconds === null ? line.values[line.values.length - 1] : line.values.find(([time]) => time === seconds);
  const value = point === undefined ? NaN : Number(point[1]);
  return Number.isFinite(value) ? value : null;
}

export interface HostValues {
  readonly cpu: Values;
  readonly memory: Values;
  readonly network: Values;
}

/** The rows of the heat map: every machine that reports or has a GPU, by name. */
export function heatRows(
  nodes: readonly Node[], gpus: readonly Gpu[], values: Values, hosts: HostValues,
): readonly HeatRow[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const present = gpus.filter((gpu) => gpu.condition !== "gone");
  const names = [...new Set([...byName.keys(), ...present.map((gpu) => gpu.node)])].sort();
  const boards = new Map<string, Gpu[]>();
  for (const gpu of present) boards.set(gpu.node, [...(boards.get(gpu.node) ?? []), gpu]);
  return names.map((name) => ({
    name, node: byName.get(name) ?? null,
    boards: [...(boards.get(name) ?? [])].sort((one, other) => one.index - other.index)
      .map((gpu) => cellsOf(gpu, values)),
    cpu: hosts.cpu.of(name), memory: hosts.memory.of(name), network: hosts.network.of(name),
  }));
}

function cellsOf(gpu: Gpu, values: Values): readonly HeatCell[] {
  const whole = { gpu, part: null, value: values.of(gpu.node, gpu.uuid) };
  const parts = gpu.resources.filter((part) => part.gpu_instance !== undefined && part.uuid !== gpu.uuid);
  if (parts.length === 0 || whole.value !== null) return [whole];
  const cells = parts.map((part) => ({
    gpu, part: { profile: part.profile ?? null, instance: part.gpu_instance ?? 0 },
    value: values.of(gpu.node, gpu.uuid, part.gpu_instance),
  }));
  // Several compute instances share a GPU instance, and with it its value.
  return cells.filter((cell, index) =>
    cells.findIndex((other) => other.part.instance === cell.part.instance) === index);
}

/** The highest value of a row; machines without any come last. */
export function worstOf(row: HeatRow): number {
  const values = row.boards.flat().map((cell) => cell.value).filter((value): value is number => value !== null);
  return values.length === 0 ? -Infinity : Math.max(...values);
}

/** How many cells have which colour, from the palest to the strongest. */
export function histogram(rows: readonly HeatRow[], metric: HeatMetric): readonly number[] {
  const counts = new Array<number>(HEAT_STEP_COUNT).fill(0);
  for (const cell of rows.flatMap((row) => row.boards.flat())) {
    const step = heatStep(cell.value, metric);
    if (step !== null) counts[step] = (counts[step] ?? 0) + 1;
  }
  return counts;
}

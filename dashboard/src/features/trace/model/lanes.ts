import type { GpuLane, GpuSpan } from "../../../generated/api";
import { toNumber } from "../../../shared/format/numbers";
import type { View } from "./view";

/** Where a lane's steps lie, in nanoseconds from the start of the trace. */
export interface LaneAxis {
  readonly start: number;
  readonly step: number;
}

export function laneAxis(lane: GpuLane, traceStart: string): LaneAxis {
  return { start: nanosecondsAfter(lane.start_time_unix_nano, traceStart), step: toNumber(lane.step_ns) };
}

/** Nanoseconds between two times; a number alone could not hold the times themselves. */
export function nanosecondsAfter(time: string, earlier: string): number {
  return Number(BigInt(time) - BigInt(earlier));
}

/** A run of neighbouring steps that have values, in pixels. */
export interface Run {
  readonly points: readonly { readonly from: number; readonly to: number; readonly value: number }[];
}

/** The values of a lane that are in sight; a step without a value is a gap, not a zero. */
export function runsOf(values: readonly (number | null)[], axis: LaneAxis, view: View, width: number): readonly Run[] {
  const runs: Run[] = [];
  let points: { from: number; to: number; value: number }[] = [];
  const close = () => {
    if (points.length > 0) runs.push({ points });
    points = [];
  };
  const scale = width / (view.to - view.from);
  values.forEach((value, index) => {
    const begin = axis.start + index * axis.step;
    if (value === null || begin + axis.step <= view.from || begin >= view.to) {
      close();
      return;
    }
    const [from, to] = [(begin - view.from) * scale, (begin + axis.step - view.from) * scale];
    points.push({ from: Math.max(0, from), to: Math.min(width, to), value });
  });
  close();
  return runs;
}

export interface Spread {
  readonly mean: number | null;
  readonly max: number | null;
}

export function spreadOf(values: readonly (number | null)[]): Spread {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return { mean: null, max: null };
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    max: known.reduce((most, value) => Math.max(most, value), -Infinity),
  };
}

/** The spans of each GPU in the order in which they start; GPUs that nobody reports have spans but no lane. */
export function spansByGpu(spans: readonly GpuSpan[]): ReadonlyMap<string, readonly GpuSpan[]> {
  const found = new Map<string, GpuSpan[]>();
  for (const span of spans) found.set(span.gpu_id, [...(found.get(span.gpu_id) ?? []), span]);
  for (const list of found.values()) {
    list.sort((one, other) => nanosecondsAfter(one.start_time_unix_nano, other.start_time_unix_nano));
  }
  return found;
}

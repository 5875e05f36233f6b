/** A line of a chart. */
export interface ChartSeries {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** Which of the categorical colours, from 1. */
  readonly slot: number;
  /** A band is filled between this line and the one before. */
  readonly isBand?: boolean;
  readonly isThin?: boolean;
}

/** Points at all steps of a range: steps without a value are gaps, not zeros, unless a zero is what they mean. */
export function onGrid<P>(
  points: readonly P[], timeOf: (point: P) => number, valueOf: (point: P) => number | null,
  times: readonly number[], missing: number | null,
): (number | null)[] {
  const byTime = new Map(points.map((point) => [timeOf(point), valueOf(point)]));
  return times.map((time) => byTime.get(time) ?? missing);
}

/** The starts of all steps of a range that have one in it, in seconds since 1970. */
export function gridOf(startMs: number, endMs: number, stepSeconds: number): number[] {
  const STEP_COUNT_MAX = 20_000;
  const first = Math.floor(startMs / 1_000 / stepSeconds) * stepSeconds;
  const times: number[] = [];
  for (let time = first; time * 1_000 < endMs && times.length < STEP_COUNT_MAX; time += stepSeconds) times.push(time);
  return times;
}

/** Values without those of steps that lie only partly in the range: less than a step's work is in them. */
export function wholeSteps(
  values: readonly (number | null)[], times: readonly number[], stepSeconds: number, startMs: number, endMs: number,
): (number | null)[] {
  return values.map((value, index) => {
    const beginMs = (times[index] ?? 0) * 1_000;
    return beginMs < startMs || beginMs + stepSeconds * 1_000 > endMs ? null : value;
  });
}

/** As long as PromQL takes a sample for the current value. */
const HELD_SECONDS_MAX = 300;

/** Values in which short gaps hold the value before: samples that come more rarely than steps still make a line. */
export function held(values: readonly (number | null)[], times: readonly number[]): (number | null)[] {
  const filled = [...values];
  let last = -1;
  values.forEach((value, index) => {
    if (value === null) return;
    if (last >= 0 && (times[index] ?? 0) - (times[last] ?? 0) <= HELD_SECONDS_MAX) {
      filled.fill(values[last] ?? null, last + 1, index);
    }
    last = index;
  });
  return filled;
}

export interface Summary {
  readonly last: number | null;
  readonly mean: number | null;
  readonly max: number | null;
}

export function summaryOf(values: readonly (number | null)[]): Summary {
  let [sum, count, max, last]: [number, number, number | null, number | null] = [0, 0, null, null];
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue;
    sum += value;
    count++;
    last = value;
    if (max === null || value > max) max = value;
  }
  return { last, mean: count === 0 ? null : sum / count, max };
}

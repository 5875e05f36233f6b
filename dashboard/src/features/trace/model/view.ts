/** The part of a trace that is in sight, in nanoseconds from its start. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** The narrowest view: below a few nanoseconds there is nothing to see. */
const WIDTH_MIN = 10;

/** A view within a trace, from the parameters of the address; nonsense means the whole trace. */
export function viewOf(parameters: URLSearchParams, duration: number): View {
  const [from, to] = [Number(parameters.get("t0") ?? NaN), Number(parameters.get("t1") ?? NaN)];
  if (!Number.isFinite(from) || !Number.isFinite(to) || to - from < WIDTH_MIN || from < 0 || from >= duration) {
    return { from: 0, to: duration };
  }
  return { from, to: Math.min(to, duration) };
}

/** A view made wider or narrower around a point, which stays where it is. */
export function zoomed(view: View, factor: number, around: number, duration: number): View {
  const width = Math.min(duration, Math.max(WIDTH_MIN, (view.to - view.from) * factor));
  const share = (around - view.from) / (view.to - view.from);
  return within(around - share * width, width, duration);
}

export function moved(view: View, byShare: number, duration: number): View {
  const width = view.to - view.from;
  return within(view.from + byShare * width, width, duration);
}

function within(from: number, width: number, duration: number): View {
  const begin = Math.max(0, Math.min(from, duration - width));
  return { from: begin, to: Math.min(duration, begin + width) };
}

/** Some round times in a view, for its axis. */
export function ticksOf(view: View, count: number): readonly number[] {
  const raw = (view.to - view.from) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw;
  const ticks: number[] = [];
  for (let tick = Math.ceil(view.from / step) * step; tick <= view.to; tick += step) ticks.push(tick);
  return ticks;
}

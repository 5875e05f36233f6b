/** The time range of a view, as the API takes it. */
export interface TimeRange {
  /** RFC 3339, or relative such as `-1h`. */
  readonly start: string;
  readonly end: string;
}

export const RANGE_DEFAULT: TimeRange = { start: "-1h", end: "now" };
export const PRESETS = ["-5m", "-15m", "-1h", "-6h", "-24h", "-7d", "-30d"] as const;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000,
};
const RELATIVE = /^(?:now)?-([0-9]{1,6})(ms|s|m|h|d|w)$/;
const MONTHS_DAYS = /^(?:(\d{4})-)?(\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/** The time that a text means, in milliseconds since 1970; null where it means none. */
export function instantOf(text: string, now: number): number | null {
  if (text === "now") return now;
  const relative = RELATIVE.exec(text);
  if (relative !== null) return now - Number(relative[1]) * (UNIT_MS[relative[2] ?? ""] ?? 0);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/** The range of a view's parameters; what is nonsense in them counts as absent. */
export function rangeOf(parameters: URLSearchParams, now: number): TimeRange {
  const start = parameters.get("start") ?? RANGE_DEFAULT.start;
  const end = parameters.get("end") ?? RANGE_DEFAULT.end;
  const [from, to] = [instantOf(start, now), instantOf(end, now)];
  return from === null || to === null || from >= to ? RANGE_DEFAULT : { start, end };
}

/** The ends of a range in milliseconds since 1970. */
export function boundsOf(range: TimeRange, now: number): { from: number; to: number } {
  return { from: instantOf(range.start, now) ?? now - 3_600_000, to: instantOf(range.end, now) ?? now };
}

export function isRelative(range: TimeRange): boolean {
  return range.end === "now" && RELATIVE.test(range.start);
}

/** The range of the same length just before. */
export function previousOf(range: TimeRange, now: number): TimeRange {
  const { from, to } = boundsOf(range, now);
  return { start: new Date(2 * from - to).toISOString(), end: new Date(from).toISOString() };
}

/** A range moved by a part of its length: -1 is a whole length back. */
export function shifted(range: TimeRange, by: number, now: number): TimeRange {
  const { from, to } = boundsOf(range, now);
  const distance = (to - from) * by;
  return absolute(from + distance, to + distance);
}

/** A range of another length around the same middle, which ends now at the latest. */
export function scaled(range: TimeRange, factor: number, now: number): TimeRange {
  const { from, to } = boundsOf(range, now);
  const length = (to - from) * factor;
  const end = Math.min(now, (from + to) / 2 + length / 2);
  return absolute(end - length, end);
}

export function absolute(from: number, to: number): TimeRange {
  return { start: new Date(from).toISOString(), end: new Date(to).toISOString() };
}

/** A range as people type it: `90m`, or two times with `~`, `..` or ` - ` between them; null where it is none. */
export function parseRange(text: string, now: number): TimeRange | null {
  const trimmed = text.trim();
  const short = /^-?([0-9]{1,6}(?:s|m|h|d|w))$/.exec(trimmed);
  if (short !== null) return { start: `-${short[1]}`, end: "now" };
  const parts = trimmed.split(/\s*(?:~|\.\.|\s-\s)\s*/);
  if (parts.length !== 2) return null;
  const from = typedInstant(parts[0] ?? "", now);
  const to = typedInstant(parts[1] ?? "", now);
  return from === null || to === null || from >= to ? null : absolute(from, to);
}

function typedInstant(text: string, now: number): number | null {
  const known = instantOf(text, now);
  if (known !== null) return known;
  const today = new Date(now);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock !== null) {
    return checked(today.getFullYear(), today.getMonth() + 1, today.getDate(), clock[1], clock[2], clock[3]);
  }
  const full = MONTHS_DAYS.exec(text);
  if (full === null) return null;
  const year = full[1] === undefined ? today.getFullYear() : Number(full[1]);
  return checked(year, Number(full[2]), Number(full[3]), full[4], full[5], full[6]);
}

function checked(
  year: number, month: number, day: number, hour = "0", minute = "0", second = "0",
): number | null {
  const date = new Date(year, month - 1, day, Number(hour), Number(minute), Number(second));
  const isSame = date.getMonth() === month - 1 && date.getDate() === day && date.getHours() === Number(hour);
  return isSame && Number(minute) < 60 && Number(second) < 60 ? date.getTime() : null;
}

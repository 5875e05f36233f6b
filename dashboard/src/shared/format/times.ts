import type { Language } from "../i18n/catalogue";

/** How times are written: 24 hours, the browser's zone, digits of one width. */

const two = (value: number): string => String(value).padStart(2, "0");
const three = (value: number): string => String(value).padStart(3, "0");

function clock(date: Date, withMilliseconds: boolean): string {
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMilliseconds ? `${text}.${three(date.getMilliseconds())}` : text;
}

function day(date: Date): string {
  return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `14:03:22.123`, with the date before it where that is not today's. */
export function timeOfDay(ms: number, now: number, withMilliseconds = true): string {
  const date = new Date(ms);
  const isToday = new Date(now).toDateString() === date.toDateString();
  return isToday ? clock(date, withMilliseconds) : `${day(date)} ${clock(date, withMilliseconds)}`;
}

/** `2026-11-29 14:03:22.123`. */
export function fullTime(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${day(date)} ${clock(date, true)}`;
}

/** `11-29 14:03`, or the clock alone where the date is today's. */
export function shortTime(ms: number, now: number): string {
  const date = new Date(ms);
  const text = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return new Date(now).toDateString() === date.toDateString() ? text : `${day(date)} ${text}`;
}

const AGO = [[86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]] as const;

/** `3 min ago` in the words of a language. */
export function ago(ms: number, now: number, language: Language): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1_000));
  const [size, unit] = AGO.find(([size]) => seconds >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" })
    .format(-Math.floor(seconds / size), unit);
}

/** The zone that times are shown in, such as `KST` or `GMT+9`. */
export function zoneName(): string {
  const parts = new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "UTC";
}

/** Milliseconds since 1970 of a text of nanoseconds. */
export function msOfNanoseconds(text: string): number {
  return Number(text) / 1e6;
}

import type { LogRecord } from "../../generated/api";

export const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The conditions of logs beside attributes. */
export const FIELDS: readonly string[] = ["service", "severity", "trace_id", "text"];

/** Whether the API takes a name as a condition of logs. */
export function isLogField(name: string): boolean {
  return FIELDS.includes(name) || ["attr.", "resource."].some((family) =>
    name.startsWith(family) && name.length > family.length);
}

/** The level of a number of OpenTelemetry, of which each level has four; null where a record has none. */
export function severityOf(number: number): Severity | null {
  return number < 1 || number > 24 ? null : SEVERITIES[Math.floor((number - 1) / 4)] ?? null;
}

/** A record has no id of its own; two that agree in all of this are one for a reader. */
export function idOf(record: LogRecord): string {
  return `${record.time_unix_nano} ${record.service_name} ${record.span_id ?? ""} ${bodyOf(record).slice(0, 200)}`;
}

export function bodyOf(record: LogRecord): string {
  const { body } = record;
  if (typeof body === "string") return body;
  return body === null || body === undefined ? record.event_name : JSON.stringify(body);
}

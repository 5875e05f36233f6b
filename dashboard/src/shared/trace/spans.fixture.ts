import type { Span } from "../../generated/api";

const BASE = 1_795_248_000_000_000_000n;

interface More {
  readonly name?: string;
  readonly service?: string;
  /** The message of a failure. */
  readonly error?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly genAI?: Readonly<Record<string, unknown>>;
  /** Names of events, with when they were in nanoseconds. */
  readonly events?: readonly (readonly [string, number])[];
}

/** A span of the tests, from one nanosecond of its trace to another. */
export function span(id: string, parent: string | null, start: number, end: number, more: More = {}): Span {
  const made = {
    span_id: id, parent_span_id: parent, name: more.name ?? `span ${id}`, service_name: more.service ?? "a",
    start_time_unix_nano: String(BASE + BigInt(start)), duration_ns: end - start,
    status: { code: more.error === undefined ? "unset" : "error", message: more.error ?? "" },
    attributes: { key: id, ...more.attributes }, resource: {}, links: [], gpu: null,
    events: (more.events ?? []).map(([name, at]) => ({
      name, time_unix_nano: String(BASE + BigInt(at)), attributes: {}, dropped_attributes_count: 0,
    })),
    gen_ai: more.genAI === undefined ? null : more.genAI,
  };
  return made as unknown as Span;
}

import type { Session, User } from "../../generated/api";
import { toNumber } from "../../shared/format/numbers";
import { msOfNanoseconds } from "../../shared/format/times";
import type { Message } from "../../shared/trace/transcript";

/** A session or a user, as lists show them. */
export interface Party {
  readonly id: string;
  readonly traceCount: number;
  readonly callCount: number;
  readonly errorCount: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
}

export function partyOf(found: Session | User): Party {
  return {
    id: "session_id" in found ? found.session_id : found.user_id, traceCount: found.trace_count,
    callCount: found.call_count, errorCount: found.error_count, inputTokens: toNumber(found.input_tokens),
    outputTokens: toNumber(found.output_tokens), first: msOfNanoseconds(found.first_time_unix_nano),
    last: msOfNanoseconds(found.last_time_unix_nano),
  };
}

const ORDERS = ["-last_time", "last_time", "-trace_count", "trace_count"] as const;
export type PartyOrder = (typeof ORDERS)[number];

/** An order of the address; nonsense means the latest first. */
export function partyOrderOf(text: string | null): PartyOrder {
  return ORDERS.find((order) => order === text) ?? "-last_time";
}

const FIELDS: Readonly<Record<"sessions" | "users", readonly string[]>> = {
  sessions: ["service", "model", "status", "user"], users: ["service", "model", "status", "session"],
};

/** The conditions that a list takes. */
export function partyFields(list: "sessions" | "users"): readonly string[] {
  return FIELDS[list];
}

/**
 * What is new in a call of a conversation: from the last message of the user on. A program sends the whole
 * conversation with each call, so what comes before was shown with the calls before.
 */
export function latestExchange(messages: readonly Message[]): readonly Message[] {
  const roles = messages.map((message) => message.role);
  const at = roles.lastIndexOf("user");
  return at < 0 ? messages : messages.slice(at);
}

/** The range in which a session's traces lie, as the API takes it: a trace may start before its first span in it. */
export function rangeAround({ first, last }: Party): { readonly start: string; readonly end: string } {
  const MARGIN_MS = 3_600_000;
  return { start: new Date(first - MARGIN_MS).toISOString(), end: new Date(last + MARGIN_MS).toISOString() };
}

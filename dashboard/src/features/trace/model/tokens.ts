import type { Span } from "../../../generated/api";
import { toNumber } from "../../../shared/format/numbers";
import type { TreeSpan } from "../../../shared/trace/tree";

export type PhaseKind = "queue" | "prefill" | "decode" | "wait";

/** A part of a model's call, in nanoseconds from the start of its span. */
export interface Phase {
  readonly kind: PhaseKind;
  readonly from: number;
  readonly to: number;
}

/** Times between tokens, in nanoseconds; null where neither events nor attributes tell. */
export interface Gaps {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** When a model's call waited, read its input and wrote its tokens. */
export interface TokenTimeline {
  readonly duration: number;
  readonly firstToken: number | null;
  readonly phases: readonly Phase[];
  /** When tokens came, in nanoseconds from the start of the span, in order. */
  readonly tokens: readonly number[];
  readonly gaps: Gaps;
  readonly tokensPerSecond: number | null;
}

const SECOND = 1e9;

/** The phases of a call that its attributes tell; empty where they tell nothing. */
export function phasesOf(span: TreeSpan, duration: number): readonly Phase[] {
  if (span.gen_ai === null) return [];
  const seconds = (name: string) => numberOf(span.attributes?.[`gen_ai.latency.${name}`]);
  const queue = seconds("time_in_queue");
  const prefill = seconds("time_in_model_prefill");
  const first = firstTokenOf(span);
  const phases: Phase[] = [];
  const add = (kind: PhaseKind, from: number, to: number) => {
    const [begin, end] = [Math.min(Math.max(0, from), duration), Math.min(to, duration)];
    if (end > begin) phases.push({ kind, from: begin, to: end });
  };
  if (queue === null && prefill === null) {
    if (first === null) return [];
    add("wait", 0, first);
    add("decode", first, duration);
    return phases;
  }
  const waited = (queue ?? 0) * SECOND;
  const read = prefill === null ? first ?? waited : waited + prefill * SECOND;
  add("queue", 0, waited);
  add("prefill", waited, read);
  const decode = seconds("time_in_model_decode");
  add("decode", first ?? read, decode === null ? duration : (first ?? read) + decode * SECOND);
  return phases;
}

/** The timeline of a call; null where the span tells nothing about its tokens' times. */
export function tokenTimelineOf(span: Span): TokenTimeline | null {
  if (span.gen_ai === null) return null;
  const duration = Math.max(0, toNumber(span.duration_ns));
  const tokens = tokensOf(span, duration);
  const firstToken = firstTokenOf(span) ?? tokens[0] ?? null;
  const phases = phasesOf(span, duration);
  const gaps = gapsOf(span, tokens);
  if (firstToken === null && phases.length === 0 && tokens.length === 0 && gaps.max === null) return null;
  return {
    duration, firstToken, phases, tokens, gaps,
    tokensPerSecond: numberOf(span.attributes["axonize.llm.tokens_per_second"]),
  };
}

function firstTokenOf(span: TreeSpan): number | null {
  const told = span.gen_ai?.time_to_first_token_ns ?? null;
  return told === null ? null : toNumber(told);
}

/** Events that instrumentations record for a token or a piece of a stream: their names end in one of these words. */
const TOKEN_EVENT = /(^|[._ -])(tokens?|chunks?)$/i;

function tokensOf(span: Span, duration: number): readonly number[] {
  const start = BigInt(span.start_time_unix_nano);
  return span.events.filter((event) => TOKEN_EVENT.test(event.name))
    .map((event) => Number(BigInt(event.time_unix_nano) - start))
    .filter((time) => time >= 0 && time <= duration)
    .sort((one, other) => one - other);
}

/** From three tokens on their events tell the gaps; else the attributes of the SDKs do. */
const TOKENS_FOR_GAPS_MIN = 3;

function gapsOf(span: Span, tokens: readonly number[]): Gaps {
  if (tokens.length >= TOKENS_FOR_GAPS_MIN) {
    const sorted = tokens.slice(1).map((time, index) => time - (tokens[index] ?? 0)).sort((one, other) => one - other);
    const rank = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
    return { p50: rank(0.5), p95: rank(0.95), max: rank(1) };
  }
  const told = (name: string) => {
    const seconds = numberOf(span.attributes[`axonize.llm.inter_token_latency.${name}`]);
    return seconds === null ? null : seconds * SECOND;
  };
  return { p50: told("p50"), p95: told("p95"), max: told("max") };
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** The longest wait for a token in each pixel of a picture, in nanoseconds; 0 where none came. */
export function waitsByPixel({ tokens, duration }: TokenTimeline, width: number): readonly number[] {
  const waits = new Array<number>(Math.max(1, width)).fill(0);
  for (let index = 1; index < tokens.length; index++) {
    const [before, time] = [tokens[index - 1] ?? 0, tokens[index] ?? 0];
    const pixel = Math.min(waits.length - 1, Math.floor((time / Math.max(1, duration)) * waits.length));
    waits[pixel] = Math.max(waits[pixel] ?? 0, time - before);
  }
  return waits;
}

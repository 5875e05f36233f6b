import { parseTraceSkeletonAnswer, type TextColumn, type Trace, type TraceSkeleton } from "../../../generated/api";
import { toNumber } from "../../../shared/format/numbers";
import { layoutOf, type Layout } from "../../../shared/trace/layout";
import { treeOf, treeOfLayout, type Tree, type TreeSpan } from "../../../shared/trace/tree";

/** What is said of a trace as a whole. */
export type TraceFacts = Omit<Trace, "spans" | "end_time_unix_nano">;

/** A trace as its views take it, whether its spans are whole or not. */
export interface OpenTrace {
  readonly facts: TraceFacts;
  readonly tree: Tree;
  /** The whole spans; null where the trace is too large for them. */
  readonly spans: Trace["spans"] | null;
  readonly hasGpus: boolean;
}

/** A skeleton that is laid out, in a form that goes quickly from one thread to another. */
export interface PackedTrace {
  readonly facts: TraceFacts;
  /** The spans' ids without anything between them: one text goes faster than a hundred thousand. */
  readonly ids: string;
  readonly name: PackedColumn;
  readonly service: PackedColumn;
  readonly status: PackedColumn;
  readonly calls: TraceSkeleton["calls"];
  readonly layout: Layout;
  readonly hasGpus: boolean;
}

interface PackedColumn {
  readonly values: readonly string[];
  readonly rows: Int32Array;
}

/** Larger traces are opened without the attributes of all spans. */
export const WHOLE_SPANS_MAX = 2_000;
const ID_LENGTH = 16;

/** A trace of which every span is whole. */
export function openTraceOf(trace: Trace): OpenTrace {
  const { spans, ...facts } = trace;
  return { facts, tree: treeOf(spans), spans, hasGpus: spans.some((span) => (span.gpu?.resource_ids.length ?? 0) > 0) };
}

/** Checks the JSON of a skeleton and lays it out. */
export function packedSkeleton(json: string): PackedTrace {
  const { spans, calls, gpus, ...facts } = parseTraceSkeletonAnswer(JSON.parse(json), "").data;
  const count = spans.span_id.length;
  const failed = spans.status.values.indexOf("error");
  const layout = layoutOf({
    // From the number of spans on it is one that is not stored.
    parents: Int32Array.from(spans.parent, (parent) => (parent === null || parent >= count ? -1 : parent)),
    namesParent: Uint8Array.from(spans.parent, (parent) => (parent === null ? 0 : 1)),
    starts: Float64Array.from(spans.start_ns, toNumber), durations: Float64Array.from(spans.duration_ns, toNumber),
    errors: Uint8Array.from(spans.status.rows, (row) => (row === failed ? 1 : 0)),
  });
  return {
    facts, ids: spans.span_id.join(""), name: packed(spans.name), service: packed(spans.service_name),
    status: packed(spans.status), calls, layout, hasGpus: gpus.span.length > 0,
  };
}

function packed(column: TextColumn): PackedColumn {
  return { values: column.values, rows: Int32Array.from(column.rows) };
}

/** The memory that goes along with a packed trace rather than being copied. */
export function buffersOf({ layout, name, service, status }: PackedTrace): ArrayBuffer[] {
  return [...Object.values(layout), name.rows, service.rows, status.rows]
    .map((column: Int32Array | Float64Array | Uint8Array) => column.buffer as ArrayBuffer);
}

/** The trace of a skeleton that is laid out. */
export function unpackedTrace(trace: PackedTrace): OpenTrace {
  const { facts, ids, layout } = trace;
  const calls = callsByPlace(trace.calls);
  const text = ({ values, rows }: PackedColumn, place: number) => values[rows[place] ?? -1] ?? "";
  const tree = treeOfLayout(layout, facts.start_time_unix_nano, (place) => ({
    span: {
      span_id: ids.slice(place * ID_LENGTH, (place + 1) * ID_LENGTH), name: text(trace.name, place),
      service_name: text(trace.service, place), gen_ai: calls.get(place) ?? null,
      status: { code: text(trace.status, place) as TreeSpan["status"]["code"], message: "" },
    },
    whole: null,
  }));
  return { facts, tree, spans: null, hasGpus: trace.hasGpus };
}

function callsByPlace(calls: TraceSkeleton["calls"]): ReadonlyMap<number, TreeSpan["gen_ai"]> {
  const text = ({ values, rows }: TextColumn, row: number) => {
    const value = values[rows[row] ?? -1] ?? "";
    return value === "" ? null : value;
  };
  return new Map(calls.span.map((place, row) => {
    const model = text(calls.model, row);
    return [place, {
      operation: text(calls.operation, row), request_model: model, response_model: model,
      input_tokens: calls.input_tokens[row] ?? null, output_tokens: calls.output_tokens[row] ?? null,
      time_to_first_token_ns: calls.time_to_first_token_ns[row] ?? null,
    }];
  }));
}

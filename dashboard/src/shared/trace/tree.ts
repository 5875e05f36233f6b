import type { Span } from "../../generated/api";
import { toNumber } from "../format/numbers";
import { layoutOf, type Layout } from "./layout";

/** What a tree needs of the call of a model. */
type CallFacts = Pick<NonNullable<Span["gen_ai"]>,
  "operation" | "request_model" | "response_model" | "input_tokens" | "output_tokens" | "time_to_first_token_ns">;

/** What every view of a trace knows of a span, also where the trace is too large for whole ones. */
export interface TreeSpan extends Pick<Span, "span_id" | "name" | "service_name" | "status"> {
  readonly gen_ai: CallFacts | null;
  /** Absent in large traces. */
  readonly attributes?: Span["attributes"];
}

/** A span in its place in the trace; times are nanoseconds from the trace's start. */
export interface Node {
  readonly span: TreeSpan;
  /** All that the span says; null in a large trace, where it is asked for. */
  readonly whole: Span | null;
  /** Its place in the order in which rows are shown: each span before its children. */
  readonly index: number;
  readonly depth: number;
  readonly start: number;
  readonly duration: number;
  readonly isError: boolean;
  /** Whether it names a parent that is not there. */
  readonly isOrphan: boolean;
  /** The place of its parent; -1 for a root. */
  readonly parent: number;
  /** How many spans are below it, at any depth. */
  readonly descendants: number;
  /** Time in which none of its children ran. */
  readonly selfTime: number;
  /** Whether an error is below it. */
  readonly hasErrorBelow: boolean;
}

export interface Tree {
  readonly nodes: readonly Node[];
  readonly duration: number;
  /** Nanoseconds since 1970, as text of the earliest start. */
  readonly startText: string;
  readonly errorCount: number;
  /** By their time in the trace, the longest first. */
  readonly services: readonly string[];
  readonly byID: ReadonlyMap<string, number>;
}

/** The tree of a trace of which every span is whole. */
export function treeOf(spans: readonly Span[]): Tree {
  const times = spans.map((span) => BigInt(span.start_time_unix_nano));
  const base = times.reduce((least, time) => (time < least ? time : least), times[0] ?? 0n);
  const place = new Map(spans.map((span, index) => [span.span_id, index]));
  const layout = layoutOf({
    parents: Int32Array.from(spans, (span) => place.get(span.parent_span_id ?? "") ?? -1),
    namesParent: Uint8Array.from(spans, (span) => (span.parent_span_id === null ? 0 : 1)),
    // From the trace's start on a number holds every nanosecond of a hundred days.
    starts: Float64Array.from(times, (time) => Number(time - base)),
    durations: Float64Array.from(spans, (span) => toNumber(span.duration_ns)),
    errors: Uint8Array.from(spans, (span) => (span.status.code === "error" ? 1 : 0)),
  });
  return treeOfLayout(layout, String(base), (index) => {
    const span = spans[index];
    return span === undefined ? null : { span, whole: span };
  });
}

/** The tree of spans that are laid out. */
export function treeOfLayout(
  layout: Layout, startText: string, spanAt: (place: number) => Pick<Node, "span" | "whole"> | null,
): Tree {
  const nodes: Node[] = [];
  layout.places.forEach((place, row) => {
    const found = spanAt(place);
    if (found === null) return;
    nodes.push({
      span: found.span, whole: found.whole, index: row, depth: layout.depths[row] ?? 0,
      parent: layout.parents[row] ?? -1, start: layout.starts[row] ?? 0, duration: layout.durations[row] ?? 0,
      isError: layout.errors[row] === 1, isOrphan: layout.orphans[row] === 1,
      descendants: layout.descendants[row] ?? 0, selfTime: layout.selfTimes[row] ?? 0,
      hasErrorBelow: layout.errorsBelow[row] === 1,
    });
  });
  return {
    nodes, duration: nodes.reduce((end, node) => Math.max(end, node.start + node.duration), 1), startText,
    errorCount: nodes.filter((node) => node.isError).length, services: servicesOf(nodes),
    byID: new Map(nodes.map((node) => [node.span.span_id, node.index])),
  };
}

function servicesOf(nodes: readonly Node[]): readonly string[] {
  const times = new Map<string, number>();
  for (const node of nodes) {
    times.set(node.span.service_name, (times.get(node.span.service_name) ?? 0) + node.selfTime);
  }
  return [...times].sort((one, other) => other[1] - one[1]).map(([name]) => name);
}

/** The places of the rows that are shown when some spans are folded. */
export function visibleRows(tree: Tree, folded: ReadonlySet<string>): readonly number[] {
  const rows: number[] = [];
  for (let at = 0; at < tree.nodes.length; at++) {
    const node = tree.nodes[at];
    if (node === undefined) break;
    rows.push(at);
    if (folded.has(node.span.span_id)) at += node.descendants;
  }
  return rows;
}

/** Spans that are open at once at first; larger traces begin with what matters unfolded. */
const OPEN_COUNT_MAX = 500;
const OPEN_DEPTH = 2;

/** What is folded when a trace is opened: in a large one all that is deep and has neither error nor critical path. */
export function initiallyFolded(tree: Tree, critical: ReadonlySet<number>): ReadonlySet<string> {
  if (tree.nodes.length <= OPEN_COUNT_MAX) return new Set();
  return new Set(tree.nodes
    .filter((node) => node.descendants > 0 && node.depth >= OPEN_DEPTH && !node.hasErrorBelow &&
      !critical.has(node.index))
    .map((node) => node.span.span_id));
}

/** The spans that decided how long the trace took: from the end of the longest root back through what ended last. */
export function criticalPath(tree: Tree): ReadonlySet<number> {
  const path = new Set<number>();
  const children = new Map<number, Node[]>();
  for (const node of tree.nodes) {
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [node]);
    else siblings.push(node);
  }
  const roots = children.get(-1) ?? [];
  const longest = roots.reduce<Node | null>(
    (best, node) => (best === null || node.duration > best.duration ? node : best), null);
  const stack = longest === null ? [] : [{ node: longest, until: longest.start + longest.duration }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    path.add(next.node.index);
    let reached = next.until;
    const below = [...(children.get(next.node.index) ?? [])]
      .sort((one, other) => other.start + other.duration - (one.start + one.duration));
    for (const child of below) {
      // What goes on after its parent decides nothing beyond the parent's end.
      const end = Math.min(child.start + child.duration, next.until);
      if (end > reached || end <= child.start) continue;
      stack.push({ node: child, until: end });
      reached = child.start;
    }
  }
  return path;
}

/** The places of spans whose name, service, attributes or status have a text in them. */
export function matches(tree: Tree, text: string): readonly number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return tree.nodes.filter(({ span }) =>
    span.name.toLowerCase().includes(wanted) || span.service_name.toLowerCase().includes(wanted) ||
    span.span_id === wanted || span.status.message.toLowerCase().includes(wanted) ||
    Object.entries(span.attributes ?? {}).some(([key, value]) =>
      key.toLowerCase().includes(wanted) || String(value).toLowerCase().includes(wanted)),
  ).map((node) => node.index);
}

import type { Span } from "../../generated/api";
import { toNumber } from "../format/numbers";

/** A span in its place in the trace; times are nanoseconds from the trace's start. */
export interface Node {
  readonly span: Span;
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
  descendants: number;
  /** Time in which none of its children ran. */
  selfTime: number;
  /** Whether an error is below it. */
  hasErrorBelow: boolean;
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

/** The tree of a trace; a parent that is missing makes a root, and a circle is cut where it was entered. */
export function treeOf(spans: readonly Span[]): Tree {
  const times = spans.map((span) => BigInt(span.start_time_unix_nano));
  const base = times.reduce((least, time) => (time < least ? time : least), times[0] ?? 0n);
  // From the trace's start on a number holds every nanosecond of a hundred days.
  const starts = Float64Array.from(times, (time) => Number(time - base));
  const place = new Map(spans.map((span, index) => [span.span_id, index]));
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  const byStart = spans.map((_span, index) => index)
    .sort((one, other) => (starts[one] ?? 0) - (starts[other] ?? 0) || one - other);
  for (const index of byStart) {
    const parentID = spans[index]?.parent_span_id ?? null;
    const parent = parentID === null ? undefined : place.get(parentID);
    const siblings = parent === undefined ? undefined : children.get(parent);
    if (parent === undefined || parent === index) roots.push(index);
    else if (siblings === undefined) children.set(parent, [index]);
    else siblings.push(index);
  }
  const nodes: Node[] = [];
  const seen = new Set<number>();
  const walk = (root: number) => {
    // A stack of our own: traces can be deeper than the engine's.
    const stack: { index: number; depth: number; parent: number }[] = [{ index: root, depth: 0, parent: -1 }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const span = spans[next.index];
      if (span === undefined || seen.has(next.index)) continue;
      seen.add(next.index);
      const at = nodes.length;
      nodes.push({
        span, index: at, depth: next.depth, parent: next.parent,
        start: starts[next.index] ?? 0,
        duration: Math.max(0, toNumber(span.duration_ns)), isError: span.status.code === "error",
        isOrphan: next.parent < 0 && span.parent_span_id !== null, descendants: 0, selfTime: 0, hasErrorBelow: false,
      });
      const below = children.get(next.index) ?? [];
      for (let child = below.length - 1; child >= 0; child--) {
        stack.push({ index: below[child] ?? -1, depth: next.depth + 1, parent: at });
      }
    }
  };
  roots.forEach(walk);
  // What is left is in circles.
  for (const index of byStart) if (!seen.has(index)) walk(index);
  addUp(nodes);
  return {
    nodes, duration: nodes.reduce((end, node) => Math.max(end, node.start + node.duration), 1),
    startText: String(base), errorCount: nodes.filter((node) => node.isError).length, services: servicesOf(nodes),
    byID: new Map(nodes.map((node) => [node.span.span_id, node.index])),
  };
}

function addUp(nodes: readonly Node[]): void {
  const covered = new Map<number, [number, number][]>();
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    if (node === undefined) continue;
    node.selfTime = node.duration - coveredTime(covered.get(at) ?? [], node.start, node.start + node.duration);
    const parent = nodes[node.parent];
    if (parent === undefined) continue;
    parent.descendants += node.descendants + 1;
    parent.hasErrorBelow ||= node.isError || node.hasErrorBelow;
    const intervals = covered.get(node.parent) ?? [];
    intervals.push([node.start, node.start + node.duration]);
    covered.set(node.parent, intervals);
  }
}

/** The time that intervals cover together within limits. */
function coveredTime(intervals: [number, number][], from: number, to: number): number {
  let [sum, reached] = [0, from];
  for (const [start, end] of intervals.sort((one, other) => one[0] - other[0])) {
    const begin = Math.max(start, reached);
    const stop = Math.min(end, to);
    if (stop > begin) {
      sum += stop - begin;
      reached = stop;
    }
  }
  return sum;
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
    Object.entries(span.attributes).some(([key, value]) =>
      key.toLowerCase().includes(wanted) || String(value).toLowerCase().includes(wanted)),
  ).map((node) => node.index);
}

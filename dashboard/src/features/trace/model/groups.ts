import type { GpuSpan } from "../../../generated/api";
import { toNumber } from "../../../shared/format/numbers";
import type { Tree } from "../../../shared/trace/tree";

/** The spans of a trace that have one service and name. */
export interface Group {
  readonly service: string;
  readonly name: string;
  readonly count: number;
  readonly errorCount: number;
  /** Times in nanoseconds. */
  readonly total: number;
  readonly selfTime: number;
  readonly mean: number;
  readonly p95: number;
  /** As its spans report them; null where none does. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Null where none of its spans has energy that is known. */
  readonly joules: number | null;
  /** Places in the tree, the longest span first. */
  readonly members: readonly number[];
}

/** What a table of groups can be sorted by, under the names that the address has. */
export const GROUP_ORDERS = [
  "name", "count", "total", "self_time", "mean", "p95", "errors", "tokens", "joules",
] as const;
export type GroupOrder = (typeof GROUP_ORDERS)[number];

export function groupsOf(tree: Tree, uses: readonly GpuSpan[]): readonly Group[] {
  const energy = joulesBySpan(uses);
  const members = new Map<string, number[]>();
  for (const { span, index } of tree.nodes) {
    const key = `${span.service_name}\u0000${span.name}`;
    const found = members.get(key);
    if (found === undefined) members.set(key, [index]);
    else found.push(index);
  }
  return [...members.values()].map((places) => groupOf(tree, places, energy));
}

function groupOf(tree: Tree, places: number[], energy: ReadonlyMap<string, number>): Group {
  const nodes = places.flatMap((place) => tree.nodes[place] ?? [])
    .sort((one, other) => other.duration - one.duration || one.index - other.index);
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value): value is number => value !== null && !Number.isNaN(value));
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const total = nodes.reduce((time, node) => time + node.duration, 0);
  return {
    service: nodes[0]?.span.service_name ?? "", name: nodes[0]?.span.name ?? "", count: nodes.length,
    errorCount: nodes.filter((node) => node.isError).length, total, mean: total / nodes.length,
    selfTime: nodes.reduce((time, node) => time + node.selfTime, 0),
    // The nearest rank: of up to 20 spans that is the longest.
    p95: nodes[nodes.length - Math.ceil(nodes.length * 0.95)]?.duration ?? 0,
    inputTokens: sum(nodes.map((node) => toNumber(node.span.gen_ai?.input_tokens))),
    outputTokens: sum(nodes.map((node) => toNumber(node.span.gen_ai?.output_tokens))),
    joules: sum(nodes.map((node) => energy.get(node.span.span_id) ?? null)),
    members: nodes.map((node) => node.index),
  };
}

/** The energy that spans took themselves, without that of spans inside them, so that groups can be added. */
function joulesBySpan(uses: readonly GpuSpan[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { span_id: id, use } of uses) {
    const joules = use.energy.self_joules ?? use.energy.joules;
    if (joules !== undefined) found.set(id, (found.get(id) ?? 0) + joules);
  }
  return found;
}

export interface GroupSort {
  readonly order: GroupOrder;
  readonly isDown: boolean;
}

/** An order as the address has it, such as `-self_time`; nonsense means the most self time first. */
export function groupSortOf(text: string | null): GroupSort {
  const name = text?.replace(/^-/, "") ?? "";
  const order = GROUP_ORDERS.find((candidate) => candidate === name);
  return order === undefined ? { order: "self_time", isDown: true } : { order, isDown: text?.startsWith("-") === true };
}

/** Groups in an order; those without the value come last, whichever way. */
export function sortedGroups(groups: readonly Group[], { order, isDown }: GroupSort): readonly Group[] {
  const compare = (one: Group, other: Group): number => {
    const [left, right] = [valueOf(one, order), valueOf(other, order)];
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    const difference = left < right ? -1 : left > right ? 1 : 0;
    return isDown ? -difference : difference;
  };
  return [...groups].sort((one, other) => compare(one, other) || (one.name < other.name ? -1 : 1));
}

function valueOf(group: Group, order: GroupOrder): number | string | null {
  switch (order) {
    case "name": return `${group.service} ${group.name}`;
    case "self_time": return group.selfTime;
    case "errors": return group.errorCount;
    case "tokens":
      return group.inputTokens === null && group.outputTokens === null ? null
        : (group.inputTokens ?? 0) + (group.outputTokens ?? 0);
    default: return group[order];
  }
}

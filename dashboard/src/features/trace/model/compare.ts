import type { Tree } from "../../../shared/trace/tree";
import { pathKey, pathsOf, type Path } from "./paths";

/** A path of names in two traces; null where one of them has no span there. */
export interface Pair {
  readonly a: Path | null;
  readonly b: Path | null;
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  /** How many pairs are below it, at any depth. */
  readonly descendants: number;
}

export type Difference = "only-a" | "only-b" | "changed" | "same";

/** Durations differ by more than this share before they count as changed: two runs are never equal. */
const CHANGE_MIN = 0.1;

export function differenceOf({ a, b }: Pair): Difference {
  if (a === null) return "only-b";
  if (b === null) return "only-a";
  if (a.count !== b.count || a.errorCount !== b.errorCount) return "changed";
  const longer = Math.max(a.duration, b.duration);
  return longer > 0 && Math.abs(a.duration - b.duration) / longer > CHANGE_MIN ? "changed" : "same";
}

/** The paths of two traces side by side: those of the first in their order, then what only the second one has. */
export function pairsOf(a: Tree, b: Tree): readonly Pair[] {
  const [left, right] = [childrenOf(a), childrenOf(b)];
  const pairs: Mutable[] = [];
  const stack: { a: Path | null; b: Path | null; depth: number; parent: number }[] = [];
  const push = (parentA: number | null, parentB: number | null, depth: number, parent: number) => {
    const ofA = parentA === null ? [] : left.get(parentA) ?? [];
    const ofB = parentB === null ? [] : right.get(parentB) ?? [];
    const unmatched = new Map(ofB.map((path) => [nameOf(path), path]));
    const matched = ofA.map((path) => {
      const other = unmatched.get(nameOf(path)) ?? null;
      unmatched.delete(nameOf(path));
      return { a: path as Path | null, b: other, depth, parent };
    });
    const all = [...matched, ...[...unmatched.values()].map((path) => ({ a: null, b: path, depth, parent }))];
    stack.push(...all.reverse());
  };
  push(-1, -1, 0, -1);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const known = next.a ?? next.b;
    if (known === null) continue;
    pairs.push({ ...next, service: known.service, name: known.name, descendants: 0 });
    push(next.a?.index ?? null, next.b?.index ?? null, next.depth + 1, pairs.length - 1);
  }
  for (let at = pairs.length - 1; at >= 0; at--) {
    const pair = pairs[at];
    const above = pair === undefined ? undefined : pairs[pair.parent];
    if (pair !== undefined && above !== undefined) above.descendants += pair.descendants + 1;
  }
  return pairs;
}

interface Mutable extends Pair {
  descendants: number;
  readonly parent: number;
}

const nameOf = (path: Path): string => pathKey(-1, path.service, path.name);

function childrenOf(tree: Tree): ReadonlyMap<number, readonly Path[]> {
  const children = new Map<number, Path[]>();
  for (const path of pathsOf(tree).all) {
    const siblings = children.get(path.parent);
    if (siblings === undefined) children.set(path.parent, [path]);
    else siblings.push(path);
  }
  return children;
}

/** The pairs that differ, with those on the way to them. */
export function withoutSame(pairs: readonly Pair[]): readonly Pair[] {
  const kept: Pair[] = [];
  for (let at = pairs.length - 1; at >= 0; at--) {
    const pair = pairs[at];
    if (pair === undefined) continue;
    // Kept pairs below it come right after it.
    const below = kept[kept.length - 1];
    if (differenceOf(pair) !== "same" || (below !== undefined && below.depth === pair.depth + 1)) kept.push(pair);
  }
  return kept.reverse();
}

/** The longest change of a duration, as what bars are drawn against. */
export function largestChange(pairs: readonly Pair[]): number {
  return pairs.reduce((most, { a, b }) => Math.max(most, Math.abs((b?.duration ?? 0) - (a?.duration ?? 0))), 0);
}

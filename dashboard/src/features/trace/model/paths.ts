import type { Tree } from "../../../shared/trace/tree";

/** Spans of one service and name below the same path of names, as one. */
export interface Path {
  readonly index: number;
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  /** The path above; -1 for one that begins. */
  readonly parent: number;
  count: number;
  errorCount: number;
  /** The sum of the durations of its spans, in nanoseconds. */
  duration: number;
  /** The time in which none of their children ran. */
  selfTime: number;
  /** The place in the tree of its longest span. */
  longest: number;
}

export interface Paths {
  /** In the order in which they appear; each after the one above it. */
  readonly all: readonly Path[];
  /** The path of each span, by its place in the tree. */
  readonly ofNode: Int32Array;
}

/** The paths of a trace: its tree with spans that have the same names all the way up taken together. */
export function pathsOf(tree: Tree): Paths {
  const all: Path[] = [];
  const ofNode = new Int32Array(tree.nodes.length).fill(-1);
  const known = new Map<string, number>();
  for (const node of tree.nodes) {
    const parent = node.parent < 0 ? -1 : ofNode[node.parent] ?? -1;
    const { name, service_name: service } = node.span;
    const key = pathKey(parent, service, name);
    let at = known.get(key);
    if (at === undefined) {
      at = all.length;
      known.set(key, at);
      all.push({
        index: at, service, name, depth: node.depth, parent, count: 0, errorCount: 0, duration: 0, selfTime: 0,
        longest: node.index,
      });
    }
    ofNode[node.index] = at;
    const path = all[at];
    if (path === undefined) continue;
    path.count++;
    if (node.isError) path.errorCount++;
    path.duration += node.duration;
    path.selfTime += node.selfTime;
    if (node.duration > (tree.nodes[path.longest]?.duration ?? 0)) path.longest = node.index;
  }
  return { all, ofNode };
}

/** What makes a path the same as another one below the same parent. */
export function pathKey(parent: number, service: string, name: string): string {
  return `${parent}\u0000${service}\u0000${name}`;
}

import type { Tree } from "../../../shared/trace/tree";
import { pathsOf, type Path, type Paths } from "./paths";

/** A path as a box: as wide as the time of its spans and of all below them. */
export interface Box extends Path {
  /** Where it begins, in nanoseconds from the left. */
  readonly from: number;
  readonly width: number;
}

export interface Flame {
  /** Each box before those on it; the widest of siblings first. */
  readonly boxes: readonly Box[];
  /** The place after the last box on top of each one. */
  readonly ends: Int32Array;
  /** The box of each span, by its place in the tree. */
  readonly ofNode: Int32Array;
  readonly width: number;
  readonly levels: number;
}

/**
 * The flame graph of a trace. A box has the sum of self times of its spans and of all below them, so that boxes side by
 * side are never wider than the one below them, also where spans ran at the same time.
 */
export function flameOf(tree: Tree): Flame {
  const paths = pathsOf(tree);
  const widths = new Float64Array(paths.all.length);
  for (let at = paths.all.length - 1; at >= 0; at--) {
    const path = paths.all[at];
    if (path === undefined) continue;
    widths[at] += path.selfTime;
    if (path.parent >= 0) widths[path.parent] += widths[at] ?? 0;
  }
  return laidOut(paths, widths);
}

function laidOut(paths: Paths, widths: Float64Array): Flame {
  const children = new Map<number, number[]>();
  for (const path of paths.all) {
    const siblings = children.get(path.parent);
    if (siblings === undefined) children.set(path.parent, [path.index]);
    else siblings.push(path.index);
  }
  const widthOf = (at: number) => widths[at] ?? 0;
  const sorted = (parent: number) => (children.get(parent) ?? []).sort((one, other) => widthOf(other) - widthOf(one));
  const boxes: Box[] = [];
  const places = new Int32Array(paths.all.length);
  const stack: { path: number; from: number; parent: number }[] = [];
  const push = (parent: number, from: number, place: number) => {
    let end = from + (children.get(parent) ?? []).reduce((sum, at) => sum + widthOf(at), 0);
    for (const at of [...sorted(parent)].reverse()) {
      end -= widthOf(at);
      stack.push({ path: at, from: end, parent: place });
    }
  };
  push(-1, 0, -1);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const path = paths.all[next.path];
    if (path === undefined) continue;
    places[next.path] = boxes.length;
    boxes.push({ ...path, index: boxes.length, parent: next.parent, from: next.from, width: widthOf(next.path) });
    push(next.path, next.from, boxes.length - 1);
  }
  const ends = Int32Array.from(boxes, (_box, index) => index + 1);
  for (let at = boxes.length - 1; at >= 0; at--) {
    const parent = boxes[at]?.parent ?? -1;
    if (parent >= 0) ends[parent] = Math.max(ends[parent] ?? 0, ends[at] ?? 0);
  }
  return {
    boxes, ends, ofNode: paths.ofNode.map((path) => places[path] ?? -1),
    width: (children.get(-1) ?? []).reduce((sum, at) => sum + widthOf(at), 0),
    levels: boxes.reduce((most, box) => Math.max(most, box.depth + 1), 0),
  };
}

/** A box on the screen, in pixels from the left. */
export interface Drawn {
  readonly index: number;
  readonly left: number;
  readonly width: number;
  readonly depth: number;
}

/** Boxes narrower than this are not drawn, nor what lies on them. */
const WIDTH_PX_MIN = 0.5;

/** The boxes that a picture shows when one of them, or the whole, fills its width; those below it fill it as well. */
export function drawnBoxes(flame: Flame, root: number | null, widthPx: number): readonly Drawn[] {
  const zoomed = root === null ? undefined : flame.boxes[root];
  const from = zoomed?.from ?? 0;
  const scale = widthPx / Math.max(1, zoomed?.width ?? flame.width);
  const drawn: Drawn[] = [];
  for (let above = zoomed === undefined ? undefined : flame.boxes[zoomed.parent]; above !== undefined;
    above = flame.boxes[above.parent]) {
    drawn.push({ index: above.index, left: 0, width: widthPx, depth: above.depth });
  }
  drawn.reverse();
  const end = root === null ? flame.boxes.length : flame.ends[root] ?? 0;
  for (let at = root ?? 0; at < end; at++) {
    const box = flame.boxes[at];
    if (box === undefined) break;
    const width = box.width * scale;
    if (width < WIDTH_PX_MIN && at !== root) {
      at = (flame.ends[at] ?? at + 1) - 1;
      continue;
    }
    drawn.push({ index: at, left: (box.from - from) * scale, width, depth: box.depth });
  }
  return drawn;
}

/** The box at a place of the picture; null where there is none. */
export function boxAt(drawn: readonly Drawn[], x: number, depth: number): number | null {
  const found = drawn.find((box) => box.depth === depth && x >= box.left && x < box.left + Math.max(1, box.width));
  return found?.index ?? null;
}

/** The box that a key of the arrows leads to from another one; the same one where there is none. */
export function neighbour(flame: Flame, at: number, key: "up" | "down" | "left" | "right"): number {
  const box = flame.boxes[at];
  if (box === undefined) return at;
  if (key === "up") return box.parent >= 0 ? box.parent : at;
  if (key === "down") return (flame.ends[at] ?? 0) > at + 1 ? at + 1 : at;
  if (key === "right") {
    const next = flame.ends[at] ?? at;
    return flame.boxes[next]?.parent === box.parent ? next : at;
  }
  let before = at;
  for (let sibling = box.parent + 1; sibling < at; sibling = flame.ends[sibling] ?? at) before = sibling;
  return before;
}

/** The boxes whose name or service has a text in it; null where none is looked for. */
export function matchingBoxes(flame: Flame, text: string): ReadonlySet<number> | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return null;
  return new Set(flame.boxes
    .filter((box) => box.name.toLowerCase().includes(wanted) || box.service.toLowerCase().includes(wanted))
    .map((box) => box.index));
}

/** What is given of the spans of a trace, each at its place; times are nanoseconds from the trace's start. */
export interface Placement {
  /** The place of the parent; -1 where there is none or it is not stored. */
  readonly parents: Int32Array;
  /** 1 for a span that names a parent. */
  readonly namesParent: Uint8Array;
  readonly starts: Float64Array;
  readonly durations: Float64Array;
  /** 1 for a span that failed. */
  readonly errors: Uint8Array;
}

/** The rows of a trace: each span before its children, and these by their start. */
export interface Layout {
  /** The place of the span of each row. */
  readonly places: Int32Array;
  /** The row of its parent; -1 for a root. */
  readonly parents: Int32Array;
  readonly depths: Int32Array;
  readonly starts: Float64Array;
  readonly durations: Float64Array;
  readonly errors: Uint8Array;
  /** 1 for a root that names a parent. */
  readonly orphans: Uint8Array;
  readonly descendants: Int32Array;
  /** Time in which none of its children ran. */
  readonly selfTimes: Float64Array;
  /** 1 where an error is below. */
  readonly errorsBelow: Uint8Array;
}

/** Lays the spans of a trace out; a parent that is missing makes a root, and a circle is cut where it was entered. */
export function layoutOf({ parents, namesParent, starts, durations, errors }: Placement): Layout {
  const count = parents.length;
  const layout: Layout = {
    places: new Int32Array(count), parents: new Int32Array(count), depths: new Int32Array(count),
    starts: new Float64Array(count), durations: new Float64Array(count), errors: new Uint8Array(count),
    orphans: new Uint8Array(count), descendants: new Int32Array(count), selfTimes: new Float64Array(count),
    errorsBelow: new Uint8Array(count),
  };
  const byStart = Int32Array.from({ length: count }, (_value, place) => place)
    .sort((one, other) => at(starts, one) - at(starts, other) || one - other);
  const isRoot = (place: number) => at(parents, place) < 0 || at(parents, place) === place;
  const { children, firsts } = childrenOf(byStart, parents, isRoot);
  const seen = new Uint8Array(count);
  const parentRows = new Int32Array(count).fill(-1);
  let rows = 0;
  const walk = (root: number) => {
    // A stack of our own: traces can be deeper than the engine's.
    const stack = [root];
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      if (at(seen, place) === 1) continue;
      seen[place] = 1;
      const row = rows++;
      const parent = place === root ? -1 : at(parentRows, place);
      layout.places[row] = place;
      layout.parents[row] = parent;
      layout.depths[row] = parent < 0 ? 0 : at(layout.depths, parent) + 1;
      layout.starts[row] = at(starts, place);
      layout.durations[row] = Math.max(0, at(durations, place));
      layout.errors[row] = at(errors, place);
      layout.orphans[row] = parent < 0 ? at(namesParent, place) : 0;
      for (let child = at(firsts, place + 1) - 1; child >= at(firsts, place); child--) {
        const below = at(children, child);
        parentRows[below] = row;
        stack.push(below);
      }
    }
  };
  byStart.forEach((place) => {
    if (isRoot(place)) walk(place);
  });
  // What is left is in circles.
  byStart.forEach((place) => {
    if (at(seen, place) === 0) walk(place);
  });
  addUp(layout);
  return layout;
}

/** The children of all places in one list, by their start; those of a place begin at its number in `firsts`. */
function childrenOf(byStart: Int32Array, parents: Int32Array, isRoot: (place: number) => boolean) {
  const firsts = new Int32Array(byStart.length + 1);
  const add = (counts: Int32Array, place: number) => {
    counts[place] = at(counts, place) + 1;
  };
  for (const place of byStart) if (!isRoot(place)) add(firsts, at(parents, place) + 1);
  for (let place = 1; place < firsts.length; place++) firsts[place] = at(firsts, place) + at(firsts, place - 1);
  const next = firsts.slice();
  const children = new Int32Array(byStart.length);
  for (const place of byStart) {
    if (isRoot(place)) continue;
    children[at(next, at(parents, place))] = place;
    add(next, at(parents, place));
  }
  return { children, firsts };
}

function addUp(layout: Layout): void {
  const { parents, starts, durations, descendants, selfTimes, errors, errorsBelow } = layout;
  // Until when the children so far cover each span; they come by their start.
  const reached = starts.slice();
  selfTimes.set(durations);
  for (let row = 0; row < parents.length; row++) {
    const parent = at(parents, row);
    if (parent < 0) continue;
    const begin = Math.max(at(starts, row), at(reached, parent));
    const end = Math.min(at(starts, row) + at(durations, row), at(starts, parent) + at(durations, parent));
    if (end <= begin) continue;
    selfTimes[parent] = at(selfTimes, parent) - (end - begin);
    reached[parent] = end;
  }
  for (let row = parents.length - 1; row >= 0; row--) {
    const parent = at(parents, row);
    if (parent < 0) continue;
    descendants[parent] = at(descendants, parent) + at(descendants, row) + 1;
    if (at(errors, row) === 1 || at(errorsBelow, row) === 1) errorsBelow[parent] = 1;
  }
}

const at = (column: Int32Array | Float64Array | Uint8Array, index: number): number => column[index] ?? 0;

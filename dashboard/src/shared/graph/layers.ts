/** A call in a graph of who calls whom. */
export interface Arc {
  readonly from: string;
  readonly to: string;
}

/** The place of a node: its column from the left, and its row in it. */
export interface LayerPlace {
  readonly id: string;
  readonly column: number;
  readonly row: number;
}

/** Sweeps that bring nodes next to those they call. */
const SWEEPS = 4;

/** Nodes in columns, callers left of those they call; a call that leads back is not counted for that. */
export function layered(ids: readonly string[], arcs: readonly Arc[]): readonly LayerPlace[] {
  const known = new Set(ids);
  const inside = arcs.filter((arc) => known.has(arc.from) && known.has(arc.to) && arc.from !== arc.to);
  const forward = forwardArcs(ids, inside);
  const columns = new Map(ids.map((id) => [id, 0]));
  // Callers come before those that they call, so one pass settles each column.
  for (const id of topological(ids, forward)) {
    for (const arc of forward.get(id) ?? []) {
      columns.set(arc.to, Math.max(columns.get(arc.to) ?? 0, (columns.get(id) ?? 0) + 1));
    }
  }
  const byColumn: string[][] = [];
  for (const id of ids) (byColumn[columns.get(id) ?? 0] ??= []).push(id);
  const rows = new Map<string, number>();
  const number = () => byColumn.forEach((column) => column.forEach((id, row) => rows.set(id, row)));
  number();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const column of byColumn) {
      const middle = new Map(column.map((id) => [id, middleRow(id, inside, rows, isDown)]));
      column.sort((one, other) => (middle.get(one) ?? 0) - (middle.get(other) ?? 0));
    }
    number();
  }
  return byColumn.flatMap((column, at) => column.map((id, row) => ({ id, column: at, row })));
}

/** The mean row of what a node calls or is called by; its own where there is none. */
function middleRow(id: string, arcs: readonly Arc[], rows: ReadonlyMap<string, number>, isDown: boolean): number {
  const others = arcs.filter((arc) => (isDown ? arc.to : arc.from) === id)
    .map((arc) => rows.get(isDown ? arc.from : arc.to) ?? 0);
  return others.length === 0 ? rows.get(id) ?? 0 : others.reduce((sum, row) => sum + row, 0) / others.length;
}

/** Arcs by their caller, without those that close a circle. */
function forwardArcs(ids: readonly string[], arcs: readonly Arc[]): ReadonlyMap<string, readonly Arc[]> {
  const outgoing = new Map<string, Arc[]>();
  for (const arc of arcs) outgoing.set(arc.from, [...(outgoing.get(arc.from) ?? []), arc]);
  const state = new Map<string, "open" | "done">();
  const kept = new Map<string, Arc[]>();
  for (const id of ids) {
    if (state.has(id)) continue;
    const stack = [{ id, next: 0 }];
    state.set(id, "open");
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top === undefined) break;
      const arc = outgoing.get(top.id)?.[top.next++];
      if (arc === undefined) {
        state.set(top.id, "done");
        stack.pop();
      } else if (state.get(arc.to) !== "open") {
        kept.set(top.id, [...(kept.get(top.id) ?? []), arc]);
        if (!state.has(arc.to)) {
          state.set(arc.to, "open");
          stack.push({ id: arc.to, next: 0 });
        }
      }
    }
  }
  return kept;
}

function topological(ids: readonly string[], forward: ReadonlyMap<string, readonly Arc[]>): readonly string[] {
  const waiting = new Map(ids.map((id) => [id, 0]));
  for (const list of forward.values()) {
    for (const arc of list) waiting.set(arc.to, (waiting.get(arc.to) ?? 0) + 1);
  }
  const order = ids.filter((id) => waiting.get(id) === 0);
  for (const id of order) {
    for (const arc of forward.get(id) ?? []) {
      const left = (waiting.get(arc.to) ?? 0) - 1;
      waiting.set(arc.to, left);
      if (left === 0) order.push(arc.to);
    }
  }
  return order;
}

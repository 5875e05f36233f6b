import type { Node, Tree } from "../../../shared/trace/tree";

export type PartyKind = "service" | "agent" | "tool" | "model";

/** Who takes part in a trace: a service, or an agent, a tool or a model that spans name. */
export interface Party {
  readonly id: string;
  readonly kind: PartyKind;
  readonly name: string;
  count: number;
  errorCount: number;
  /** The time in which its spans ran and none of their children, in nanoseconds. */
  selfTime: number;
  /** The place in the tree of its first span. */
  readonly first: number;
}

/** The calls of one party to another. */
export interface Call {
  readonly from: string;
  readonly to: string;
  count: number;
  errorCount: number;
  /** The sum of the durations of the called spans. */
  duration: number;
  readonly first: number;
}

export interface CallGraph {
  readonly parties: readonly Party[];
  readonly calls: readonly Call[];
}

/** The parties of a trace in the order in which they appear, and who called whom. */
export function callGraphOf(tree: Tree): CallGraph {
  const parties = new Map<string, Party>();
  const calls = new Map<string, Call>();
  const ofNode: string[] = [];
  for (const node of tree.nodes) {
    const parent = node.parent < 0 ? undefined : tree.nodes[node.parent];
    const id = partyOf(node, parent, ofNode[node.parent]);
    ofNode.push(id);
    const party = parties.get(id) ?? newParty(id, node);
    parties.set(id, party);
    party.count++;
    party.selfTime += node.selfTime;
    if (node.isError) party.errorCount++;
    const from = ofNode[node.parent];
    if (from === undefined || from === id) continue;
    const key = `${from}\u0000${id}`;
    const call = calls.get(key) ?? { from, to: id, count: 0, errorCount: 0, duration: 0, first: node.index };
    calls.set(key, call);
    call.count++;
    call.duration += node.duration;
    if (node.isError) call.errorCount++;
  }
  return { parties: [...parties.values()], calls: [...calls.values()] };
}

/** The party of a span: what it names, else that of the span above in the same service, else its service. */
function partyOf({ span }: Node, parent: Node | undefined, above: string | undefined): string {
  const operation = span.gen_ai?.operation ?? "";
  const named = (kind: PartyKind, attribute: string) => {
    const value = span.attributes[attribute];
    return `${kind}:${typeof value === "string" && value !== "" ? value : span.name}`;
  };
  if (operation === "execute_tool") return named("tool", "gen_ai.tool.name");
  if (operation === "invoke_agent" || operation === "create_agent") return named("agent", "gen_ai.agent.name");
  const model = span.gen_ai?.request_model ?? span.gen_ai?.response_model ?? null;
  if (model !== null) return `model:${model}`;
  if (above !== undefined && parent?.span.service_name === span.service_name) return above;
  return `service:${span.service_name}`;
}

function newParty(id: string, node: Node): Party {
  const at = id.indexOf(":");
  return {
    id, kind: id.slice(0, at) as PartyKind, name: id.slice(at + 1), count: 0, errorCount: 0, selfTime: 0,
    first: node.index,
  };
}

/** A party with its place: its column from the left, and its row in it. */
export interface Placed {
  readonly party: Party;
  readonly column: number;
  readonly row: number;
}

/** Sweeps that bring parties next to those they call. */
const SWEEPS = 4;

/** The parties in columns, callers left of those they call; a call that leads back is not counted for that. */
export function placed({ parties, calls }: CallGraph): readonly Placed[] {
  const forward = forwardCalls(parties, calls);
  const columns = new Map(parties.map((party) => [party.id, 0]));
  // Callers come before those that they call, so one pass settles each column.
  for (const id of topological(parties, forward)) {
    for (const call of forward.get(id) ?? []) {
      columns.set(call.to, Math.max(columns.get(call.to) ?? 0, (columns.get(id) ?? 0) + 1));
    }
  }
  const byColumn: Party[][] = [];
  for (const party of parties) (byColumn[columns.get(party.id) ?? 0] ??= []).push(party);
  const rows = new Map<string, number>();
  const number = () => byColumn.forEach((column) => column.forEach((party, row) => rows.set(party.id, row)));
  number();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const column of byColumn) {
      const middle = new Map(column.map((party) => [party.id, middleRow(party, calls, rows, isDown)]));
      column.sort((one, other) => (middle.get(one.id) ?? 0) - (middle.get(other.id) ?? 0));
    }
    number();
  }
  return byColumn.flatMap((column, at) => column.map((party, row) => ({ party, column: at, row })));
}

/** The mean row of what a party calls or is called by; its own where there is none. */
function middleRow(party: Party, calls: readonly Call[], rows: ReadonlyMap<string, number>, isDown: boolean): number {
  const others = calls.filter((call) => (isDown ? call.to : call.from) === party.id)
    .map((call) => rows.get(isDown ? call.from : call.to) ?? 0);
  return others.length === 0 ? rows.get(party.id) ?? 0 : others.reduce((sum, row) => sum + row, 0) / others.length;
}

/** Calls by their caller, without those that close a circle. */
function forwardCalls(parties: readonly Party[], calls: readonly Call[]): ReadonlyMap<string, readonly Call[]> {
  const outgoing = new Map<string, Call[]>();
  for (const call of calls) outgoing.set(call.from, [...(outgoing.get(call.from) ?? []), call]);
  const state = new Map<string, "open" | "done">();
  const kept = new Map<string, Call[]>();
  for (const party of parties) {
    const stack = [{ id: party.id, next: 0 }];
    if (state.has(party.id)) continue;
    state.set(party.id, "open");
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top === undefined) break;
      const call = outgoing.get(top.id)?.[top.next++];
      if (call === undefined) {
        state.set(top.id, "done");
        stack.pop();
      } else if (state.get(call.to) !== "open") {
        kept.set(top.id, [...(kept.get(top.id) ?? []), call]);
        if (!state.has(call.to)) {
          state.set(call.to, "open");
          stack.push({ id: call.to, next: 0 });
        }
      }
    }
  }
  return kept;
}

function topological(parties: readonly Party[], forward: ReadonlyMap<string, readonly Call[]>): readonly string[] {
  const waiting = new Map(parties.map((party) => [party.id, 0]));
  for (const list of forward.values()) {
    for (const call of list) waiting.set(call.to, (waiting.get(call.to) ?? 0) + 1);
  }
  const order = parties.filter((party) => waiting.get(party.id) === 0).map((party) => party.id);
  for (const id of order) {
    for (const call of forward.get(id) ?? []) {
      const left = (waiting.get(call.to) ?? 0) - 1;
      waiting.set(call.to, left);
      if (left === 0) order.push(call.to);
    }
  }
  return order;
}

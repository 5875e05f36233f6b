import { layered } from "../../../shared/graph/layers";
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
    const value = span.attributes?.[attribute];
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

/** The parties in columns, callers left of those they call; a call that leads back is not counted for that. */
export function placed({ parties, calls }: CallGraph): readonly Placed[] {
  const byID = new Map(parties.map((party) => [party.id, party]));
  return layered(parties.map((party) => party.id), calls).flatMap(({ id, column, row }) => {
    const party = byID.get(id);
    return party === undefined ? [] : [{ party, column, row }];
  });
}

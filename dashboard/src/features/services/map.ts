import type { ServiceGraph, ServiceGraphEdge, ServiceGraphNode } from "../../generated/api";
import { layered } from "../../shared/graph/layers";

export interface MapSpot {
  readonly id: string;
  readonly node: ServiceGraphNode;
  readonly x: number;
  readonly y: number;
}

export interface MapArrow {
  readonly from: MapSpot;
  readonly to: MapSpot;
  readonly edge: ServiceGraphEdge;
}

export interface ServiceMap {
  readonly spots: readonly MapSpot[];
  readonly arrows: readonly MapArrow[];
  readonly width: number;
  readonly height: number;
}

export const CARD = { width: 184, height: 56 };
export const GAP = { x: 104, y: 20 };
const MARGIN = 16;

/** Two nodes may have one name: a service and the database that it is. */
const idOf = (kind: string, name: string): string => `${kind}:${name}`;

/** Services and what they call, callers on the left; columns with fewer cards stand in the middle. */
export function mapOf(graph: ServiceGraph): ServiceMap {
  const nodes = new Map(graph.nodes.map((node) => [idOf(node.kind, node.name), node]));
  const ends = graph.edges.map((edge) => ({
    from: idOf("service", edge.source), to: idOf(edge.target_kind, edge.target), edge,
  }));
  // Of calls in a circle, the rarer one leads back: who calls more than it is called comes first.
  const excess = new Map<string, number>();
  for (const { from, to, edge } of ends) {
    excess.set(from, (excess.get(from) ?? 0) + edge.call_count);
    excess.set(to, (excess.get(to) ?? 0) - edge.call_count);
  }
  const ordered = [...nodes.keys()].sort((one, other) => (excess.get(other) ?? 0) - (excess.get(one) ?? 0));
  const places = layered(ordered, ends);
  const rowCounts: number[] = [];
  for (const { column } of places) rowCounts[column] = (rowCounts[column] ?? 0) + 1;
  const most = Math.max(0, ...rowCounts);
  const spots = places.flatMap(({ id, column, row }): MapSpot[] => {
    const node = nodes.get(id);
    if (node === undefined) return [];
    const lead = (most - (rowCounts[column] ?? 0)) / 2;
    return [{
      id, node, x: MARGIN + column * (CARD.width + GAP.x), y: MARGIN + (row + lead) * (CARD.height + GAP.y),
    }];
  });
  const spotOf = new Map(spots.map((spot) => [spot.id, spot]));
  const arrows = ends.flatMap(({ from: source, to: target, edge }): MapArrow[] => {
    const [from, to] = [spotOf.get(source), spotOf.get(target)];
    return from === undefined || to === undefined || from === to ? [] : [{ from, to, edge }];
  });
  return {
    spots, arrows,
    width: 2 * MARGIN + rowCounts.length * (CARD.width + GAP.x) - GAP.x,
    height: 2 * MARGIN + most * (CARD.height + GAP.y) - GAP.y,
  };
}

/** Spans a second of a range. */
export function rateOf(spans: number, graph: Pick<ServiceGraph, "start" | "end">): number {
  return spans / Math.max(1, (Date.parse(graph.end) - Date.parse(graph.start)) / 1_000);
}

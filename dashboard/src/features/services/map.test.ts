import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceGraph } from "../../generated/api";
import { CARD, mapOf, rateOf } from "./map";

type Kind = "service" | "database" | "provider" | "peer";
const graph = (nodes: [string, Kind][], edges: [string, string, Kind, number?][]): ServiceGraph => ({
  start: "2026-11-30T17:00:00Z", end: "2026-11-30T18:00:00Z", span_count: 1, sample_divisor: 1,
  nodes: nodes.map(([name, kind]) => ({
    name, kind, span_count: 1, error_count: 0, p50_ns: 1, p95_ns: 1, p99_ns: 1,
  })),
  edges: edges.map(([source, target, target_kind, call_count = 1]) => ({
    source, target, target_kind, call_count, error_count: 0, p50_ns: 1, p95_ns: 1,
  })),
});

test("callers stand left of those they call, and rare calls back do not change that", () => {
  const map = mapOf(graph(
    [["chat", "service"], ["gateway", "service"], ["vllm", "provider"]],
    [["gateway", "chat", "service", 900], ["chat", "vllm", "provider"], ["chat", "gateway", "service"]]));
  const x = new Map(map.spots.map((spot) => [spot.node.name, spot.x]));
  assert.equal(map.spots.length, 3);
  assert.equal(map.arrows.length, 3);
  assert.ok((x.get("gateway") ?? 0) < (x.get("chat") ?? 0));
  assert.ok((x.get("chat") ?? 0) < (x.get("vllm") ?? 0));
});

test("a service and a database of one name are two, and a call of what is no node is left out", () => {
  const map = mapOf(graph(
    [["store", "service"], ["store", "database"]], [["store", "store", "database"], ["store", "gone", "peer"]]));
  assert.deepEqual(map.arrows.map((arrow) => [arrow.from.id, arrow.to.id]), [["service:store", "database:store"]]);
});

test("sixty services do not cover each other", () => {
  const names = Array.from({ length: 60 }, (_, index): [string, Kind] => [`s${index}`, "service"]);
  const edges = names.slice(1).map(([name], index): [string, string, Kind] => [`s${index >> 1}`, name, "service"]);
  const map = mapOf(graph(names, edges));
  const places = new Set(map.spots.map((spot) => `${spot.x} ${spot.y}`));
  assert.equal(places.size, 60);
  for (const one of map.spots) {
    assert.ok(one.x + CARD.width <= map.width && one.y + CARD.height <= map.height, one.id);
    for (const other of map.spots) {
      const isApart = one === other || one.x !== other.x || Math.abs(one.y - other.y) >= CARD.height;
      assert.ok(isApart, `${one.id} covers ${other.id}`);
    }
  }
});

test("a rate is of the whole range", () => {
  assert.equal(rateOf(7_200, graph([], [])), 2);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as p from "./parsers";

const parse = p.object({
  name: p.union(p.string, p.nothing), items: p.list(p.object({ count: p.union(p.number, p.string) })),
  more: p.optional(p.record(p.boolean)),
});

test("what fits is let through as it is", () => {
  for (const value of [
    { name: null, items: [] }, { name: "a", items: [{ count: 1 }, { count: "2" }], more: { x: true }, later: 7 },
  ]) {
    assert.equal(parse(value, ""), value);
  }
});

test("a mistake is named with its place", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [null, /the response is not an object$/], [{ name: 1, items: [] }, / \/name is not null$/],
    [{ name: "a", items: [{ count: 1 }, { count: null }] }, / \/items\/1\/count is not a text$/],
    [{ name: "a", items: [], more: { y: 0 } }, / \/more\/y is not true or false$/],
    [{ name: "a", items: {} }, / \/items is not a list$/],
  ];
  for (const [value, message] of cases) assert.throws(() => parse(value, ""), message);
});

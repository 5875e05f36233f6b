import assert from "node:assert/strict";
import { test } from "node:test";
import { fill } from "./catalogue";
import { en } from "./en";
import { ko } from "./ko";

const names = (message: string) => [...message.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test("every language has every message, with the same values in it", () => {
  assert.deepEqual(Object.keys(ko).sort(), Object.keys(en).sort());
  for (const [key, message] of Object.entries(en)) {
    const other = ko[key as keyof typeof en];
    assert.notEqual(other.trim(), "", key);
    assert.deepEqual(names(other), names(message), key);
  }
});

test("no Korean message is in polite style 해요체, nor has it a particle after a value", () => {
  for (const [key, message] of Object.entries(ko)) {
    assert.doesNotMatch(message, /(아|어|해|세)요[.!?]?$/, key);
    assert.doesNotMatch(message, /\}(은|는|이|가|을|를|로|와|과)(\s|$)/, key);
  }
});

test("values are put in, and a value that is not there stays visible", () => {
  assert.equal(fill("{n} of {total}", { n: 1 }), "1 of {total}");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as f from "./numbers";
import { middle } from "./texts";

const table = <T>(name: string, format: (value: T) => string, rows: readonly (readonly [T, string])[]) => {
  test(name, () => {
    for (const [value, text] of rows) assert.equal(format(value), text, String(value));
  });
};

table("durations have three digits and the unit of their size", f.duration, [
  [0, "0"], [7, "7.00 ns"], [842_000, "842 µs"], [999_900, "1.00 ms"], [1_000_000, "1.00 ms"], [12_340_000, "12.3 ms"],
  [1_840_000_000, "1.84 s"], [59_400_000_000, "59.4 s"], [63e9, "1 m 03 s"], [7_500e9, "2 h 05 m"],
  [90_000e9, "1 d 01 h"], [-5e6, "-5.00 ms"], [NaN, "–"],
]);
table("periods are in the largest unit that fits", f.period, [
  [1_296_000, "15 d"], [129_600, "36 h"], [5_400, "90 m"], [90, "90 s"], [0, "0 s"],
]);
table("counts have separators, then letters", f.count, [
  [0, "0"], [9_871, "9,871"], [999, "999"], [10_000, "10.0k"], [18_234, "18.2k"], [3_400_000, "3.40M"],
  [999_999, "1.00M"], [NaN, "–"],
]);
table("shares", f.percent, [[0, "0 %"], [0.0004, "< 0.1 %"], [0.004, "0.4 %"], [0.0999, "10 %"], [0.5, "50 %"]]);
table("memory is binary", f.bytes, [[512, "512 B"], [1_536, "1.50 KiB"], [141 * 2 ** 30, "141 GiB"]]);
table("power", f.watts, [[690.4, "690 W"], [12_300, "12.3 kW"]]);
table("rates", f.rate, [[0, "0"], [0.25, "0.250"], [42.1, "42.1"], [18_200, "18.2k"]]);
table("changes", f.change, [[0.5, "+50 %"], [-0.031, "-3.1 %"], [0, "±0"], [43, "×44"], [Infinity, "–"]]);
table("values without a unit", f.plain, [[0, "0"], [1, "1"], [1.5, "1.500"], [123_456, "123k"], [-Infinity, "-Inf"]]);

test("what is missing is a dash, never a zero", () => {
  for (const format of [f.duration, f.count, f.rate, f.bytes, f.watts, f.celsius, f.percent, f.plain]) {
    assert.equal(format(null), "–");
    assert.equal(format(undefined), "–");
  }
  assert.ok(Number.isNaN(f.toNumber(null)));
  assert.equal(f.toNumber("9007199254740993"), 9007199254740992);
});

test("long names lose their middle", () => {
  assert.equal(middle("llama-3.1-70b-instruct-awq", 15), "llama-3…uct-awq");
  assert.equal(middle("short", 15), "short");
});

import { assertEquals, assertThrows } from "@std/assert";
import {
  checkOption,
  checkOptions,
  finiteNumber,
  listOf,
  nonNegativeNumber,
  nonNegativeWhole,
  numberIn,
  numberOrPair,
  oneOf,
  optional,
  positiveNumber,
  positiveWhole,
  seedNumber,
  ShapeError,
  type ValueRule,
  wholeIn,
} from "../../graph/mod.ts";

const candidates = [-Infinity, -1.5, -1, 0, 0.5, 1, 2, 2 ** 32 - 1, 2 ** 32, 2 ** 53, Infinity];
const never = [NaN, "1", "", null, undefined, true, [], {}, 1n, [1]];

const meets: readonly [ValueRule, readonly number[]][] = [
  [nonNegativeWhole, [0, 1, 2, 2 ** 32 - 1, 2 ** 32]],
  [positiveWhole, [1, 2, 2 ** 32 - 1, 2 ** 32]],
  [seedNumber, [0, 1, 2, 2 ** 32 - 1]],
  [wholeIn(-1, 1), [-1, 0, 1]],
  [finiteNumber, candidates.slice(1, -1)],
  [nonNegativeNumber, candidates.slice(3, -1)],
  [positiveNumber, candidates.slice(4, -1)],
  [numberIn("[0, 1)"), [0, 0.5]],
  [numberIn("(0, 1]"), [0.5, 1]],
  [numberIn("(0, Infinity)"), candidates.slice(4, -1)],
];

Deno.test("each rule holds for its own numbers, and for nothing that is not a number", () => {
  for (const [rule, expected] of meets) {
    assertEquals(candidates.filter((value) => rule.holds(value)), expected, rule.text);
    assertEquals(never.filter((value) => rule.holds(value)), [], rule.text);
  }
});

Deno.test("rules of lists hold for lists of the right length only", () => {
  const pair = numberOrPair(positiveWhole);
  assertEquals([1, [1, 2]].every((value) => pair.holds(value)), true);
  for (const bad of [0, [1], [1, 2, 3], [1, 0], "12", new Array(2), undefined]) {
    assertEquals(pair.holds(bad), false, String(bad));
  }
  assertEquals(listOf(nonNegativeWhole).holds([]), true);
  assertEquals(optional(nonNegativeWhole).holds(undefined), true);
  assertEquals(optional(nonNegativeWhole).holds(null), false);
});

Deno.test("checkOption names the option, the rule and the value", () => {
  const check = (value: unknown, rule: ValueRule) => () =>
    checkOption("make a Conv2d", { groups: 1, stride: value }, rule);
  const messages: readonly [unknown, ValueRule, string][] = [
    [0.5, positiveWhole, "stride must be a positive whole number: current is 0.5"],
    ["3", positiveWhole, 'stride must be a positive whole number: current is "3"'],
    [-1, seedNumber, "stride must be a whole number in [0, 2^32 - 1]: current is -1"],
    ["c", oneOf(["a", 1]), 'must be one of "a", 1: current is "c"'],
    [{}, finiteNumber, "stride must be a finite number: current is an Object"],
  ];
  for (const [value, rule, message] of messages) {
    assertThrows(check(value, rule), RangeError, message);
  }
  const two = () =>
    checkOption("slice", { starts: [0, 0.5] }, listOf(nonNegativeWhole), ShapeError);
  const list =
    "Cannot slice: starts must be a list of non-negative whole numbers: current is [0, 0.5]";
  assertThrows(two, ShapeError, list);
});

Deno.test("checkOptions refuses unknown and missing options and proposes the nearest one", () => {
  const names = { eps: optional(positiveNumber), labelSmoothing: numberIn("[0, 1]") };
  const check = (options: unknown) => () =>
    checkOptions("normalize", options as { labelSmoothing: number }, names);
  assertThrows(check({ epsilon: 1 }), TypeError, "did you mean eps?");
  assertThrows(check({ label_smoothing: 1 }), TypeError, "did you mean labelSmoothing?");
  assertThrows(check({}), TypeError, "{ eps?, labelSmoothing }: current has no labelSmoothing");
  assertThrows(check(null), TypeError, "current is null");
  assertThrows(check({ constructor: 1, labelSmoothing: 1 }), TypeError, 'has "constructor"');
});

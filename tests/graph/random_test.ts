import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as op from "../../graph/mod.ts";
import { hostWords, threefry } from "../../graph/threefry.ts";
import { threefry2x32 } from "../reference/threefry.ts";

type Pair = readonly [number, number];

/** Known answers of Random123 1.14.0, tests/kat_vectors: threefry2x32, 20 rounds. */
const knownAnswers: readonly { counter: Pair; key: Pair; words: Pair }[] = [
  { counter: [0, 0], key: [0, 0], words: [0x6b200159, 0x99ba4efe] },
  {
    counter: [0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x1cb996fc, 0xbb002be7],
  },
  {
    counter: [0x243f6a88, 0x85a308d3],
    key: [0x13198a2e, 0x03707344],
    words: [0xc4923a9c, 0x483df7a0],
  },
];

Deno.test("threefry() gives Random123's known answers", () => {
  for (const { counter, key, words } of knownAnswers) {
    assertEquals(threefry(hostWords, counter, key), [...words]);
    assertEquals(threefry2x32(counter, key), [...words]);
  }
});

Deno.test("randomBits() is word 0 or 1 of a block with counter (index, step) and key (seed, stream)", () => {
  const { key: [seed, stream], counter: [, step] } = knownAnswers[0]!;
  const counter = op.full(step, [], "i32");
  const bits = [0, 1] as const;
  const nodes = bits.map((word) => op.randomBits(counter, { shape: [1], seed, stream, word }));
  const values = op.interpret(nodes);
  assertEquals(nodes.map((node) => values.get(node)![0]), [...knownAnswers[0]!.words]);
});

Deno.test("hostBits() and hostUniform() are what randomBits() and randomUniform() draw", () => {
  for (
    const [seed, stream, counter] of [[0, 0, 0], [2 ** 32 - 1, 7, 3], [5, 2 ** 32 - 1, 2 ** 31 - 1]]
  ) {
    const draws = { shape: [70], seed: seed!, stream: stream! };
    const at = op.full(counter!, [], "i32");
    const [bits, uniform] = [op.randomBits(at, draws), op.randomUniform(at, draws)];
    const values = op.interpret([bits, uniform]);
    const sequence = { seed: seed!, stream: stream!, counter: counter! };
    const indices = Array.from({ length: 70 }, (_, index) => index);
    assertEquals([...values.get(bits)!], indices.map(op.hostBits(sequence)));
    assertEquals([...values.get(uniform)!], indices.map(op.hostUniform(sequence)));
  }
});

const COUNT = 20000;

function drawn(build: typeof op.randomUniform, stream: number, step = 0): Float64Array {
  const node = build(op.full(step, [], "i32"), { shape: [COUNT], seed: 7, stream });
  return op.interpret([node]).get(node)!;
}

/** E[xᵏ] over all elements. */
function moment(values: Float64Array, power: number): number {
  return values.reduce((sum, value) => sum + value ** power, 0) / values.length;
}

/** Within five standard errors, for a spread of one element. */
function assertNear(actual: number, expected: number, spread: number): void {
  const allowed = 5 * spread / Math.sqrt(COUNT);
  assert(Math.abs(actual - expected) < allowed, `${actual} is not ${expected} ± ${allowed}`);
}

Deno.test("randomUniform() has the moments of [0, 1)", () => {
  const values = drawn(op.randomUniform, 0);
  assert(values.every((value) => value >= 0 && value < 1));
  for (const power of [1, 2, 3, 4]) assertNear(moment(values, power), 1 / (power + 1), 0.3);
});

Deno.test("randomNormal() has the moments of a standard normal", () => {
  const values = drawn(op.randomNormal, 0);
  assertNear(moment(values, 1), 0, 1);
  assertNear(moment(values, 2), 1, Math.sqrt(2));
  assertNear(moment(values, 3), 0, Math.sqrt(15));
  assertNear(moment(values, 4), 3, Math.sqrt(96));
});

function correlation(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + (value - 0.5) * (b[i]! - 0.5), 0) / COUNT * 12;
}

Deno.test("streams, steps and neighbours of randomUniform() do not depend on each other", () => {
  const values = drawn(op.randomUniform, 0);
  assertNear(correlation(values, drawn(op.randomUniform, 1)), 0, 1);
  assertNear(correlation(values, drawn(op.randomUniform, 0, 1)), 0, 1);
  assertNear(correlation(values, Float64Array.from([...values.slice(1), 0.5])), 0, 1);
});

Deno.test("randomNormal() of one stream is no function of randomUniform() of another", () => {
  const lengths = drawn(op.randomNormal, 1).map((value) => Math.exp(-value * value / 2));
  const average = moment(lengths, 1);
  const centred = lengths.map((value) => value - average + 0.5);
  for (const stream of [0, 2, 3]) {
    assertNear(correlation(drawn(op.randomUniform, stream), centred), 0, 1);
  }
});

Deno.test("random numbers of another seed, stream or step are others", () => {
  const attrs = { shape: [4], seed: 1, stream: 2 };
  const bits = (step: number, changes: Partial<op.RandomAttrs> = {}) => {
    const node = op.randomBits(op.full(step, [], "i32"), { ...attrs, ...changes });
    return [...op.interpret([node]).get(node)!];
  };
  assertEquals(bits(0), bits(0));
  for (
    const other of [bits(1), bits(0, { seed: 2 }), bits(0, { stream: 3 }), bits(0, { word: 1 })]
  ) {
    assertNotEquals(bits(0), other);
  }
});

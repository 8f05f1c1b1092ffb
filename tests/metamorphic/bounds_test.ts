import { assert, assertEquals } from "@std/assert";
import * as op from "../../graph/mod.ts";
import type { Node } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";
import { boundGraph, type Bounds, exactly, holds } from "./bounds/mod.ts";

function boundsOf(node: Node, data: ReadonlyMap<Node, readonly number[]> = new Map()): Bounds {
  const given = new Map([...data].map(([source, list]) => [source, exactly(list)]));
  return boundGraph({ outputs: [node], updates: new Map() }, given).get(node)!;
}

function floats(...list: readonly number[]): Node {
  return op.constant(Float32Array.from(list), [list.length]);
}

function list({ low, high }: Bounds): number[][] {
  return Array.from(low, (value, i) => [value, high[i]!]);
}

Deno.test("sums and products of small whole numbers are exact", () => {
  const x = floats(1, -2, 3, 0.25);
  assertEquals(list(boundsOf(op.reduceSum(x, [0]))), [[2.25, 2.25]]);
  assertEquals(list(boundsOf(op.reduceProd(floats(2, -3, 4), [0]))), [[-24, -24]]);
  const row = op.reshape(x, [1, 4]);
  assertEquals(list(boundsOf(op.matmul(row, op.transpose(row)))), [[14.0625, 14.0625]]);
});

Deno.test("products of small numbers with many digits are not exact", () => {
  const x = op.reshape(floats(0.006671277806162834), [1, 1]);
  const bounds = boundsOf(op.matmul(x, x));
  const product = Math.fround(0.006671277806162834) ** 2;
  assert(holds(bounds, 0, Math.fround(product)));
  assert(bounds.high[0]! - bounds.low[0]! < 2e-11);
});

Deno.test("the interval of a sum holds every order of summation, and little more", () => {
  const random = generator(3);
  const terms = Array.from({ length: 1000 }, () => Math.fround(2 * random() - 1));
  const bounds = boundsOf(op.reduceSum(floats(...terms), [0]));
  for (let trial = 0; trial < 200; trial++) {
    const order = terms.toSorted(() => random() - 0.5);
    const sum = order.reduce((total, term) => Math.fround(total + term), 0);
    assert(holds(bounds, 0, sum), `${sum} of ${list(bounds)}`);
  }
  assert(bounds.high[0]! - bounds.low[0]! < 0.1);
  assert(!holds(bounds, 0, bounds.high[0]! + 0.01));
});

Deno.test("a wrong term of an exact sum is outside, however small", () => {
  const bounds = boundsOf(op.reduceSum(floats(1, 2, 3), [0]));
  assert(holds(bounds, 0, 6));
  assert(!holds(bounds, 0, Math.fround(6 + 2 ** -21)));
  assert(!holds(bounds, 0, NaN));
});

Deno.test("a choice that rounding decides may go either way, and no third", () => {
  const third = op.div(op.full(1, [1]), op.full(3, [1]));
  const isEqual = op.equal(op.mul(third, op.full(3, [1])), op.full(1, [1]));
  const chosen = boundsOf(op.select(isEqual, op.full(5, [1]), op.full(2, [1])));
  assertEquals(list(chosen), [[2, 5]]);
  const clear = op.less(third, op.full(1, [1]));
  assertEquals(list(boundsOf(op.select(clear, op.full(5, [1]), op.full(2, [1])))), [[5, 5]]);
});

Deno.test("functions are bounded by a few units in the last place", () => {
  for (const build of [op.exp, op.tanh, op.sin, op.cos, op.erf, op.sigmoid, op.gelu, op.sqrt]) {
    const x = floats(0.3, 1.7, 2.9);
    const bounds = boundsOf(build(x));
    const node = build(x);
    const values = op.interpret([node]).get(node)!;
    values.forEach((value, i) => {
      assert(holds(bounds, i, value), `${node.op.name}: ${value} of ${list(bounds)}`);
      const width = bounds.high[i]! - bounds.low[i]!;
      assert(width < 2e-5 * Math.max(1, Math.abs(value)), `${node.op.name}: ${width}`);
    });
  }
});

Deno.test("what is not a number, or infinite times zero, is not compared", () => {
  const bounds = boundsOf(op.mul(floats(Infinity, 2), floats(0, 3)));
  assert(holds(bounds, 0, NaN) && holds(bounds, 0, 1));
  assert(holds(bounds, 1, 6) && !holds(bounds, 1, 7));
});

Deno.test("integers wrap, and are exact", () => {
  const x = op.constant(Int32Array.of(2 ** 31 - 1, -5), [2]);
  assertEquals(list(boundsOf(op.add(x, x))), [[-2, -2], [-10, -10]]);
  assertEquals(list(boundsOf(op.reduceSum(x, [0]))), [[2 ** 31 - 6, 2 ** 31 - 6]]);
});

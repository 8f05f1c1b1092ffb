import { assertEquals, assertThrows } from "@std/assert";
import { arange, Tensor, Variable, zeros } from "../../autograd/mod.ts";
import { initialize, Linear } from "../../layers/mod.ts";
import * as op from "../../graph/mod.ts";
import {
  type DType,
  type Limits,
  lower,
  MOST_BYTES,
  MOST_ELEMENTS,
  type Node,
  type Shape,
  ShapeError,
} from "../../graph/mod.ts";

/** Nothing is split, so that a loop is as long as its graph says. */
const limits: Limits = {
  slotsPerDispatch: 8,
  bytesPerSlot: MOST_BYTES,
  longRow: Infinity,
  parallelRows: 1,
};

const half = 2 ** 15 - 1; // 2^16 · half is the limit
const source = (dtype: DType, shape: Shape) => op.input("x", { dtype, shape });
const lowered = (node: Node, changed: Partial<Limits> = {}) =>
  lower({ outputs: [node], updates: new Map() }, { ...limits, ...changed }, "sizes").plan;

/** Fails if it builds, or if the error does not name the size and the limit. */
function assertTooLarge(build: () => unknown, current: number | string, limit: number): void {
  const error = assertThrows(build, ShapeError, `${limit}`);
  assertEquals(`${error}`.includes(`${current}`), true, `${error} names ${current}`);
}

Deno.test("the limit leaves room below 2^31 for rounding up to vectors and workgroups", () => {
  assertEquals(MOST_ELEMENTS, 2 ** 16 * half);
});

Deno.test("an axis has at most so many positions, whatever makes it", () => {
  const x = op.full(1, [1]);
  const row = op.iota([1], 0);
  const makers: ((size: number) => Node)[] = [
    (size) => op.iota([size], 0),
    (size) => op.full(0, [size]),
    (size) => op.broadcastTo(x, [size]),
    (size) => op.pad(x, [size - 1], [0]),
    (size) =>
      op.concat(
        [0, 1, 2].map((i) => op.full(1, [(size - size % 3) / 3 + (i === 0 ? size % 3 : 0)])),
        0,
      ),
    (size) => op.oneHot(row, size),
    (size) => op.randomBits(op.full(0, [], "i32"), { shape: [size], seed: 1, stream: 1 }),
    (size) => source("u8", [size]),
    (size) => arange(size).node,
  ];
  for (const make of makers) {
    for (const size of [MOST_ELEMENTS - 1, MOST_ELEMENTS]) {
      assertEquals(make(size).type.shape.at(-1), size);
    }
    for (const size of [MOST_ELEMENTS + 1, 2 ** 31, 2 ** 32 - 1, 3e9]) {
      assertTooLarge(() => make(size), size, MOST_ELEMENTS);
    }
    for (const size of [2 ** 53, 1e300, Infinity, NaN, -1, 1.5]) {
      assertThrows(() => make(size), Error, "Cannot ");
    }
  }
});

Deno.test("a variable, an input or a constant takes at most the bytes that addresses reach", () => {
  for (const dtype of ["f32", "i32", "u32", "bool"] as const) {
    for (const make of [op.variable, op.input]) {
      assertEquals(make("x", { dtype, shape: [2 ** 15, 2 ** 15] }).type.shape[0], 2 ** 15);
      assertTooLarge(
        () => make("x", { dtype, shape: [2 ** 15, 2 ** 15 + 1] }),
        2 ** 32 + 2 ** 17,
        MOST_BYTES,
      );
    }
    assertTooLarge(() => new Variable("x", { dtype, shape: [2 ** 30 + 1] }), "x", MOST_BYTES);
  }
  assertEquals(source("u8", [2 ** 16, 2 ** 16]).type.shape, [2 ** 16, 2 ** 16]);
  assertTooLarge(() => source("u8", [2 ** 16, 2 ** 16 + 1]), 2 ** 32 + 2 ** 16, MOST_BYTES);
  assertThrows(() => op.constant(new Float32Array(2), [2 ** 40]), ShapeError);
});

Deno.test("the number of elements is an exact integer, also of what is never in memory", () => {
  const x = op.full(1, []);
  assertEquals(op.broadcastTo(x, [2 ** 26, 2 ** 26]).type.shape, [2 ** 26, 2 ** 26]);
  const build = () => op.broadcastTo(x, [2 ** 27, 2 ** 26]);
  assertThrows(build, ShapeError, "at most 2^53 - 1 elements");
  assertThrows(() => zeros(new Array(40).fill(4)), ShapeError);
  assertEquals(op.broadcastTo(x, [2 ** 30, 0, 2 ** 30]).type.shape, [2 ** 30, 0, 2 ** 30]);
});

Deno.test("a value in memory has at most so many elements, and at most the backend's bytes", () => {
  const first = (node: Node) => op.slice(node, [0, 0], [1, 1]);
  lowered(first(source("u8", [2 ** 16, half])));
  assertTooLarge(
    () => lowered(first(source("u8", [2 ** 16 + 1, half]))),
    MOST_ELEMENTS + half,
    MOST_ELEMENTS,
  );
  assertTooLarge(() => lowered(first(source("u8", [2 ** 16, half + 1]))), 2 ** 31, MOST_ELEMENTS);
  for (const bytesPerSlot of [1024, 2 ** 27, 2 ** 32 - 2 ** 20]) {
    const most = bytesPerSlot / 4;
    const kinds: ((size: number) => Node)[] = [
      (size) => source("f32", [size]), // a source, and an output
      (size) => op.full(1, [size], "bool"), // an output
      (size) => op.reduceSum(source("f32", [size]), [0]), // a source
    ];
    for (const kind of kinds) {
      for (const size of [most - 1, most]) lowered(kind(size), { bytesPerSlot });
      assertTooLarge(() => lowered(kind(most + 1), { bytesPerSlot }), 4 * most + 4, bytesPerSlot);
    }
    const temporary = (size: number) => {
      const product = op.matmul(op.full(1, [size, 1]), op.full(1, [1, 2]));
      return op.reduceSum(product, [0, 1]);
    };
    lowered(temporary(most / 2), { bytesPerSlot });
    assertTooLarge(
      () => lowered(temporary(most / 2 + 1), { bytesPerSlot }),
      4 * most + 8,
      bytesPerSlot,
    );
  }
});

Deno.test("the loops of a kernel make at most so many trips", () => {
  const ones = (shape: Shape) => op.broadcastTo(source("i32", []), shape);
  lowered(op.reduceSum(ones([2 ** 16, half]), [0, 1]));
  assertTooLarge(
    () => lowered(op.reduceSum(ones([2 ** 16, half + 1]), [0, 1])),
    2 ** 31,
    MOST_ELEMENTS,
  );
  assertTooLarge(
    () => lowered(op.reduceMax(ones([2, 2 ** 16, 2 ** 16]), [0, 1, 2])),
    2 ** 33,
    MOST_ELEMENTS,
  );
  // inner and outer loops are counted apart
  const rows = op.reduceSum(ones([2 ** 12, 2 ** 16, half]), [1, 2]);
  assertEquals(lowered(rows).dispatches.length, 1);
  // the gradient of an embedding
  const spread = op.scatterSum(source("f32", [1024, 768]), op.iota([1024], 0), 0, 50_257);
  assertEquals(spread.type.shape, [50_257, 768]);
  lowered(spread);
});

Deno.test("a reshape numbers at most so many elements; axes that stay do not count", () => {
  const big = (shape: Shape) => op.broadcastTo(op.full(1, []), shape);
  op.reshape(big([2 ** 16, half]), [half, 2 ** 16]);
  assertTooLarge(
    () => op.reshape(big([2 ** 16, half + 1]), [half + 1, 2 ** 16]),
    2 ** 31,
    MOST_ELEMENTS,
  );
  op.reshape(big([2 ** 20, 2 ** 20]), [2 ** 10, 2 ** 10, 2 ** 20]);
  op.reshape(big([2 ** 20, 2 ** 20]), [2 ** 20, 2 ** 10, 2 ** 10]);
});

Deno.test("windows, steps and padding reach no further than positions go", () => {
  const image = op.full(1, [1, 1, 4, 4]);
  const weight = op.full(1, [1, 1, 2, 2]);
  const M = MOST_ELEMENTS;
  op.conv2d(image, weight, { stride: M, padding: 0 });
  op.conv2d(image, weight, { dilation: M - 1, stride: M, padding: (M - 4) / 2 });
  for (const size of [M + 1, 2 ** 31, 2 ** 32, 2 ** 52]) {
    assertThrows(() => op.conv2d(image, weight, { stride: size }), ShapeError);
    assertThrows(() => op.conv2d(image, weight, { padding: size, stride: size }), ShapeError);
    assertThrows(
      () => op.conv2d(image, weight, { dilation: size, padding: size, stride: size }),
      ShapeError,
    );
    assertThrows(() => op.maxPool2d(image, { size: 2, stride: size }), ShapeError);
    assertThrows(() => op.avgPool2d(image, { size: [2, 1], stride: [1, size] }), ShapeError);
    assertTooLarge(() => op.slice(op.iota([4], 0), [1], [1], [size]), size, M);
    assertTooLarge(() => op.pad(op.iota([1], 0), [0], [0], { interior: [size] }), size, M);
  }
  op.slice(op.iota([4], 0), [1], [1], [M]);
  op.pad(op.iota([1], 0), [0], [0], { interior: [M] });
});

Deno.test("too many classes, or a label space that fits nothing, is refused by name", () => {
  const labels = new Tensor(op.input("labels", { dtype: "i32", shape: [3] }));
  assertTooLarge(() => labels.oneHot(2_147_483_648), 2_147_483_648, MOST_ELEMENTS);
  assertTooLarge(() => lowered(labels.oneHot(2e9).node), 3 * 2e9, MOST_ELEMENTS);
});

Deno.test("a layer of too many classes is refused when its weights are made", () => {
  for (const [inputs, outputs] of [[8, 2e9 + 1], [1, 2e9 + 1], [2 ** 20, 2 ** 12 + 1]] as const) {
    const layer = () => initialize(new Linear(inputs, outputs), { seed: 1 });
    assertTooLarge(layer, outputs * inputs * 4, MOST_BYTES);
  }
});

Deno.test("a node may have more inputs than a call has arguments", () => {
  const parts = Array.from({ length: 200_000 }, () => op.full(0, [1]));
  assertEquals(op.topological([op.concat(parts, 0)]).length, 200_001);
});

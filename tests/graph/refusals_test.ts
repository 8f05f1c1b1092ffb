import { assertMatch, assertThrows } from "@std/assert";
import * as op from "../../graph/mod.ts";
import type { DType, Node, Shape } from "../../graph/mod.ts";

function value(shape: Shape, dtype: DType = "f32"): Node {
  return op.input("x", { dtype, shape });
}

interface Refusal {
  readonly what: string;
  readonly build: () => Node;
  readonly error: new (message?: string) => Error;
}

function shape(what: string, build: () => Node): Refusal {
  return { what, build, error: op.ShapeError };
}

function dtype(what: string, build: () => Node): Refusal {
  return { what, build, error: op.DTypeError };
}

function range(what: string, build: () => Node): Refusal {
  return { what, build, error: RangeError };
}

const image = value([1, 1, 6, 6]);
const weight = value([1, 1, 2, 2]);
const counter = value([], "i32");

const refusals: readonly Refusal[] = [
  shape("add of different shapes", () => op.add(value([2]), value([3]))),
  shape("add that would need broadcasting", () => op.add(value([2]), value([1]))),
  dtype("add of different types", () => op.add(value([2]), value([2], "i32"))),
  dtype("add of bool", () => op.add(value([2], "bool"), value([2], "bool"))),
  dtype("add of u8", () => op.add(value([2], "u8"), value([2], "u8"))),
  dtype("exp of i32", () => op.exp(value([2], "i32"))),
  dtype("neg of u32", () => op.neg(value([2], "u32"))),
  dtype("mod of f32", () => op.mod(value([2]), value([2]))),
  dtype("logicalAnd of f32", () => op.logicalAnd(value([2]), value([2]))),
  dtype("bitXor of f32", () => op.bitXor(value([2]), value([2]))),
  dtype("select by f32", () => op.select(value([2]), value([2]), value([2]))),
  dtype(
    "select between types",
    () => op.select(value([2], "bool"), value([2]), value([2], "i32")),
  ),
  shape("select by another shape", () => op.select(value([], "bool"), value([2]), value([2]))),
  dtype("bitcast of bool", () => op.bitcast(value([2], "bool"), "f32")),
  shape("reshape to another count", () => op.reshape(value([6]), [4])),
  shape("reshape to negative sizes", () => op.reshape(value([6]), [-2, -3])),
  shape("broadcastTo a smaller rank", () => op.broadcastTo(value([1, 3]), [3])),
  shape("broadcastTo another size", () => op.broadcastTo(value([2]), [4])),
  shape("broadcastTo a negative size", () => op.broadcastTo(value([2]), [-1, 2])),
  shape("permute with a missing axis", () => op.permute(value([2, 3]), [0])),
  shape("permute with an axis twice", () => op.permute(value([2, 3]), [0, 0])),
  shape("transpose of a vector", () => op.transpose(value([3]))),
  shape("slice beyond the end", () => op.slice(value([5]), [3], [3])),
  shape("slice of another rank", () => op.slice(value([5]), [0, 0], [1, 1])),
  shape("slice with step 0", () => op.slice(value([5]), [0], [2], [0])),
  shape("empty slice behind the end", () => op.slice(value([5]), [6], [0])),
  shape("pad by a negative amount", () => op.pad(value([5]), [-1], [0])),
  shape("pad of another rank", () => op.pad(value([5]), [1, 1], [0, 0])),
  shape("concat of different sizes", () => op.concat([value([2, 3]), value([2, 4])], 0)),
  shape("concat along a missing axis", () => op.concat([value([2]), value([2])], 1)),
  shape("concat along a negative axis", () => op.concat([value([2]), value([2])], -1)),
  shape("concat of different types", () => op.concat([value([2]), value([2], "i32")], 0)),
  shape("reduceSum over a missing axis", () => op.reduceSum(value([2, 3]), [2])),
  shape("reduceSum over a negative axis", () => op.reduceSum(value([2, 3]), [-1])),
  shape("reduceSum over an axis twice", () => op.reduceSum(value([2, 3]), [0, 0])),
  dtype("reduceSum of bool", () => op.reduceSum(value([2], "bool"), [0])),
  dtype("reduceMax of u8", () => op.reduceMax(value([2], "u8"), [0])),
  dtype("mean of i32", () => op.mean(value([2], "i32"), [0])),
  shape("matmul of inner sizes that differ", () => op.matmul(value([2, 3]), value([4, 2]))),
  shape("matmul of a vector", () => op.matmul(value([2, 3]), value([3]))),
  shape("matmul of different batches", () => op.matmul(value([2, 3, 4]), value([3, 4, 5]))),
  dtype("matmul of i32", () => op.matmul(value([2, 2], "i32"), value([2, 2]))),
  dtype("gather by f32", () => op.gather(value([3]), value([2]))),
  shape("gather along a missing axis", () => op.gather(value([3]), value([2], "i32"), 1)),
  shape("gather from nothing", () => op.gather(value([0]), value([2], "i32"))),
  shape("elementsAt with too few indices", () => op.elementsAt(value([3, 2]), [value([2], "i32")])),
  shape("elementsAt of a scalar", () => op.elementsAt(value([]), [])),
  dtype("elementsAt by f32", () => op.elementsAt(value([3]), [value([2])])),
  shape(
    "elementsAt by indices of two shapes",
    () => op.elementsAt(value([3, 2]), [value([2], "i32"), value([1], "i32")]),
  ),
  shape("elementsAt from nothing", () => op.elementsAt(value([0]), [value([2], "i32")])),
  dtype(
    "crossEntropy with u32 labels",
    () => op.crossEntropy(value([2, 3]), op.full(0, [2], "u32")),
  ),
  shape(
    "crossEntropy with one probability for each row",
    () => op.crossEntropy(value([2, 3]), value([2])),
  ),
  shape(
    "crossEntropy with too few labels",
    () => op.crossEntropy(value([2, 3]), value([1], "i32")),
  ),
  shape("a negative size", () => value([2, -1])),
  shape("a size that is no integer", () => value([2.5])),
  shape("iota along a missing axis", () => op.iota([2], 1)),
  dtype("full of i32 with a fraction", () => op.full(0.5, [2], "i32")),
  dtype("full of u32 below zero", () => op.full(-1, [2], "u32")),
  dtype("full of bool with 2", () => op.full(2, [2], "bool")),
  dtype("full of u8", () => op.full(1, [2], "u8")),
  shape("a constant of another length", () => op.constant(new Float32Array(3), [2])),
  dtype("a constant of another array type", () => op.constant(new Float32Array(2), [2], "i32")),
  dtype(
    "a counter that is f32",
    () => op.randomBits(value([]), { shape: [2], seed: 0, stream: 0 }),
  ),
  shape("an update of another shape", () => op.applyUpdate(value([2]), value([3]))),
  shape("conv2d of three axes", () => op.conv2d(value([1, 3, 3]), value([1, 1, 2, 2]))),
  shape("conv2d of other channels", () => op.conv2d(value([1, 2, 3, 3]), value([1, 3, 2, 2]))),
  shape("conv2d larger than the image", () => op.conv2d(value([1, 1, 2, 2]), value([1, 1, 3, 3]))),
  dtype("conv2d of i32", () => op.conv2d(value([1, 1, 2, 2], "i32"), value([1, 1, 1, 1]))),
  shape("pooling by a window larger than the image", () =>
    op.maxPool2d(value([1, 1, 1, 1]), {
      size: 2,
    })),
  shape("pooling of three axes", () => op.maxPool2d(value([1, 4, 4]), { size: 2 })),
  shape(
    "pooling with more padding than half",
    () => op.avgPool2d(value([1, 1, 4, 4]), { size: 2, padding: 2 }),
  ),
  ...[0.5, 0, -1, NaN, Infinity, [1, 0.5]].flatMap((bad) => [
    range(`a stride of ${bad}`, () => op.conv2d(image, weight, { stride: bad as number })),
    range(`a dilation of ${bad}`, () => op.conv2d(image, weight, { dilation: bad as number })),
    range(`groups of ${bad}`, () => op.conv2d(image, weight, { groups: bad as number })),
    range(`pooling of size ${bad}`, () => op.maxPool2d(image, { size: bad as number })),
    range(
      `pooling with a stride of ${bad}`,
      () => op.avgPool2d(image, { size: 2, stride: bad as number }),
    ),
    shape(`a slice with a step of ${bad}`, () => op.slice(value([5]), [0], [1], [bad as number])),
  ]),
  ...[0.5, -1, NaN, Infinity].flatMap((bad) => [
    range(`a padding of ${bad}`, () => op.conv2d(image, weight, { padding: bad })),
    range(`pooling with padding ${bad}`, () => op.maxPool2d(image, { size: 2, padding: bad })),
    shape(`a slice from ${bad}`, () => op.slice(value([5]), [bad], [1])),
    shape(`a slice of size ${bad}`, () => op.slice(value([5]), [0], [bad])),
    shape(`padding by ${bad}`, () => op.pad(value([5]), [0], [bad])),
    shape(`padding between by ${bad}`, () => op.pad(value([5]), [0], [0], { interior: [bad] })),
    range(
      `a seed of ${bad}`,
      () => op.randomBits(counter, { shape: [2], seed: bad, stream: 0 }),
    ),
  ]),
  range("a seed of 2^32", () => op.randomBits(counter, { shape: [2], seed: 2 ** 32, stream: 0 })),
  shape("normalize by other channels", () => op.normalize(value([2, 3]), value([2]), value([3]))),
  dtype("normalize of i32", () => op.normalize(value([2, 3], "i32"), value([3]), value([3]))),
];

for (const { what, build, error } of refusals) {
  Deno.test(`${what} throws a ${error.name} where it is written`, () => {
    const thrown = assertThrows(build, error);
    assertMatch(thrown.message, /^Cannot /);
  });
}

Deno.test("a counter that exists is accepted", () => {
  op.randomBits(counter, { shape: [2], seed: 0, stream: 0 });
});

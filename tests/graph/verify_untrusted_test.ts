/** Each rule of plans, and the smallest plan that breaks it. */
import { assertThrows } from "@std/assert";
import {
  type Apply,
  type Conv2dKernel,
  type DType,
  GraphError,
  type Kernel,
  type LoopKernel,
  type MatmulKernel,
  type Plan,
  s,
  type Scalar,
  type ScatterKernel,
  type Slot,
} from "../../graph/mod.ts";
import { verifyUntrusted } from "../../graph/verify_untrusted.ts";

function slot(dtype: DType, ...shape: readonly number[]): Slot {
  return { kind: "external", label: dtype, type: { dtype, shape } };
}

/** a, b, c: f32 [3, 4], [4, 5], [3, 5]; rows: i32 [3]; bytes: u8 [12]; two names of one memory. */
const slots: readonly Slot[] = [
  ...[slot("f32", 3, 4), slot("f32", 4, 5), slot("f32", 3, 5), slot("i32", 3), slot("u8", 12)],
  { kind: "temporary", label: "first", type: { dtype: "f32", shape: [3, 4] }, memory: 0 },
  { kind: "temporary", label: "second", type: { dtype: "f32", shape: [3, 4] }, memory: 0 },
];

function planOf(...kernels: readonly Kernel[]): Plan {
  return { label: "test", slots, dispatches: [{ kernels }], memories: [48] };
}

const at = s.axis(0, 12);

/** Stores to `a`, unless another slot is given. */
function storing(value: Scalar, index: Scalar = at, to = 0): LoopKernel {
  return {
    kind: "loop",
    label: "loop",
    outer: [12],
    inner: [],
    reductions: [],
    outerStores: [{ slot: to, index, value }],
    innerStores: [],
  };
}

const reducing: LoopKernel = {
  ...storing(s.result(0, "f32"), s.int(0)),
  inner: [3],
  reductions: [{ combine: "sum", value: s.load(0, "f32", s.axis(1, 3)) }],
};

const position = s.add(s.mul(s.axis(0, 3), s.int(5)), s.axis(1, 5));
const product: MatmulKernel = {
  kind: "matmul",
  label: "product",
  batch: [],
  m: 3,
  n: 5,
  k: 4,
  a: { slot: 0, offset: 0, batchStrides: [], rowStride: 4, columnStride: 1 },
  b: { slot: 1, offset: 0, batchStrides: [], rowStride: 5, columnStride: 1 },
  stores: [{ slot: 2, index: position, value: s.result(0, "f32") }],
};

const convolution: Conv2dKernel = {
  kind: "conv2d",
  label: "convolution",
  role: "forward",
  sizes: {
    ...{ n: 1, c: 1, h: 3, w: 4, o: 1, groups: 1, kernelHeight: 3, kernelWidth: 4 },
    ...{ outHeight: 1, outWidth: 1, stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
  },
  a: 0,
  b: 5,
  stores: [{ slot: 2, index: s.int(0), value: s.result(0, "f32") }],
};

const scatter: ScatterKernel = {
  kind: "scatter",
  label: "scatter",
  combine: "sum",
  type: "f32",
  rows: 3,
  columns: 4,
  terms: 3,
  source: 0,
  indices: 3,
  stores: [{
    slot: 5,
    index: s.add(s.mul(s.axis(0, 3), s.int(4)), s.axis(1, 4)),
    value: s.result(0, "f32"),
  }],
};

const [one, whole] = [s.const(1), s.int(1)];
const wrong = (op: Apply["op"], ...args: Scalar[]): Scalar => ({
  op,
  type: "f32",
  args,
});

const broken: readonly [rule: string, reason: string, ...kernels: Kernel[]][] = [
  ["a store after the end", "must store to elements", storing(one, s.add(at, whole))],
  ["a store before the start", "must store to elements", storing(one, s.sub(at, whole))],
  ["a store at a loaded index", "must store to elements", storing(one, s.load(3, "i32", s.int(0)))],
  ["a store to bytes", "it stores", storing(one, at, 4)],
  ["an index of f32", "index of a store must be i32", storing(one, s.cast(at, "f32"))],
  ["a load at f32", "index of a load must be i32", storing(s.load(0, "f32", one))],
  ["a half as an i32", "must be a literal", storing(wrong("cast", s.const(0.5, "i32")))],
  ["a missing argument", "add is not defined", storing(wrong("add", one))],
  ["mixed arguments", "add is not defined", storing(wrong("add", one, whole))],
  ["an additional argument", "exp is not defined", storing(wrong("exp", one, one))],
  ["exp of an i32", "exp is not defined", storing(wrong("exp", whole))],
  ["not, which is a bool", "not is not defined", storing(wrong("not", one))],
  ["a condition of f32", "select is not defined", storing(wrong("select", one, one, one))],
  ["a result of nothing", "result 0 must be", storing(s.result(0, "f32"))],
  ["a result of another type", "result 0 must be", {
    ...reducing,
    outerStores: [{ slot: 3, index: s.int(0), value: s.result(0, "i32") }],
  }],
  ["its own result", "result 0 must be", {
    ...reducing,
    reductions: [{ combine: "sum", value: s.result(0, "f32") }],
  }],
  ["a product after the end", "operand must be in", { ...product, a: { ...product.a, offset: 1 } }],
  ["a product before the start", "operand must be in", {
    ...product,
    a: { ...product.a, rowStride: -4 },
  }],
  ["a product of bytes", "operand must be in", { ...product, a: { ...product.a, slot: 4 } }],
  ["a product without a unit stride", "must be 1", {
    ...product,
    a: { ...product.a, rowStride: 2, columnStride: 2 },
  }],
  ["a stride of no axis", "each batch axis", {
    ...product,
    a: { ...product.a, batchStrides: [1] },
  }],
  ["a product into its operand", "writes its operand", {
    ...product,
    stores: [{ slot: 0, index: s.int(0), value: s.result(0, "f32") }],
  }],
  ["a large image", "operand must be in", {
    ...convolution,
    sizes: { ...convolution.sizes, h: 4 },
  }],
  ["groups of half a channel", "groups must divide", {
    ...convolution,
    sizes: { ...convolution.sizes, groups: 2 },
  }],
  ["a stride of 0", "strides must be positive", {
    ...convolution,
    sizes: { ...convolution.sizes, stride: [0, 1] },
  }],
  ["positions of 33 bits", "32-bit", {
    ...convolution,
    sizes: { ...convolution.sizes, padding: [2 ** 31, 0] },
  }],
  ["a scatter of too many rows", "operand must be in", { ...scatter, terms: 4 }],
  ["indices of f32", "operand must be in", { ...scatter, indices: 1 }],
  ["a slot that is not there", "slots must be those", { ...scatter, source: 9 }],
  ["two writers", "what another kernel of its dispatch writes", storing(one), storing(one)],
  ["a writer and a reader", "what another", storing(one, at, 5), storing(s.load(6, "f32", at))],
  ["two slots in one memory", "overwrites", storing(s.load(6, "f32", at), at, 5)],
];

Deno.test("plans that keep the rules are accepted", () => {
  verifyUntrusted(planOf(storing(s.load(0, "f32", at), at, 5), product));
  verifyUntrusted(planOf(reducing));
  verifyUntrusted(planOf(convolution));
  verifyUntrusted(planOf(scatter));
  const outside = s.load(0, "f32", s.add(at, whole)); // backends clamp
  verifyUntrusted(planOf(storing(s.select(s.lt(at, s.int(11)), outside, one), at, 5)));
  verifyUntrusted(planOf({ ...storing(one, s.int(99)), outer: [0] })); // never runs
});

for (const [rule, reason, ...kernels] of broken) {
  Deno.test(`a plan is refused for ${rule}`, () => {
    assertThrows(() => verifyUntrusted(planOf(...kernels)), GraphError, reason);
  });
}

import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { type Calls, count, element, finite, HUGE } from "./calls.ts";

const backend = openCpu({ threads: 1 });
const file = await gs.exportProgram({}, () => ({ outputs: { x: gs.zeros([2]) } }));
/** A tensor to call methods of. */
export const x = () => gs.tensor([[1, 2, 3], [4, 5, 6]]);

/** Axes other than the first. */
export const axis = [0, -1];

/** A call of a reduction. */
export const reduction = {
  on: x,
  args: () => [[0]],
  accepts: { axes: [0, -1, []], "axes[]": axis },
};

const placed = () => [0, gs.zeros([1, 3], "i32"), gs.zeros([1, 3])];
const deviation = {
  on: x,
  args: () => [[0], { correction: 0, keepDims: true }],
  accepts: { axes: [0, -1, []], "axes[]": axis, correction: [0, 1.5, HUGE] },
};

/** Tensors: their methods and what makes them. */
export const tensorCalls: Calls = {
  "autograd.compileForBatches": {
    args: () => [{ x: gs.f32([2]) }, () => ({}), { most: 2, label: "step", shared: {} }],
  },
  "autograd.CompiledForBatches.prepare": {
    on: () => gs.compileForBatches({ x: gs.f32([2]) }, () => ({}), { backend }),
    args: () => [3],
  },
  "autograd.scan": {
    args: () => [
      (h: gs.Tensor) => [h, h],
      gs.zeros([2]),
      undefined,
      { length: 3, reverse: false, recompute: true },
    ],
    accepts: { length: count },
  },
  "autograd.Tensor.argmax": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.argmin": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.broadcastTo": {
    on: x,
    args: () => [[2, 2, 3]],
    accepts: { shape: [[], 0], "shape[]": count },
  },
  "autograd.Tensor.clamp": { on: x, args: () => [0, 1], accepts: { low: element, high: element } },
  "autograd.Tensor.all": reduction,
  "autograd.Tensor.any": reduction,
  "autograd.Tensor.diag": { on: x, args: () => [0], accepts: { offset: axis } },
  "autograd.Tensor.flip": {
    on: x,
    args: () => [[0]],
    accepts: { axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.narrow": {
    on: x,
    args: () => [0, 0, 1],
    accepts: { axis, start: axis, size: count },
  },
  "autograd.Tensor.norm": {
    on: x,
    args: () => [2, [0]],
    accepts: { order: [0, -1, 1.5, HUGE, Infinity, -Infinity], axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.repeat": {
    on: x,
    args: () => [[2, 2]],
    accepts: { counts: [0, []], "counts[]": count },
  },
  "autograd.Tensor.repeatInterleave": {
    on: x,
    args: () => [2, 0],
    accepts: { count, axis },
  },
  "autograd.Tensor.roll": {
    on: x,
    args: () => [[1], [0]],
    accepts: { shift: [0, -1, []], "shift[]": axis, axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.split": {
    on: x,
    args: () => [[1, 1], 0],
    accepts: { sizes: [[]], "sizes[]": count, axis },
  },
  "autograd.Tensor.squeeze": {
    on: x,
    args: () => [[0]],
    accepts: { axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.argsort": { on: x, args: () => [0, { descending: true }], accepts: { axis } },
  "autograd.Tensor.cumprod": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.cumsum": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.indexAdd": {
    on: x,
    args: () => [0, gs.tensor([0, 1], [2], "i32"), x()],
    accepts: { axis: [0, -2] },
  },
  "autograd.Tensor.scatter": { on: x, args: placed, accepts: { axis } },
  "autograd.Tensor.scatterAdd": { on: x, args: placed, accepts: { axis } },
  "autograd.Tensor.sort": { on: x, args: () => [0, { descending: true }], accepts: { axis } },
  "autograd.Tensor.std": deviation,
  "autograd.Tensor.takeAlongAxis": {
    on: x,
    args: () => [gs.zeros([1, 3], "i32"), 0],
    accepts: { axis },
  },
  "autograd.Tensor.tile": {
    on: x,
    args: () => [[2, 2]],
    accepts: { counts: [0, []], "counts[]": count },
  },
  "autograd.Tensor.topk": {
    on: x,
    args: () => [1, 0, { largest: true }],
    accepts: { count, axis },
  },
  "autograd.Tensor.transpose": {
    on: x,
    args: () => [0, 1],
    accepts: { first: axis, second: axis },
  },
  "autograd.Tensor.tril": { on: x, args: () => [0], accepts: { offset: axis } },
  "autograd.Tensor.triu": { on: x, args: () => [0], accepts: { offset: axis } },
  "autograd.Tensor.unsqueeze": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.var": deviation,
  "autograd.eye": { args: () => [2, 3, 0], accepts: { rows: count, columns: count, offset: axis } },
  "autograd.linspace": {
    args: () => [0, 1, 3],
    accepts: { start: finite, stop: finite, count },
  },
  "autograd.meshgrid": { args: () => [[gs.arange(2)], { indexing: "ij" }] },
  "autograd.stack": { args: () => [[x(), x()], 0], accepts: { axis } },
  "autograd.tensordot": { args: () => [x(), x(), [[0], [0]]], accepts: { axes: count } },
  "autograd.tri": { args: () => [2, 3, 0], accepts: { rows: count, columns: count, offset: axis } },
  "autograd.Tensor.flatten": { on: x, args: () => [0], accepts: { start: axis } },
  "autograd.Tensor.gather": {
    on: x,
    args: () => [gs.tensor([0], [1], "i32"), 0],
    accepts: { axis },
  },
  "autograd.Tensor.leakyRelu": { on: x, args: () => [0.1], accepts: { slope: finite } },
  "autograd.Tensor.logSoftmax": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.logSumExp": reduction,
  "autograd.Tensor.max": reduction,
  "autograd.Tensor.mean": reduction,
  "autograd.Tensor.min": reduction,
  "autograd.Tensor.oneHot": {
    on: () => gs.tensor([0], [1], "i32"),
    args: () => [3],
    accepts: { classes: count },
  },
  "autograd.Tensor.pad": {
    on: x,
    args: () => [[1, 0], [0, 1], { interior: [0, 0], value: 1 }],
    accepts: {
      "before[]": count,
      "after[]": count,
      "interior[]": count,
      value: element,
    },
  },
  "autograd.Tensor.permute": { on: x, args: () => [[1, 0]], accepts: { "order[]": axis } },
  "autograd.Tensor.prod": reduction,
  "autograd.Tensor.reshape": {
    on: x,
    args: () => [[6]],
    accepts: { shape: [[], 0, -1], "shape[]": axis },
  },
  "autograd.Tensor.slice": {
    on: x,
    args: () => [[0, 0], [1, 1], [1, 1]],
    accepts: { "starts[]": count, "sizes[]": count },
  },
  "autograd.Tensor.softmax": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.sum": reduction,
  "autograd.Variable": {
    args: () => ["v", { dtype: "f32", shape: [2] }],
    accepts: { shape: [[]], "shape[]": count },
  },
  "autograd.arange": {
    args: () => [0, 3, 1],
    accepts: { start: finite, stop: finite, step: [1.5, HUGE] },
  },
  "autograd.compile": { args: () => [{}, () => ({ outputs: { x: x() } }), { backend }] },
  "autograd.exportProgram": {
    args: () => [{}, () => ({ outputs: { x: x() } }), { target: backend }],
  },
  "program.loadProgram": { args: () => [file.slice(), { backend }] },
  "autograd.evaluate": { args: () => [[x()], { backend }] },
  "autograd.concat": { args: () => [[x(), x()], 0], accepts: { axis } },
  "autograd.f32": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
  "autograd.full": {
    args: () => [1, [2]],
    accepts: { value: element, shape: [[]], "shape[]": count },
  },
  "autograd.i32": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
  "autograd.ones": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
  "autograd.tensor": {
    args: () => [[1, 2], [2]],
    accepts: { shape: [[]], "shape[]": count },
  },
  "autograd.where": { args: () => [x().less(2), x(), 0], data: ["a", "b"] },
  "autograd.zeros": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
};

/** A sample without axes, or without elements, is not what these models take. */

import * as op from "../../graph/mod.ts";
import type { DType, Node, Shape } from "../../graph/mod.ts";
import { type Calls, count, element, finite } from "./calls.ts";

const value = (shape: Shape, dtype: DType = "f32"): Node => op.input("x", { dtype, shape });
const x = () => value([2, 3]);
const images = () => value([1, 2, 6, 6]);
const weight = () => value([2, 2, 3, 3]);
const indices = () => value([2], "i32");
const counter = () => value([], "i32");

const window = { stride: 1, padding: [1, 1], dilation: [1, 1], groups: 1 };
const attrs = () => op.conv2dAttrs([1, 2, 6, 6], [2, 2, 3, 3], { padding: 1 });
const result = () => value(op.conv2dResult(attrs()));
const padding = { padding: count, "padding[]": count };
const convShapes = { ...padding, "images[]": count, "weight[]": count };
const pooling = {
  args: () => [images(), { size: 2, stride: [1, 1], padding: 0 }],
  accepts: padding,
};
const windows = () => ({
  image: [6, 6],
  size: [2, 2],
  stride: [2, 2],
  padding: [0, 0],
  dilation: [1, 1],
  output: [3, 3],
  value: 0,
});
const axes = { axes: [[]], "axes[]": count };
const random = () => ({ shape: [2], seed: 1, stream: 2 });
const randomAccepts = { shape: [[]], "shape[]": count, seed: count, stream: count };
const reduction = { args: () => [x(), [0]], accepts: axes };

/** Ops on nodes. */
export const graphCalls: Calls = {
  "graph.argmax": { args: () => [x(), 0], accepts: { axis: count } },
  "graph.argmin": { args: () => [x(), 0], accepts: { axis: count } },
  "graph.avgPool2d": pooling,
  "graph.broadcastTo": { args: () => [x(), [2, 2, 3]], accepts: { shape: [[]], "shape[]": count } },
  "graph.checkValue": { args: () => [1, "f32"], accepts: { value: element } },
  "graph.clamp": { args: () => [x(), 0, 1], accepts: { low: element, high: element } },
  "graph.concat": { args: () => [[x(), x()], 0], accepts: { axis: count } },
  "graph.constant": {
    args: () => [new Float32Array(2), [2]],
    accepts: { shape: [[]], "shape[]": count },
  },
  "graph.conv2d": { args: () => [images(), weight(), window], accepts: padding },
  "graph.conv2dAttrs": {
    args: () => [[1, 2, 6, 6], [2, 2, 3, 3], window],
    accepts: convShapes,
  },
  "graph.conv2dInputGradient": { args: () => [result(), weight(), attrs()], accepts: convShapes },
  "graph.conv2dWeightGradient": { args: () => [images(), result(), attrs()], accepts: convShapes },
  "graph.crossEntropy": {
    args: () => [x(), indices(), { labelSmoothing: 0.1 }],
    accepts: { labelSmoothing: count },
  },
  "graph.fixedCounter": { args: () => [1], accepts: { value: [0, -1] } },
  "graph.flip": { args: () => [x(), [0]], accepts: axes },
  "graph.full": {
    args: () => [1, [2]],
    accepts: { value: element, shape: [[]], "shape[]": count },
  },
  "graph.fullLike": { args: () => [x(), 1], accepts: { value: element } },
  "graph.gather": { args: () => [x(), indices(), 0], accepts: { axis: count } },
  "graph.hostBits": {
    args: () => [{ seed: 1, stream: 2, counter: 3 }],
    accepts: { seed: count, stream: count, counter: count },
  },
  "graph.hostUniform": {
    args: () => [{ seed: 1, stream: 2, counter: 3 }],
    accepts: { seed: count, stream: count, counter: count },
  },
  "graph.input": {
    args: () => ["x", { dtype: "f32", shape: [2] }],
    accepts: { shape: [[]], "shape[]": count },
  },
  "graph.iota": { args: () => [[2], 0], accepts: { shape: [[]], "shape[]": count, axis: count } },
  "graph.leakyRelu": { args: () => [x(), 0.1], accepts: { slope: finite } },
  "graph.logSoftmax": { args: () => [x(), 0], accepts: { axis: count } },
  "graph.logSumExp": reduction,
  "graph.maxPool2d": pooling,
  "graph.mean": reduction,
  "graph.oneHot": { args: () => [indices(), 3], accepts: { classes: count } },
  "graph.overlapAdd": {
    args: () => [value([3, 3, 2, 2]), windows()],
    accepts: { "padding[]": count, "image[]": count, value: element },
  },
  "graph.pad": {
    args: () => [x(), [1, 0], [0, 1], { interior: [0, 0], value: 1 }],
    accepts: { "before[]": count, "after[]": count, "interior[]": count, value: element },
  },
  "graph.permute": { args: () => [x(), [1, 0]], accepts: { "order[]": count } },
  "graph.randomBits": { args: () => [counter(), random()], accepts: randomAccepts },
  "graph.randomNormal": {
    args: () => [counter(), random(), { name: "0", order: 0 }],
    accepts: { ...randomAccepts, order: count },
  },
  "graph.randomUniform": {
    args: () => [counter(), random(), { name: "0", order: 0 }],
    accepts: { ...randomAccepts, order: count },
  },
  "graph.reduceMax": reduction,
  "graph.reduceMin": reduction,
  "graph.reduceProd": reduction,
  "graph.reduceSum": reduction,
  "graph.reshape": { args: () => [x(), [6]], accepts: { shape: [[]], "shape[]": count } },
  "graph.scatterMax": {
    args: () => [value([2, 3], "i32"), indices(), 0, 4],
    accepts: { axis: count, size: count },
  },
  "graph.scatterSum": { args: () => [x(), indices(), 0, 4], accepts: { axis: count, size: count } },
  "graph.slice": {
    args: () => [x(), [0, 0], [1, 1], [1, 1]],
    accepts: { "starts[]": count, "sizes[]": count },
  },
  "graph.maskedSoftmax": { args: () => [x(), 0], accepts: { axis: count } },
  "graph.softmax": { args: () => [x(), 0], accepts: { axis: count } },
  "graph.variable": {
    args: () => ["x", { dtype: "f32", shape: [2] }],
    accepts: { shape: [[]], "shape[]": count },
  },
  "graph.variance": reduction,
  "graph.windows": {
    args: () => [value([6, 6]), windows()],
    accepts: { "padding[]": count, "image[]": count, value: element },
  },
};

/** Functions of numbers that are no options, and why they need no walk. */
export const graphExceptions: Readonly<Record<string, string>> = {
  "graph.Streams.reserve": "called by the ops that draw, with streams that they have checked",
  "graph.axisOfRank": "makes a rule",
  "graph.broadcastBack": "broadcastTo and reshape, which check",
  "graph.broadcastShapes": "arithmetic of shapes of nodes, which are checked",
  "graph.byteLength": "arithmetic of shapes of nodes, which are checked",
  "graph.conv2dResult": "arithmetic of attributes of nodes, which are checked",
  "graph.conv2dSpace": "arithmetic of attributes of nodes, which are checked",
  "graph.dependsOnAxis": "looks at scalar code",
  "graph.elementCount": "arithmetic of shapes of nodes, which are checked",
  "graph.flatPosition": "arithmetic of shapes of nodes, which are checked",
  "graph.formatType": "writes what it gets",
  "graph.inferReduce": "the shape rule of the reductions, which are walked",
  "graph.linearIndex": "index arithmetic of rows",
  "graph.listOf": "makes a rule",
  "graph.tripleOf": "called with checked options",
  "graph.pairOf": "called with checked options",
  "graph.positionOf": "index arithmetic of rows",
  "graph.rowMajorStrides": "arithmetic of shapes of nodes, which are checked",
  "graph.sameShape": "compares what it gets",
  "graph.sameType": "compares what it gets",
  "graph.scan": "made by scan of autograd, which is walked",
  "graph.scanFinal": "made by scan of autograd, which is walked",
  "graph.strideAlong": "looks at scalar code",
  "graph.wholeIn": "makes a rule",
  "graph.windowCount": "arithmetic of attributes of nodes, which are checked",
};

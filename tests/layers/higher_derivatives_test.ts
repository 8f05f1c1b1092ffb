import { gradientsOf, Tensor, tensor, where } from "../../autograd/mod.ts";
import {
  elementCount,
  full,
  input,
  interpret,
  type Node,
  type Shape,
  variance,
} from "../../graph/mod.ts";
import * as layers from "../../layers/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";

type Function = (x: Tensor) => Tensor;

const training: layers.ForwardContext = { training: true, record: () => {}, counter: counter() };

function counter(): Tensor {
  return new Tensor(full(3, [], "i32"));
}

function numbers(count: number, seed: number): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

function random(shape: Shape, seed: number): Tensor {
  return tensor(numbers(elementCount(shape), seed), [...shape]);
}

/** A layer with random weights, used in training. */
function trained(layer: layers.Module): Function {
  layers.initialize(layer, { seed: 1 });
  return (x) => layer.forward(x, training);
}

/** The outputs of a recurrent layer with random weights. */
function recurrent(
  layer: layers.Module<Tensor, layers.SequenceOutput<unknown>>,
  x: Tensor,
): Tensor {
  return layers.initialize(layer, { seed: 1 }).forward(x, training).output;
}

/** All variables that a value is computed from, and the number of their elements. */
function variablesOf(nodes: readonly Node[], x: Node): Node[] {
  const found = new Set<Node>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.op.name === "variable" && node.type.dtype === "f32") found.add(node);
    node.inputs.forEach(visit);
  };
  nodes.forEach(visit);
  return [x, ...found];
}

/** Σ over all of wrt of derivative · direction. */
function along(loss: Tensor, wrt: readonly Tensor[], directions: readonly Tensor[]): Tensor {
  return gradientsOf(loss, wrt)
    .map((gradient, i) => gradient.mul(directions[i]!).sum())
    .reduce((a, b) => a.add(b));
}

/** Compares the first three derivatives along a direction with differences of the one before. */
function check(name: string, shape: Shape, apply: Function): void {
  const x = new Tensor(input("x", { dtype: "f32", shape }));
  const y = apply(x);
  const loss = y.add(0.3).square().mul(random(y.shape, 2)).sum(); // curved also for linear layers
  const nodes = variablesOf([loss.node], x.node);
  const wrt = nodes.map((node) => new Tensor(node));
  const directions = wrt.map((of, i) => random(of.shape, 10 + i));
  const values = nodes.map(({ type }, i) => numbers(elementCount(type.shape), 100 + i));
  const steps = directions.map(({ node }) => interpret([node]).get(node)!);
  let derivative = loss;
  for (const order of [1, 2, 3]) {
    const next = along(derivative, wrt, directions);
    const at = (t: number) => {
      const bindings = new Map(
        nodes.map((
          node,
          i,
        ) => [node, Float64Array.from(values[i]!, (v, j) => v + t * steps[i]![j]!)]),
      );
      const result = interpret([derivative.node, next.node], bindings);
      return [result.get(derivative.node)![0]!, result.get(next.node)![0]!] as const;
    };
    const e = 1e-5;
    const measured = (at(e)[0] - at(-e)[0]) / (2 * e);
    const what = `derivative ${order} of ${name}`;
    assertAllClose([at(0)[1]], [measured], { relative: 1e-5, absolute: 1e-5 }, what);
    derivative = next;
  }
}

const images: Shape = [2, 4, 5, 4];

const cases: readonly (readonly [name: string, shape: Shape, apply: Function])[] = [
  ["Linear", [3, 4], trained(new layers.Linear(4, 2))],
  [
    "Conv2d",
    [2, 4, 4, 3],
    trained(new layers.Conv2d(4, 2, 3, { padding: 1, stride: 2, groups: 2 })),
  ],
  ["BatchNorm1d", [4, 3], trained(new layers.BatchNorm1d(3))],
  ["BatchNorm1d over lengths", [2, 3, 4], trained(new layers.BatchNorm1d(3, { affine: false }))],
  ["BatchNorm2d", [2, 2, 3, 2], trained(new layers.BatchNorm2d(2))],
  ["LayerNorm", [3, 5], trained(new layers.LayerNorm(5))],
  ["GroupNorm", [2, 4, 3], trained(new layers.GroupNorm(2, 4))],
  ["MaxPool2d", images, trained(new layers.MaxPool2d(2, { stride: 1, padding: 1 }))],
  ["AvgPool2d", images, trained(new layers.AvgPool2d(3, { stride: 2, padding: 1 }))],
  ["AdaptiveAvgPool2d", images, trained(new layers.AdaptiveAvgPool2d([3, 2]))],
  ["GlobalAvgPool2d", images, trained(new layers.GlobalAvgPool2d())],
  ["Upsample", [1, 2, 2, 3], trained(new layers.Upsample(2))],
  ["Dropout", [4, 5], trained(new layers.Dropout(0.4))],
  ["ReLU", [9], trained(new layers.ReLU())],
  ["LeakyReLU", [9], trained(new layers.LeakyReLU(0.1))],
  ["Tanh", [5], trained(new layers.Tanh())],
  ["Sigmoid", [5], trained(new layers.Sigmoid())],
  ["GELU", [5], trained(new layers.GELU())],
  ["SiLU", [5], trained(new layers.SiLU())],
  ["ELU", [9], trained(new layers.ELU(1.5))],
  ["SELU", [9], trained(new layers.SELU())],
  ["Softplus", [9], trained(new layers.Softplus(2))],
  ["Hardswish", [9], (x) => layers.hardswish(x.mul(5))],
  ["Softmax", [2, 4], trained(new layers.Softmax(0))],
  ["RMSNorm", [3, 5], trained(new layers.RMSNorm(5))],
  ["InstanceNorm1d", [2, 3, 4], trained(new layers.InstanceNorm1d(3))],
  ["InstanceNorm2d", [2, 2, 3, 2], trained(new layers.InstanceNorm2d(2, { affine: true }))],
  ["bilinear Upsample", [1, 2, 2, 3], trained(new layers.Upsample(3, { mode: "bilinear" }))],
  ["ConstantPad2d", [1, 2, 2, 3], trained(new layers.ConstantPad2d([1, 0, 2, 1], 0.5))],
  ["ReflectionPad2d", [1, 2, 2, 3], trained(new layers.ReflectionPad2d([2, 1, 0, 1]))],
  ["ReplicationPad2d", [1, 2, 2, 3], trained(new layers.ReplicationPad2d([2, 1, 0, 3]))],
  ["RNN", [3, 2, 2], (x) => recurrent(new layers.RNN(2, 2), x)],
  ["LSTM", [3, 2, 2], (x) => recurrent(new layers.LSTM(2, 2), x)],
  ["GRU", [3, 1, 2], (x) => recurrent(new layers.GRU(2, 2, { bidirectional: true }), x)],
  ["softmax", [2, 4], (x) => x.softmax()],
  ["logSoftmax", [2, 4], (x) => x.logSoftmax()],
  ["logSumExp", [2, 3, 2], (x) => x.logSumExp([0, 2])],
  ["variance", [3, 4], (x) => new Tensor(variance(x.node, [0]))],
  ["prod", [2, 4], (x) => x.prod(1)],
  ["prod with a zero", [5], (x) => where(tensor([0, 0, 1, 0, 0], [5], "bool"), x.mul(0), x).prod()],
  ["max and min", [2, 4], (x) => x.max(1).add(x.min(1))],
  ["clamp", [9], (x) => x.clamp(-0.5, 0.5)],
  ["abs, sqrt and pow", [4], (x) => x.abs().add(0.5).sqrt().pow(1.7)],
  ["crossEntropy", [3, 4], (x) => layers.crossEntropy(x, tensor([1, 3, 0], [3], "i32"))],
  [
    "crossEntropy with label smoothing",
    [3, 4],
    (x) => layers.crossEntropy(x, tensor([1, 3, 0], [3], "i32"), { labelSmoothing: 0.2 }),
  ],
  [
    "crossEntropy of probabilities",
    [2, 3],
    (x) => layers.crossEntropy(x, tensor([[0, 0.4, 0.6], [1, 0, 0]])),
  ],
  ["mse", [2, 3], (x) => layers.mse(x, random([2, 3], 7))],
  [
    "weighted crossEntropy with an ignored label and label smoothing",
    [3, 4],
    (x) =>
      layers.crossEntropy(x, tensor([1, 9, 0], [3], "i32"), {
        labelSmoothing: 0.2,
        ignoreIndex: 9,
        weight: tensor([0.5, 2, 1, 3]),
      }),
  ],
  ["nllLoss", [3, 4], (x) => layers.nllLoss(x.logSoftmax(), tensor([1, 3, 0], [3], "i32"))],
  ["l1Loss", [2, 3], (x) => layers.l1Loss(x, random([2, 3], 7))],
  ["huberLoss", [9], (x) => layers.huberLoss(x, random([9], 7), { delta: 0.4 })],
  ["smoothL1Loss", [9], (x) => layers.smoothL1Loss(x, random([9], 7), { beta: 0.4 })],
  [
    "binaryCrossEntropyWithLogits",
    [2, 3],
    (x) =>
      layers.binaryCrossEntropyWithLogits(x.mul(4), random([2, 3], 7).abs(), {
        weight: tensor([1, 2, 3]),
        posWeight: tensor([2]),
      }),
  ],
  ["klDiv", [2, 3], (x) => layers.klDiv(x, x.abs())],
  ["klDiv of logarithms", [2, 3], (x) => layers.klDiv(x, x.square(), { logTarget: true })],
  ["hingeEmbeddingLoss", [4], (x) => layers.hingeEmbeddingLoss(x, tensor([1, -1, -1, 1]))],
  [
    "cosineEmbeddingLoss",
    [3, 4],
    (x) => layers.cosineEmbeddingLoss(x, random([3, 4], 7), tensor([1, -1, 1]), { margin: -1 }),
  ],
  [
    "attention in which one query sees nothing",
    [4, 3],
    (x) => {
      const key = random([4, 3], 7);
      const attnMask = tensor([1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0], [4, 4], "bool");
      return layers.scaledDotProductAttention(x, key, x.mul(key), { attnMask });
    },
  ],
  [
    "a table of which rows are chosen several times",
    [4, 3],
    (x) => x.gather(tensor([1, 3, 1, 1, 9], [5], "i32")).pow(3).sum(1),
  ],
  [
    "a network with batch normalization",
    [2, 2, 4, 4],
    trained(
      new layers.Sequential([
        new layers.Conv2d(2, 3, 3, { padding: 1 }),
        new layers.BatchNorm2d(3),
        new layers.Tanh(),
        new layers.AvgPool2d(2),
        new layers.Flatten(),
        new layers.Linear(12, 2),
        new layers.BatchNorm1d(2),
      ]),
    ),
  ],
];

for (const [name, shape, apply] of cases) {
  Deno.test(`${name} can be differentiated three times`, () => check(name, shape, apply));
}

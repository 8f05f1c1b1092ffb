// Every layer in the hidden part of a network: which units can be rescaled, and that they can.
import { assertEquals, assertNotEquals } from "@std/assert";
import type { Tensor } from "../../../autograd/mod.ts";
import { interpret, type Node } from "../../../graph/mod.ts";
import * as layers from "../../../layers/mod.ts";
import { formatReason, type GsgdPlan, planGsgd } from "../../../optim/gsgd/mod.ts";
import { trainingSubjects } from "../../golden/training_subjects.ts";
import { network, type TrainingNetwork } from "./network.ts";
import { elementsOf } from "./reparametrised.ts";

/** What the pass must find. */
interface Found {
  /** Number of scale nodes. */
  readonly nodes: number;
  /** Class of the weight before the layer, "reason" if it is outside. */
  readonly before: string;
  /** Class of the weight after the layer. */
  readonly after: string;
}

interface Subject extends Found {
  /** Shape of a sample: units, channels and pixels, or positions and features. */
  readonly shape: readonly number[];
  readonly make: () => layers.AnyModule;
}

type Make = () => layers.AnyModule;

/** The layer passes scales on; `own` is the number of its own units, if it has weights. */
function inside(shape: readonly number[], make: Make, own = 0): Subject {
  return { shape, make, nodes: shape[0]! + own, before: "first", after: "last" };
}

/** Scales end before the layer for a reason, and after it for this or another reason. */
function refused(shape: readonly number[], make: Make, before: string, after = before): Subject {
  return { shape, make, nodes: 0, before, after };
}

/** Scales end before the layer for a reason, and begin again at its own gains. */
function between(shape: readonly number[], make: Make, before: string, own: number): Subject {
  return { shape, make, nodes: own, before, after: "last" };
}

/** The cell's weight of its input ends the scales before it, and none begin after it. */
function cell(make: Make, after: string): Subject {
  return { shape: [6], make, nodes: 6, before: "first", after };
}

/** The output of an LSTM's cell, without its memory. */
class OutputOfLSTM extends layers.Module {
  readonly cell: layers.LSTMCell = new layers.LSTMCell(6, 5);
  override forward(x: Tensor): Tensor {
    return this.cell.forward(x).h;
  }
}

const vector = [6];
const line = [4, 6];
const image = [4, 4, 4];
const not = (op: string) => `not-homogeneous:${op}`;

const subjects: Readonly<Record<string, Subject>> = {
  Linear: inside(vector, () => new layers.Linear(6, 5), 5),
  ReLU: inside(vector, () => new layers.ReLU()),
  LeakyReLU: inside(vector, () => new layers.LeakyReLU()),
  Lambda: inside(vector, () => new layers.Lambda((x) => x.mul(2))),
  Sequential: inside(vector, () => new layers.Sequential(new layers.Linear(6, 4)), 4),
  Flatten: inside(line, () => new layers.Flatten()),
  Conv1d: inside(line, () => new layers.Conv1d(4, 3, 3), 3),
  Conv2d: inside(image, () => new layers.Conv2d(4, 3, 2), 3),
  ConvTranspose1d: inside(line, () => new layers.ConvTranspose1d(4, 3, 2), 3),
  ConvTranspose2d: inside(image, () => new layers.ConvTranspose2d(4, 3, 2), 3),
  MaxPool1d: inside(line, () => new layers.MaxPool1d(2)),
  AvgPool1d: inside(line, () => new layers.AvgPool1d(2)),
  AdaptiveAvgPool1d: inside(line, () => new layers.AdaptiveAvgPool1d(4)),
  MaxPool2d: inside(image, () => new layers.MaxPool2d(2)),
  AvgPool2d: inside(image, () => new layers.AvgPool2d(3, { padding: 1 })),
  AdaptiveAvgPool2d: inside(image, () => new layers.AdaptiveAvgPool2d(3)),
  GlobalAvgPool2d: inside(image, () => new layers.GlobalAvgPool2d()),
  PixelShuffle: inside(image, () => new layers.PixelShuffle(2)),
  PixelUnshuffle: inside(image, () => new layers.PixelUnshuffle(2)),
  Upsample: inside(image, () => new layers.Upsample(2, { mode: "bilinear" })),
  ZeroPad1d: inside(line, () => new layers.ZeroPad1d(1)),
  ReflectionPad1d: inside(line, () => new layers.ReflectionPad1d(1)),
  ReplicationPad1d: inside(line, () => new layers.ReplicationPad1d(1)),
  ZeroPad2d: inside(image, () => new layers.ZeroPad2d(1)),
  ReflectionPad2d: inside(image, () => new layers.ReflectionPad2d(1)),
  ReplicationPad2d: inside(image, () => new layers.ReplicationPad2d(1)),
  ConstantPad1d: refused(line, () => new layers.ConstantPad1d(1, 0.5), not("pad")),
  ConstantPad2d: refused(image, () => new layers.ConstantPad2d(1, 0.5), not("pad")),
  Sigmoid: refused(vector, () => new layers.Sigmoid(), not("sigmoid")),
  Tanh: refused(vector, () => new layers.Tanh(), not("tanh")),
  GELU: refused(vector, () => new layers.GELU(), not("gelu")),
  ELU: refused(vector, () => new layers.ELU(), not("expm1")),
  SELU: refused(vector, () => new layers.SELU(), not("expm1")),
  SiLU: refused(vector, () => new layers.SiLU(), not("sigmoid"), not("mul")),
  Softplus: refused(vector, () => new layers.Softplus(), not("exp")),
  Hardswish: refused(vector, () => new layers.Hardswish(), not("add"), not("mul")),
  Softmax: refused(vector, () => new layers.Softmax(), not("reduceMax"), not("softmax")),
  Conv3d: refused([2, 3, 3, 3], () => new layers.Conv3d(2, 3, 2), "derived-weight"),
  LayerNorm: between(vector, () => new layers.LayerNorm(6), not("reduceSum"), 6),
  RMSNorm: between(vector, () => new layers.RMSNorm(6), not("square"), 6),
  GroupNorm: between(image, () => new layers.GroupNorm(2, 4), not("reduceSum"), 4),
  InstanceNorm1d: between(
    line,
    () => new layers.InstanceNorm1d(4, { affine: true }),
    not("square"),
    4,
  ),
  RNNCell: cell(() => new layers.RNNCell(6, 5), not("tanh")),
  GRUCell: cell(() => new layers.GRUCell(6, 5), not("mul")),
  LSTMCell: cell(() => new OutputOfLSTM(), not("mul")),
  InstanceNorm2d: refused(image, () => new layers.InstanceNorm2d(4), not("square"), not("div")),
};

/** The other layers, by the file that tests what the pass finds in them. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  "sequence_graphs.ts": [
    ...["Embedding", "MultiheadAttention", "TransformerDecoderLayer", "TransformerEncoderLayer"],
  ],
  "made of layers that are there": [
    "BasicBlock",
    "TransformerDecoder",
    "TransformerEncoder",
    "VGG",
  ],
  "tests/layers/recurrent_test.ts": ["GRU", "LSTM", "RNN"],
  "batch_norm_test.ts": ["BatchNorm1d", "BatchNorm2d"],
  "models_test.ts": ["PlainNet", "ResNet"],
};

Deno.test("every layer is in a network for which it is known what can be rescaled", () => {
  const isLayer = (name: string) => /^[A-Z]/.test(name);
  const known = [...Object.keys(subjects), ...Object.values(elsewhere).flat()];
  assertEquals(known.toSorted(), Object.keys(trainingSubjects).filter(isLayer).toSorted());
});

/** linear 4 → units, relu; spread over pixels by data that no scale changes; layer, relu, linear. */
function networkOf({ shape, make }: Subject): TrainingNetwork {
  return network(4, (x, net) => {
    const [units, ...pixels] = shape as [number, ...number[]];
    const hidden = net.linear(x, units, "before", { bias: true }).relu();
    const count = pixels.reduce((product, size) => product * size, 1);
    const spread = () =>
      hidden.unsqueeze(2).mul(net.data([5, units, count], "pixels").square())
        .reshape(5, ...shape);
    const y = net.layer(make() as layers.Module, pixels.length > 0 ? spread() : hidden, "layer");
    return net.linear(y.relu().flatten(1), 3, "after");
  });
}

/** The class of a parameter, or the reason why it is outside, without the place. */
function classOf(plan: GsgdPlan, name: string): string {
  const found = plan.report.parameters.find((parameter) => parameter.name === name)!;
  return found.reason ? formatReason(found.reason).split(" ")[0]! : found.class;
}

type Values = Map<Node, Float64Array>;

/** A twin: each element times the factor of its head, by that of its tail. */
function twinOf(plan: GsgdPlan, values: ReadonlyMap<Node, Float64Array>): Values {
  const factors = [1, ...plan.skeleton.nodes.map((_, i) => 2 ** ((7 * i) % 5 - 2))];
  const twin: Values = new Map([...values].map(([node, data]) => [node, data.slice()]));
  for (const { weight, index, tail, head } of elementsOf(plan)) {
    twin.get(weight)![index]! *= factors[head]! / factors[tail]!;
  }
  return twin;
}

/** All values after a step of G-SGD. */
function afterStep(plan: GsgdPlan, net: TrainingNetwork, values: Values): Values {
  const { updates } = plan.apply(net.graph);
  const computed = interpret([...updates.values()], values);
  return new Map([...values].map(([node, data]) => {
    const next = updates.get(node);
    return [node, next ? computed.get(next)! : data];
  }));
}

for (const [name, subject] of Object.entries(subjects)) {
  Deno.test(`what can be rescaled around ${name}`, () => {
    const net = networkOf(subject);
    const plan = planGsgd(net.graph);
    assertEquals(plan.skeleton.nodes.length, subject.nodes);
    assertEquals(classOf(plan, "before.weight"), subject.before);
    assertEquals(classOf(plan, "after.weight"), subject.after);
  });
  if (subject.nodes === 0) continue;

  Deno.test(`twins around ${name} compute the same, and stay twins in a step`, () => {
    const net = networkOf(subject);
    const plan = planGsgd(net.graph);
    const values: Values = new Map(net.bindings);
    const twin = twinOf(plan, values);
    assertNotEquals(twin, values);
    const [, output] = net.graph.outputs;
    const [own, other] = [values, twin].map((given) => interpret([output!], given).get(output!)!);
    assertEquals(other, own);
    const next = afterStep(plan, net, values);
    assertNotEquals(next, values);
    assertEquals(afterStep(plan, net, twin), twinOf(plan, next));
  });
}

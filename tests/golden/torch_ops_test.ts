import { evaluate, Tensor } from "../../autograd/mod.ts";
import * as op from "../../graph/mod.ts";
import type { Node } from "../../graph/mod.ts";
import { mse } from "../../layers/mod.ts";
import type { CpuBackend } from "../../cpu/mod.ts";
import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { assertAllClose } from "../support/close.ts";
import { type Build, buildCase, describeCase, goldenCases, type Options } from "./golden.ts";

function axisOf({ axis }: Options): number {
  if (typeof axis !== "number") throw new Error("the golden case has no axis");
  return axis;
}

function axesOf({ axes }: Options): number[] {
  if (!Array.isArray(axes)) throw new Error("the golden case has no axes");
  return axes;
}

const on = (build: (x: Node) => Node): Build => ({ x }) => build(x!);
const onBoth = (build: (x: Node, y: Node) => Node): Build => ({ x, y }) => build(x!, y!);

const builders: Readonly<Record<string, Build>> = {
  linear: ({ x, weight, bias }) => {
    const product = op.matmul(x!, op.transpose(weight!));
    return op.add(product, op.broadcastTo(bias!, product.type.shape));
  },
  relu: on(op.relu),
  leakyRelu: ({ x }, { slope }) => op.leakyRelu(x!, Number(slope)),
  gelu: on(op.gelu),
  sigmoid: on(op.sigmoid),
  tanh: on(op.tanh),
  abs: on(op.abs),
  softmax: ({ x }, options) => op.softmax(x!, axisOf(options)),
  logSoftmax: ({ x }, options) => op.logSoftmax(x!, axisOf(options)),
  logSumExp: ({ x }, options) => op.logSumExp(x!, axesOf(options)),
  crossEntropy: ({ x, labels, target = labels }, { labelSmoothing = 0 }) =>
    op.crossEntropy(x!, target!, { labelSmoothing: Number(labelSmoothing) }),
  mse: ({ x, target }) => mse(new Tensor(x!), new Tensor(target!)).node,
  max: ({ x }, options) => op.reduceMax(x!, axesOf(options)),
  min: ({ x }, options) => op.reduceMin(x!, axesOf(options)),
  maximum: onBoth(op.maximum),
  minimum: onBoth(op.minimum),
  pow: onBoth(op.pow),
  conv2d: ({ x, weight }, options) => op.conv2d(x!, weight!, options),
  maxPool2d: ({ x }, options) => op.maxPool2d(x!, { size: 2, ...options }),
  avgPool2d: ({ x }, options) => op.avgPool2d(x!, { size: 2, ...options }),
};

/** Golden numbers have nine digits and inputs three, which f32 rounds to seven. */
const digits = { relative: 2e-6, absolute: 1e-6 };
const f32 = { relative: 1e-5, absolute: 1e-5 };

goldenCases("torch_ops.json").forEach((golden, number) => {
  const title = `${describeCase(golden)} and its gradient are PyTorch's (${number})`;
  Deno.test(`${title} in float64`, () => {
    const { nodes, expected, names } = buildCase(golden, builders[golden.name]!);
    const values = op.interpret(nodes);
    nodes.forEach((node, i) => assertAllClose(values.get(node)!, expected[i]!, digits, names[i]!));
  });
  const check = async (backend: CpuBackend) => {
    const { nodes, expected, names } = buildCase(golden, builders[golden.name]!);
    const values = await evaluate(nodes.map((node) => ({ node })), { backend });
    values.forEach((value, i) => assertAllClose(value, expected[i]!, f32, names[i]!));
  };
  cpuTest(`${title} on cpu`, check);
  checkedCpuTest(title, check);
});

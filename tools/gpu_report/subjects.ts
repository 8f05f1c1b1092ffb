/**
 * What the report looks at: training steps and ops, by name.
 * @module
 */
import { cases, type OptimizerName } from "../../bench/cases.ts";
import { conv3x3, type OpCase, product } from "../../bench/op_cases.ts";
import { networkOf } from "../../bench/job.ts";
import { traceOp } from "../../bench/traced_op.ts";
import { labeledBatch, tracedStep } from "../../bench/training_step.ts";
import { conv2d, type Limits, lower, pipeline, type Plan, verify } from "../../graph/mod.ts";
import { gradientsOf, initialize, type Module, PlainNet, ResNet, Tensor } from "../../mod.ts";

/** A training step or an op. */
export interface Subject {
  readonly name: string;
  readonly kind: "step" | "op";
  /** Lowers it for a device with these limits. Needs no device. */
  plan(limits: Limits): Plan;
}

interface Network {
  readonly name: string;
  readonly make: () => Module;
  /** Of one input. */
  readonly shape: readonly number[];
}

const image = [3, 32, 32];
const networks: readonly Network[] = [
  { name: "MLP 784-512-512-10", make: () => networkOf([784, 512, 512, 10]), shape: [784] },
  { name: "PlainNet-20", make: () => new PlainNet(20), shape: image },
  { name: "ResNet-20", make: () => new ResNet(20), shape: image },
  { name: "ResNet-34", make: () => new ResNet(34), shape: image },
  { name: "ResNet-110", make: () => new ResNet(110), shape: image },
];
const batches = [32, 128];
const optimizers = ["sgd", "gsgd"] as const;

/** The training steps: each network with each batch size and optimizer. */
export const steps: readonly Subject[] = networks.flatMap((network) =>
  batches.flatMap((batch) => optimizers.map((optimizer) => stepOf(network, batch, optimizer)))
);

function stepOf({ name, make, shape }: Network, batch: number, optimizer: OptimizerName): Subject {
  const label = `${name} b${batch} ${optimizer}`;
  return {
    name: label,
    kind: "step",
    plan(limits) {
      const model = initialize(make(), { seed: 1 });
      using step = tracedStep(model, optimizer, labeledBatch([batch, ...shape]));
      const graph = pipeline(...step.passes)(step.traced.graph);
      verify(graph);
      return lower(graph, limits, label).plan;
    },
  };
}

/** Products in all orientations, and sizes that no tile divides. */
const products = [
  product(1024, 1024, 1024, "NT"),
  product(1024, 1024, 1024, "TN"),
  product(1023, 1023, 1023),
  product(4096, 4096, 4096),
  product(128, 512, 512, "NT"),
  product(64, 1000, 60, "NT"),
  product(64, 1000, 60, "TN"),
  product(66, 250, 70, "TN"),
  product(65, 251, 71),
  product(65, 251, 71, "NT"),
  product(65, 251, 71, "TN"),
  product(61, 1001, 63),
  product(61, 1001, 63, "NT"),
  product(61, 1001, 63, "TN"),
];

/** The convolutions of wide networks, and of images whose width is not a multiple of 4. */
const convolutions = [
  { n: 128, inputs: 64, outputs: 64, size: 32 },
  { n: 128, inputs: 128, outputs: 128, size: 16 },
  { n: 128, inputs: 256, outputs: 256, size: 8 },
  { n: 128, inputs: 512, outputs: 512, size: 4 },
  { n: 128, inputs: 64, outputs: 64, size: 14 },
].map((shape) => conv3x3(shape, "forward+backward"));

interface ConvOp {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly groups?: number;
}

/** Convolutions of 128 images of 16×16, as in the blocks of ResNet-50, ResNeXt, and MobileNet. */
const otherConvolutions: readonly Subject[] = [
  { inputs: 64, outputs: 256, kernel: 1 },
  { inputs: 128, outputs: 128, kernel: 3, groups: 32 },
  { inputs: 128, outputs: 128, kernel: 3, groups: 2 },
  { inputs: 128, outputs: 128, kernel: 3, groups: 128 },
].map(convOf);

function convOf({ inputs, outputs, kernel, groups = 1 }: ConvOp): Subject {
  const size = 16;
  return opOf({
    kind: "op",
    flops: 6 * 128 * size ** 2 * kernel ** 2 * inputs * outputs / groups,
    name: `conv ${inputs}>${outputs} ${size}x${size} n128 ${kernel}x${kernel} groups ${groups}`,
    inputs: {
      x: [128, inputs, size, size],
      w: [outputs, inputs / groups, kernel, kernel],
      g: [128, outputs, size, size],
    },
    build({ x, w, g }) {
      if (!x || !w || !g) throw new Error("Internal: an operand is missing");
      const y = new Tensor(conv2d(x.node, w.node, { padding: kernel >> 1, groups }));
      const loss = y.mul(g).sum();
      return [loss, ...gradientsOf(loss, [x, w])];
    },
  });
}

/** The ops of the benchmark, and more shapes of products and convolutions. */
export const ops: readonly Subject[] = [
  ...cases.filter((benchCase) => benchCase.kind === "op"),
  ...products,
  ...convolutions,
].map(opOf).concat(otherConvolutions);

/** An op as a subject. */
export function opOf(op: OpCase): Subject {
  return {
    name: op.name,
    kind: "op",
    plan: (limits) => lower(traceOp(op).traced.graph, limits, op.name).plan,
  };
}

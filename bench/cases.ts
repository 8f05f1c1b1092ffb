/**
 * The cases of `deno task bench`, as data.
 * @module
 */
import { plainNetStepFlops } from "./conv_inputs.ts";
import { convCases, embeddingCases, type OpCase, opCases } from "./op_cases.ts";
import { type RecurrentShape, recurrentStepFlops } from "./recurrent_inputs.ts";
import { type TransformerSizes, transformerStepFlops } from "./transformer.ts";

/** Optimizer of a training step. */
export type OptimizerName = "sgd" | "momentum" | "adam" | "gsgd";

/** A complete training step of a network of linear layers and ReLU, on one batch. */
export interface TrainingCase {
  readonly kind: "training";
  readonly name: string;
  /** Sizes of the input, the hidden layers, and the output. */
  readonly widths: readonly number[];
  readonly batch: number;
  readonly optimizer: OptimizerName;
  readonly flops: number;
}

/** A complete training step of a plain or residual network for CIFAR with batch normalization. */
export interface PlainNetCase {
  readonly kind: "plainNet";
  readonly name: string;
  readonly depth: number;
  /** Whether it has shortcuts without weights, as a residual network. */
  readonly shortcuts: boolean;
  readonly batch: number;
  readonly optimizer: OptimizerName;
  readonly flops: number;
}

/** A complete training step of layers of LSTM, and a linear layer on the last output. */
export interface RecurrentCase extends RecurrentShape {
  readonly kind: "recurrent";
  readonly name: string;
  readonly optimizer: OptimizerName;
  readonly flops: number;
}

/** A complete training step of a transformer on characters. */
export interface TransformerCase extends TransformerSizes {
  readonly kind: "transformer";
  readonly name: string;
  readonly optimizer: OptimizerName;
  readonly flops: number;
}

export type Case =
  | OpCase
  | TrainingCase
  | PlainNetCase
  | RecurrentCase
  | TransformerCase;

/** FLOPs of the matrix products of one step; the rest is negligible. */
function stepFlops(widths: readonly number[], batch: number): number {
  return widths.slice(1).reduce((sum, outputs, i) => {
    // forward, gradient of the weight, and, except for the first layer, of the input
    const products = i === 0 ? 2 : 3;
    return sum + 2 * products * batch * outputs * (widths[i] ?? 0);
  }, 0);
}

function training(widths: readonly number[], batch: number): TrainingCase[] {
  return (["sgd", "gsgd", "momentum", "adam"] as const).map((optimizer) => ({
    kind: "training",
    name: `step ${widths.join(":")} b${batch} ${optimizer}`,
    widths,
    batch,
    optimizer,
    flops: stepFlops(widths, batch),
  }));
}

/** The plain network. */
export const plainNet = { depth: 20, batches: [32, 128] } as const;

/** The residual network that is compared with peers. */
export const resNet = { depth: 20, batch: 128 } as const;

/** Name of a plain network's case, without the optimizer. */
export function plainNetName(batch: number): string {
  return `step plainnet-${plainNet.depth} b${batch}`;
}

/** Name of the residual network's case, without the optimizer. */
export const resNetName: string = `step resnet-${resNet.depth} b${resNet.batch}`;

function plainNetSteps(batch: number): PlainNetCase[] {
  const { depth } = plainNet;
  return (["sgd", "gsgd"] as const).map((optimizer) => ({
    kind: "plainNet",
    name: `${plainNetName(batch)} ${optimizer}`,
    depth,
    shortcuts: false,
    batch,
    optimizer,
    flops: plainNetStepFlops(depth, batch),
  }));
}

/** The recurrent network. */
export const recurrentNet = { steps: 100, batch: 32, size: 128, layers: 2 } as const;

/** Name of the recurrent network's case, without the optimizer. */
export const recurrentName: string =
  `step lstm-${recurrentNet.layers}x${recurrentNet.size} t${recurrentNet.steps} b${recurrentNet.batch}`;

/** The transformer: 4 layers, 128 wide, 4 heads, on 16 sequences of 128 characters. */
export const transformer: TransformerSizes = {
  characters: 96,
  width: 128,
  heads: 4,
  layers: 4,
  positions: 128,
  batch: 16,
};

/** Name of its case, without the optimizer. */
export const transformerName = `step transformer-${transformer.layers} b${transformer.batch}`;

const transformerStep: TransformerCase = {
  kind: "transformer",
  name: `${transformerName} sgd`,
  optimizer: "sgd",
  flops: transformerStepFlops(transformer),
  ...transformer,
};

/** A network of the paper's size, and one with large matrix products. */
export const networks = {
  small: { widths: [49, 128, 128, 10], batch: 64 },
  large: { widths: [784, 512, 512, 10], batch: 128 },
} as const;

/** All cases, in the order of the table. */
export const cases: readonly Case[] = [
  ...opCases,
  ...training(networks.small.widths, networks.small.batch),
  ...training(networks.large.widths, networks.large.batch),
  ...convCases,
  ...plainNet.batches.flatMap(plainNetSteps),
  {
    kind: "recurrent",
    name: `${recurrentName} sgd`,
    ...recurrentNet,
    optimizer: "sgd",
    flops: recurrentStepFlops(recurrentNet),
  },
  ...embeddingCases,
  transformerStep,
];

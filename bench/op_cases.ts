/**
 * The cases of `deno task bench` that are single ops or a few of them.
 * @module
 */
import { conv2d, scatterSum } from "../graph/mod.ts";
import { gradientsOf, Tensor, tensor } from "../mod.ts";
import { convFlops, type ConvShape } from "./conv_inputs.ts";

/** One or a few ops on f32 inputs of given shapes. */
export interface OpCase {
  readonly kind: "op";
  readonly name: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Variables that the op updates: the first results are their next values. Default: none. */
  readonly state?: Readonly<Record<string, readonly number[]>>;
  /** FLOPs of one run; an `exp` counts as one. */
  readonly flops: number;
  /** Builds one or more results of the inputs and variables, all of which are stored. */
  build(inputs: Readonly<Record<string, Tensor>>): Tensor | readonly Tensor[];
}

const M = 1 << 20;

/** Memory layout of the operands of a matrix product: N for normal, T for transposed. */
type Layout = "NN" | "NT" | "TN";

/** A matrix product of m×k and k×n. */
export function product(m: number, k: number, n: number, layout: Layout = "NN"): OpCase {
  const [left, right] = [layout.startsWith("T"), layout.endsWith("T")];
  return {
    kind: "op",
    name: `matmul ${m}x${k}x${n}${layout === "NN" ? "" : ` ${layout}`}`,
    inputs: { a: left ? [k, m] : [m, k], b: right ? [n, k] : [k, n] },
    flops: 2 * m * k * n,
    build: ({ a, b }) => operand(a, left).matmul(operand(b, right)),
  };
}

function operand(tensor: Tensor | undefined, isTransposed: boolean): Tensor {
  if (!tensor) throw new Error("Internal: an operand of the product is missing");
  return isTransposed ? tensor.transpose() : tensor;
}

/** A case with one f32 input `x`. */
function unary(
  name: string,
  { shape, flops }: { shape: readonly number[]; flops: number },
  build: (x: Tensor) => Tensor,
): OpCase {
  return {
    kind: "op",
    name,
    inputs: { x: shape },
    flops,
    build: ({ x }) => build(operand(x, false)),
  };
}

/** A convolution, alone or with both derivatives. */
export function conv3x3(shape: ConvShape, pass: "forward" | "forward+backward"): OpCase {
  const { n, inputs, outputs, size } = shape;
  const image = [n, inputs, size, size];
  const result = [n, outputs, size, size];
  const isForward = pass === "forward";
  return {
    kind: "op",
    name: convName(shape, pass),
    inputs: { x: image, w: [outputs, inputs, 3, 3], ...(!isForward && { g: result }) },
    flops: (isForward ? 1 : 3) * convFlops(shape),
    build({ x, w, g }) {
      const [images, weight] = [operand(x, false), operand(w, false)];
      const y = new Tensor(conv2d(images.node, weight.node, { padding: 1 }));
      if (isForward) return y;
      const loss = y.mul(operand(g, false)).sum();
      return [loss, ...gradientsOf(loss, [images, weight])];
    },
  };
}

/** The gradient of the weight of a 1×1 convolution, alone. */
function pointwiseWeightGradient({ n, inputs, outputs, size }: ConvShape): OpCase {
  return {
    kind: "op",
    name: `conv 1x1 ${inputs}>${outputs} ${size}x${size} n${n} dW`,
    inputs: {
      x: [n, inputs, size, size],
      w: [outputs, inputs, 1, 1],
      g: [n, outputs, size, size],
    },
    flops: 2 * n * size * size * inputs * outputs,
    build({ x, w, g }) {
      const weight = operand(w, false);
      const y = new Tensor(conv2d(operand(x, false).node, weight.node, {}));
      return gradientsOf(y.mul(operand(g, false)).sum(), [weight]);
    },
  };
}

/** Name of a convolution's case, also in the comparison with peers. */
export function convName(
  { n, inputs, outputs, size }: ConvShape,
  pass: "forward" | "forward+backward",
): string {
  return `conv ${inputs}>${outputs} ${size}x${size} n${n} ${
    pass === "forward" ? "fwd" : "fwd+bwd"
  }`;
}

/** The convolutions of the three stages of a CIFAR network. */
export const convShapes: readonly ConvShape[] = [
  { n: 32, inputs: 16, outputs: 16, size: 32 },
  { n: 32, inputs: 32, outputs: 32, size: 16 },
  { n: 32, inputs: 64, outputs: 64, size: 8 },
];

/** The 1×1 convolutions of a bottleneck, and one of larger images. */
const pointwiseShapes: readonly ConvShape[] = [
  { n: 32, inputs: 64, outputs: 256, size: 16 },
  { n: 32, inputs: 256, outputs: 64, size: 16 },
  { n: 32, inputs: 32, outputs: 32, size: 32 },
];

/** Memory bandwidth: two input streams and one output stream, far larger than the caches. */
export const streamCase: OpCase = {
  kind: "op",
  name: "stream 2 in, 1 out, 8M",
  inputs: { x: [8 * M], y: [8 * M] },
  flops: 2 * 8 * M,
  build: ({ x, y }) => operand(x, false).mul(1.5).add(operand(y, false)),
};

/** Peak arithmetic: a matrix product large enough to reuse the data it loads. */
export const peakCase: OpCase = product(1024, 1024, 1024);

/** Elementwise ops, reductions, and matrix products. */
export const opCases: readonly OpCase[] = [
  unary(
    "elementwise chain 4M",
    { shape: [4 * M], flops: 4 * 4 * M },
    (x) => x.mul(1.5).add(0.5).relu().mul(x),
  ),
  unary("sum of rows 2048x2048", { shape: [2048, 2048], flops: 4 * M }, (x) => x.sum(1)),
  unary("sum of columns 2048x2048", { shape: [2048, 2048], flops: 4 * M }, (x) => x.sum(0)),
  unary("sum of all 2048x2048", { shape: [2048, 2048], flops: 4 * M }, (x) => x.sum()),
  unary("softmax of rows 1024x1024", { shape: [1024, 1024], flops: 5 * M }, (x) => x.softmax(-1)),
  product(256, 256, 256),
  product(512, 512, 512),
  peakCase,
  product(64, 49, 128),
  product(128, 784, 512),
  product(128, 784, 512, "NT"),
  product(128, 784, 512, "TN"),
];

/** Convolutions of 3×3 with and without derivatives, and the weight gradients of 1×1. */
export const convCases: readonly OpCase[] = [
  ...convShapes.flatMap((shape) => [
    conv3x3(shape, "forward"),
    conv3x3(shape, "forward+backward"),
  ]),
  ...pointwiseShapes.map(pointwiseWeightGradient),
];

/** A table of embeddings, and the rows of a batch. */
const embedding = { rows: 50_000, columns: 64, terms: 512 };

/** Where the rows of the batch are in the table. */
function places(): Tensor {
  const { rows, terms } = embedding;
  return tensor(Int32Array.from({ length: terms }, (_, i) => (7919 * i) % rows), [terms]);
}

/** The sum of the rows of `g` at their places. */
function gradientOfTable(g: Tensor | undefined): Tensor {
  return new Tensor(scatterSum(operand(g, false).node, places().node, 0, embedding.rows));
}

/** A copy of this number of rows. */
function copyOf(rows: number): OpCase {
  const { columns } = embedding;
  const shape = [rows, columns];
  return unary(`copy of ${rows}x${columns}`, { shape, flops: rows * columns }, (x) => x.neg());
}

/**
 * The lookup of 512 of 50,000 rows, the gradient of the table, which is dense, and an update by
 * plain SGD. The copies are of the table, and of what an update touches: 512 rows of the gradient,
 * of the table, and of the table after it.
 */
export const embeddingCases: readonly OpCase[] = [
  copyOf(embedding.rows),
  {
    kind: "op",
    name: "gradient of 512 rows of 50000x64",
    inputs: { g: [embedding.terms, embedding.columns] },
    flops: embedding.terms * embedding.columns,
    build: ({ g }) => gradientOfTable(g),
  },
  copyOf(3 * embedding.terms),
  {
    kind: "op",
    name: "lookup of 512 rows of 50000x64",
    inputs: { table: [embedding.rows, embedding.columns] },
    flops: 0,
    build: ({ table }) => operand(table, false).gather(places()),
  },
  {
    kind: "op",
    name: "SGD update of 512 rows of 50000x64",
    inputs: { g: [embedding.terms, embedding.columns] },
    state: { table: [embedding.rows, embedding.columns] },
    flops: 3 * embedding.terms * embedding.columns,
    build: ({ g, table }) => operand(table, false).sub(gradientOfTable(g).mul(1e-6)),
  },
];

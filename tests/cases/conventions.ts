// What NumPy and PyTorch do at the edges: NaN, infinities, ties, zeros.
import * as op from "../../graph/mod.ts";
import type { Node } from "../../graph/mod.ts";
import type { RefTensor } from "../reference/tensor.ts";
import { type OpCase, values } from "./op_case.ts";

interface Pinned {
  readonly op: string;
  readonly build: (...inputs: Node[]) => Node;
  readonly inputs: readonly (readonly number[])[];
  readonly expected: readonly number[];
  readonly shape?: readonly number[];
}

function pinned({ op, build, inputs, expected, shape }: Pinned): OpCase {
  const result: RefTensor = { shape: shape ?? [expected.length], data: expected };
  return {
    op,
    build,
    reference: () => result,
    derivative: "none",
    inputs: inputs.map((list) => values(...list)),
  };
}

const inf = Number.POSITIVE_INFINITY;

/** Powers as C and NumPy have them. */
const powers = [
  [-2, 3, -8],
  [-2, 2, 4],
  [-2, -1, -0.5],
  [-2, 0, 1],
  [0, 0, 1],
  [0, 2, 0],
  [0, -1, inf],
  [2, 0.5, Math.SQRT2],
  [-8, 1 / 3, NaN],
  [1, 100, 1],
  [3, 1, 3],
  [0.5, 10, 2 ** -10],
] as const;

/** Cases whose results are written out. */
export const conventionCases: readonly OpCase[] = [
  pinned({
    op: "relu",
    build: (x) => op.relu(x!),
    inputs: [[NaN, -inf, inf, -1, 2]],
    expected: [NaN, 0, inf, 0, 2],
  }),
  pinned({
    op: "pow",
    build: (a, b) => op.pow(a!, b!),
    inputs: [powers.map(([a]) => a), powers.map(([, b]) => b)],
    expected: powers.map(([, , power]) => power),
  }),
  pinned({
    op: "isFinite",
    build: (x) => op.isFinite(x!),
    inputs: [[0, -0, 1, -3e38, inf, -inf, NaN, 1e-40]],
    expected: [1, 1, 1, 1, 0, 0, 0, 1],
  }),
  pinned({
    op: "argmax",
    build: (x) => op.argmax(x!, 0),
    inputs: [[1, 3, 2, 3, 3]],
    expected: [1],
    shape: [],
  }),
  pinned({
    op: "logSumExp",
    build: (x) => op.logSumExp(x!, [0]),
    inputs: [[1000, 1000, -1000]],
    expected: [1000 + Math.log(2)],
    shape: [],
  }),
  pinned({
    op: "logSumExp",
    build: (x) => op.logSumExp(x!, [0]),
    inputs: [[-inf, -inf]],
    expected: [-inf],
    shape: [],
  }),
  pinned({
    op: "logSumExp",
    build: (x) => op.logSumExp(x!, [0]),
    inputs: [[-inf, 3, -inf]],
    expected: [3],
    shape: [],
  }),
  pinned({
    op: "softmax",
    build: (x) => op.softmax(x!, 0),
    inputs: [[1000, 1000, -1000, -inf]],
    expected: [0.5, 0.5, 0, 0],
  }),
  pinned({
    op: "logSoftmax",
    build: (x) => op.logSoftmax(x!, 0),
    inputs: [[-500, 500]],
    expected: [-1000, 0],
  }),
  pinned({
    op: "reduceSum",
    build: (x) => op.reduceSum(x!, [0]),
    inputs: [[1, NaN, 2]],
    expected: [NaN],
    shape: [],
  }),
  pinned({
    op: "mean",
    build: (x) => op.mean(x!, [0]),
    inputs: [[]],
    expected: [NaN],
    shape: [],
  }),
  pinned({
    op: "maximum",
    build: (a, b) => op.maximum(a!, b!),
    inputs: [[NaN, 1, NaN], [1, NaN, NaN]],
    expected: [NaN, NaN, NaN],
  }),
  pinned({
    op: "reduceMax",
    build: (x) => op.reduceMax(x!, [0]),
    inputs: [[-inf, -3, -7]],
    expected: [-3],
    shape: [],
  }),
  pinned({
    op: "cast",
    build: (x) => op.cast(x!, "i32"),
    inputs: [[-1.9, -0.5, 0.5, 1.9, 100000.7]],
    expected: [-1, 0, 0, 1, 100000],
  }),
  pinned({
    op: "cast",
    build: (x) => op.cast(x!, "bool"),
    inputs: [[0, -0, 0.1, -5]],
    expected: [0, 0, 1, 1],
  }),
  pinned({
    op: "equal",
    build: (x) => op.equal(x!, x!),
    inputs: [[0, 1, -1]],
    expected: [1, 1, 1],
  }),
];

/**
 * Values that are used twice at every step of a chain: 2^40 paths lead through forty of them, so
 * whoever follows each path instead of each value never ends.
 */
import { evaluate } from "../../autograd/mod.ts";
import {
  add,
  bitAnd,
  bitOr,
  broadcastTo,
  constant,
  conv2d,
  cos,
  div,
  exp,
  full,
  fullLike,
  gather,
  iota,
  less,
  log,
  matmul,
  maximum,
  mod,
  mul,
  type Node,
  randomUniform,
  reduceMax,
  reduceSum,
  reshape,
  select,
  sub,
} from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import type { BackendTest } from "./suite.ts";

const STEPS = 40;

/** y ← ½y + ½y: y itself, exactly. */
function halves(x: Node): Node {
  let y = x;
  for (let i = 0; i < STEPS; i++) {
    const half = mul(y, fullLike(y, 0.5));
    y = add(half, half);
  }
  return y;
}

/** The same numbers, each from two uses of the one before. */
function integers(x: Node): Node {
  let y = x;
  for (let i = 0; i < STEPS; i++) y = i % 2 === 0 ? maximum(y, bitAnd(y, y)) : bitOr(y, y);
  return y;
}

/** x + x + …, as one sum of 2^40 terms, modulo 2^32. */
function doubled(x: Node): Node {
  let y = x;
  for (let i = 0; i < STEPS; i++) y = add(y, y);
  return y;
}

const numbers = Float32Array.of(0.5, -1, 2, 0.25, 3, -0.75, 1, 0);

function softmax(x: Node): Node {
  const kept = x.type.shape.with(1, 1);
  const repeated = (rows: Node) => broadcastTo(reshape(rows, kept), x.type.shape);
  const e = exp(sub(x, repeated(reduceMax(x, [1]))));
  return div(halves(e), repeated(reduceSum(e, [1])));
}

const cases: readonly (readonly [name: string, result: () => Node, expected: readonly number[]])[] =
  [
    ["a map", () => halves(constant(numbers, [8])), [...numbers]],
    ["a softmax", () => softmax(full(2, [2, 4])), new Array(8).fill(0.25)],
    [
      "the epilogue of a product",
      () => halves(matmul(constant(numbers, [4, 2]), constant(Float32Array.of(1, 2), [2, 1]))),
      [-1.5, 2.5, 1.5, 1],
    ],
    [
      "the epilogue of a convolution",
      () => {
        const [images, weight] = [constant(numbers, [1, 1, 2, 4]), full(2, [1, 1, 1, 1])];
        return halves(conv2d(images, weight, {}));
      },
      [...numbers].map((x) => 2 * x),
    ],
    [
      "an operand of a product",
      () => matmul(halves(constant(numbers, [4, 2])), constant(Float32Array.of(1, 2), [2, 1])),
      [-1.5, 2.5, 1.5, 1],
    ],
    [
      "a reduction",
      () => reduceSum(halves(constant(numbers, [2, 4])), [1]),
      [1.75, 3.25],
    ],
    [
      "an index",
      () => gather(constant(numbers, [8]), integers(iota([8], 0)), 0),
      [...numbers],
    ],
    [
      "the remainder of a sum",
      () => mod(doubled(iota([8], 0)), full(7, [8], "i32")),
      new Array(8).fill(0),
    ],
    [
      "a quotient of a sum",
      () => div(integers(add(iota([8], 0), iota([8], 0))), full(2, [8], "i32")),
      [0, 1, 2, 3, 4, 5, 6, 7],
    ],
    [
      "a condition",
      () => {
        const y = halves(constant(numbers, [8]));
        return select(constant(new Uint8Array(8).fill(1), [8], "bool"), y, fullLike(y, 9));
      },
      [...numbers],
    ],
  ];

/**
 * Sums of rows of logarithms, and the same logarithms beside random numbers: the expression of one
 * random number has values that are used twice some forty times over.
 */
function rowsAndNoise(): Node[] {
  const logs = log(full(2, [3, 5]));
  const bits = randomUniform(full(0, [], "i32"), { shape: [3, 5], seed: 1, stream: 0, word: 0 });
  const sign = select(less(bits, fullLike(bits, 2)), logs, fullLike(logs, 0)); // always less
  return [reduceSum(logs, [1]), add(mul(sign, fullLike(logs, 0.5)), mul(logs, cos(bits)))];
}

/** Chains of shared values end, and give what they should, wherever they stand. */
export function sharedValueConformance(backendTest: BackendTest): void {
  for (const [name, result, expected] of cases) {
    backendTest(
      `values that are used twice at each of ${STEPS} steps: ${name}`,
      async (backend) => {
        const [values] = await evaluate([{ node: result() }], { backend });
        assertAllClose(values!, expected, { relative: 1e-6, absolute: 0 }, name);
      },
    );
  }
  backendTest("random numbers beside a value that a reduction shares", async (backend) => {
    const nodes = rowsAndNoise().map((node) => ({ node }));
    const [sums, noisy] = await evaluate(nodes, { backend });
    assertAllClose(sums!, new Array(3).fill(5 * Math.LN2), { relative: 1e-6, absolute: 0 }, "sums");
    const [alone] = await evaluate(nodes.slice(1), { backend });
    assertAllClose(noisy!, alone!, { relative: 1e-6, absolute: 0 }, "noisy");
  });
}

/** Sums over the steps of a scan, computed after the loop where that is cheaper. */
import type { Node } from "../node.ts";
import { is, withInputs } from "../node.ts";
import { add } from "../ops/arithmetic.ts";
import { matmul } from "../ops/matmul.ts";
import { reduceSum, reshape } from "../ops/broadcast.ts";
import { permute } from "../ops/views.ts";
import { elementCount } from "../types.ts";

/** Where the values of a body come from when the loop is over. */
export interface StepValues {
  /** The value at all steps, [steps, …]. */
  stacked(value: Node): Node;
  /** The sum of the value over all steps, which the loop accumulates. */
  accumulated(value: Node): Node;
}

/** A sum over all steps that is built when the loop is. */
export interface StepSum {
  /** Values of the body that are needed at all steps. */
  readonly stacked: readonly Node[];
  /** Values of the body that the loop must accumulate. */
  readonly accumulated: readonly Node[];
  /** Builds the sum. */
  build(values: StepValues): Node;
}

/** How sums over all steps are divided between the loop and what comes after it. */
interface SumOptions {
  /** Whether a value is kept at all steps anyway. */
  readonly isStacked: (value: Node) => boolean;
  /** Whether that must not depend on sizes. */
  readonly hasFreeSizes: boolean;
}

/**
 * The sum of a value of a body over all steps. A sum of products Σₜ aₜ·bₜ is one product of the
 * stacked operands, [m, steps·k] and [steps·k, n], if keeping these takes less memory traffic than
 * adding up the products: that is the case for the gradient of a weight, where k is the size of a
 * batch. Sums of rows are taken from operands that are stacked anyway. Everything else is added up
 * in the loop, so that it takes no memory for each step. If sizes are free, all products of two
 * matrices are taken after the loop.
 */
export function sumOverSteps(value: Node, options: SumOptions): StepSum {
  const parts = (inputs: readonly Node[], join: (sums: Node[]) => Node): StepSum => {
    const sums = inputs.map((input) => sumOverSteps(input, options));
    return {
      stacked: sums.flatMap(({ stacked }) => stacked),
      accumulated: sums.flatMap(({ accumulated }) => accumulated),
      build: (values) => join(sums.map((sum) => sum.build(values))),
    };
  };
  const isLinear = is(value, add) || is(value, permute) || is(value, reshape);
  if (isLinear) return parts(value.inputs, (sums) => withInputs(value, sums));
  if (isWorthStacking(value, options)) return productSum(value);
  if (is(value, reduceSum) && options.isStacked(value.inputs[0]!)) return rowSum(value);
  return {
    stacked: [],
    accumulated: [value],
    build: (values) => values.accumulated(value),
  };
}

/** Whether writing and reading the operands of a product moves less than updating its sum does. */
function isWorthStacking(value: Node, { hasFreeSizes }: SumOptions): boolean {
  if (!is(value, matmul) || value.type.shape.length !== 2) return false;
  if (hasFreeSizes) return true;
  const operands = value.inputs.reduce((sum, { type }) => sum + elementCount(type.shape), 0);
  return operands <= 2 * elementCount(value.type.shape);
}

function productSum(value: Node): StepSum {
  const [a, b] = value.inputs as [Node, Node];
  const [left, right] = [is(a, permute) ? a.inputs[0]! : a, is(b, permute) ? b.inputs[0]! : b];
  return {
    stacked: [left, right],
    accumulated: [],
    build: ({ stacked }) => {
      const [x, y] = [stacked(left), stacked(right)];
      const columns = is(a, permute) ? permute(rows(x), [1, 0]) : rows(permute(x, [0, 2, 1]), true);
      return matmul(columns, is(b, permute) ? rows(permute(y, [0, 2, 1])) : rows(y));
    },
  };
}

/** [steps, k, n] → [steps·k, n], or [steps, k, m] → [m, steps·k]. */
function rows(x: Node, turned = false): Node {
  const [steps, k, n] = x.type.shape as [number, number, number];
  const joined = reshape(x, [steps * k, n]);
  return turned ? permute(joined, [1, 0]) : joined;
}

function rowSum(value: Node): StepSum {
  const [x] = value.inputs as [Node];
  const { axes } = value.attrs as { readonly axes: readonly number[] };
  return {
    stacked: [x],
    accumulated: [],
    build: ({ stacked }) => reduceSum(stacked(x), [0, ...axes.map((axis) => axis + 1)]),
  };
}

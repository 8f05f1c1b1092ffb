import * as op from "../../../graph/mod.ts";
import type { Node, Shape } from "../../../graph/mod.ts";
import type { Choices } from "../choices.ts";
import { fit, tame } from "../fit.ts";
import type { Rows } from "./row.ts";

const sizes = [1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 32, 33, 64, 65, 0];

/** Larger products would take the references too long. */
const MOST_TERMS = 100_000;

/** Rows, columns and terms of a product, none of them so many that it takes long. */
function drawSizes(choices: Choices, batch: number): [m: number, n: number, k: number] {
  const drawn: [number, number, number] = [
    choices.one(sizes),
    choices.one(sizes),
    choices.one(sizes),
  ];
  while (op.elementCount([...drawn, batch]) > MOST_TERMS) {
    const largest = drawn.indexOf(Math.max(...drawn));
    drawn[largest] = drawn[largest]! >> 1;
  }
  return drawn;
}

/** A matrix of this shape: whole, transposed, or with rows, columns or batches broadcast. */
function matrix(x: Node, shape: Shape, choices: Choices): Node {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const batch = shape.slice(0, -2);
  switch (choices.below(6)) {
    case 1:
      return op.transpose(fit(x, [...batch, columns, rows], choices));
    case 2:
      return op.broadcastTo(fit(x, [...batch, 1, columns], choices), shape);
    case 3:
      return op.broadcastTo(fit(x, [...batch, rows, 1], choices), shape);
    case 4:
      return op.broadcastTo(fit(x, [rows, columns], choices), shape);
    case 5:
      return op.slice(
        fit(x, [...batch, rows + 1, columns + 2], choices),
        [...batch.map(() => 0), 1, 0],
        shape,
      );
    default:
      return fit(x, shape, choices);
  }
}

/** Products of matrices. */
export const matrixRows: Rows = {
  matmul: {
    operands: ["f32", "f32"],
    weight: 5,
    make: ([x, y], choices) => {
      const batch = choices.one<Shape>([[], [], [2], [3], [2, 2], [0]]);
      const [m, n, k] = drawSizes(choices, op.elementCount(batch));
      const a = matrix(x!, [...batch, m, k], choices);
      const b = matrix(y!, [...batch, k, n], choices);
      return tame(op.matmul(a, b), choices);
    },
  },
  pooledProduct: {
    operands: ["f32", "f32"],
    make: ([x, y], choices) => {
      const [m, n, k] = drawSizes(choices, 1);
      const product = op.matmul(matrix(x!, [m, k], choices), matrix(y!, [k, n], choices));
      return tame(op.reduceSum(product, [choices.below(2)]), choices);
    },
  },
};

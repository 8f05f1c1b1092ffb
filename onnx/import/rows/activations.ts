/** Rows of activations. */
import { Tensor, where } from "../../../autograd/mod.ts";
import { elu, selu, seluConstants, softplus } from "../../../layers/smooth_activations.ts";
import { clamp, equal, iota } from "../../../graph/mod.ts";
import type { Operands } from "../operands.ts";
import { plain, type Row, row } from "../row.ts";

function activation(apply: (x: Tensor) => Tensor): Row {
  return plain((operands) => apply(operands.at(0)));
}

/** Row of an activation with numbers as attributes, of which these are the defaults. */
function tuned<N extends string>(
  defaults: Readonly<Record<N, number>>,
  apply: (x: Tensor, numbers: Readonly<Record<N, number>>) => Tensor,
): Row {
  return row((operator) => {
    const entries = Object.entries<number>(defaults)
      .map(([name, value]) => [name, operator.float(name, value)]);
    const numbers: Readonly<Record<N, number>> = Object.fromEntries(entries);
    return (operands) => apply(operands.at(0), numbers);
  });
}

/**
 * Row of a function along an axis. Before opset 13, the axes before and after it are joined, so
 * that the function runs along all later axes together.
 */
function alongAxis(apply: (x: Tensor, axis: number) => Tensor): Row {
  return row((operator) => {
    const joins = operator.opset < 13;
    const axis = operator.int("axis", joins ? 1 : -1);
    return (operands) => {
      const x = operands.at(0);
      if (!joins) return apply(x, operands.axis(axis, x.rank));
      return joinedFrom(operands, axis, (matrix) => apply(matrix, 1));
    };
  });
}

/** Applies a function to x as a matrix whose columns are the axes from `axis` on. */
function joinedFrom(
  operands: Operands,
  axis: number,
  apply: (matrix: Tensor) => Tensor,
): Tensor {
  const x = operands.at(0);
  const first = axis === x.rank ? axis : operands.axis(axis, x.rank);
  const sizes = [x.shape.slice(0, first), x.shape.slice(first)]
    .map((part) => part.reduce((product, size) => product * size, 1));
  return apply(x.reshape(sizes)).reshape(x.shape);
}

/** 1 at the first largest element along an axis, 0 elsewhere. */
function hardmax(x: Tensor, axis: number): Tensor {
  const largest = x.argmax(axis).unsqueeze(axis).broadcastTo(x.shape);
  return new Tensor(equal(iota(x.shape, axis), largest.node)).cast("f32");
}

/** max(0, min(1, α · x + β)). */
function hardSigmoid(x: Tensor, { alpha, beta }: { alpha: number; beta: number }): Tensor {
  return new Tensor(clamp(x.mul(alpha).add(beta).node, 0, 1));
}

/** The usual constants are written as `selu`, of which floats of 32 bits are all that a file has. */
function scaledElu(x: Tensor, { alpha, gamma }: { alpha: number; gamma: number }): Tensor {
  const isUsual = Math.fround(seluConstants.alpha) === Math.fround(alpha) &&
    Math.fround(seluConstants.scale) === Math.fround(gamma);
  return isUsual ? selu(x) : elu(x, alpha).mul(gamma);
}

/** x moved toward 0 by `bias`, or 0 within `lambd`. */
function shrink(x: Tensor, { bias, lambd }: { bias: number; lambd: number }): Tensor {
  const below = where(x.less(-lambd), x.add(bias), 0);
  return where(x.greater(lambd), x.sub(bias), below);
}

/** The rows, by operator. */
export const activations = {
  Relu: activation((x) => x.relu()),
  LeakyRelu: tuned({ alpha: 0.01 }, (x, { alpha }) => x.leakyRelu(alpha)),
  PRelu: plain((operands) => {
    const x = operands.at(0);
    return where(x.less(0), x.mul(operands.at(1)), x);
  }),
  ThresholdedRelu: tuned({ alpha: 1 }, (x, { alpha }) => where(x.greater(alpha), x, 0)),
  Elu: tuned({ alpha: 1 }, (x, { alpha }) => elu(x, alpha)),
  Celu: tuned({ alpha: 1 }, (x, { alpha }) => elu(x.div(alpha)).mul(alpha)),
  Selu: tuned({ alpha: seluConstants.alpha, gamma: seluConstants.scale }, scaledElu),
  Sigmoid: activation((x) => x.sigmoid()),
  HardSigmoid: tuned({ alpha: 0.2, beta: 0.5 }, hardSigmoid),
  HardSwish: activation((x) => x.mul(hardSigmoid(x, { alpha: 1 / 6, beta: 0.5 }))),
  Softplus: activation((x) => softplus(x)),
  Softsign: activation((x) => x.div(x.abs().add(1))),
  Shrink: tuned({ bias: 0, lambd: 0.5 }, shrink),
  Softmax: alongAxis((x, axis) => x.softmax(axis)),
  LogSoftmax: alongAxis((x, axis) => x.logSoftmax(axis)),
  Hardmax: alongAxis(hardmax),
} as const satisfies Readonly<Record<string, Row>>;

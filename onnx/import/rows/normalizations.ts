/** Rows of normalizations and dropout. */
import { full, Tensor, Variable } from "../../../autograd/mod.ts";
import { normalize, variance as varianceOf } from "../../../graph/mod.ts";
import { Dropout } from "../../../layers/mod.ts";
import { standardize } from "../../../layers/normalization.ts";
import type { Operands } from "../operands.ts";
import { type Row, row } from "../row.ts";

/** A vector per channel (axis 1) in the shape that broadcasts to x. */
function perChannel(vector: Tensor, x: Tensor): Tensor {
  return vector.reshape([vector.size, ...x.shape.slice(2).map(() => 1)]);
}

/** The statistics of a batch, and what its running statistics become. */
function batchStatistics(operands: Operands, momentum: number, isUnbiased: boolean) {
  const [x, mean, variance] = [operands.at(0), operands.at(3), operands.at(4)];
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const count = x.size / x.shape[1]!;
  const batch = {
    mean: x.mean(axes),
    variance: new Tensor(varianceOf(x.node, axes)),
  };
  const spread = isUnbiased ? batch.variance.mul(count / (count - 1)) : batch.variance;
  const move = (running: Tensor, next: Tensor) =>
    running.mul(momentum).add(next.stopGradient().mul(1 - momentum));
  return { ...batch, nextMean: move(mean, batch.mean), nextVariance: move(variance, spread) };
}

/**
 * Batch normalization. It uses the statistics of the batch if the file says so (`training_mode`) or
 * if the model is run for training, where the next running statistics are recorded as those of
 * `BatchNorm2d`, with the unbiased variance.
 */
const batchNorm: Row = row((operator) => {
  const eps = operator.float("epsilon", 1e-5);
  const momentum = operator.float("momentum", 0.9);
  for (const ignored of ["spatial", "is_test"]) operator.int(ignored, 1); // of opset 6 to 8
  const isTraining = operator.flag("training_mode");
  if (!isTraining) operator.mustHaveOneResult();
  return (operands) => {
    const [x, scale, shift] = [operands.at(0), operands.at(1), operands.at(2)];
    const { training, record } = operands.context;
    const batch = isTraining || training
      ? batchStatistics(operands, momentum, !isTraining)
      : undefined;
    const [mean, variance] = [batch?.mean ?? operands.at(3), batch?.variance ?? operands.at(4)];
    const inverse = variance.add(eps).sqrt().pow(-1);
    const plain = new Tensor(normalize(x.node, mean.node, inverse.node));
    const y = plain.mul(perChannel(scale, x)).add(perChannel(shift, x));
    if (!batch) return y;
    const { nextMean, nextVariance } = batch;
    if (training) recordStatistics(operands, record, [nextMean, nextVariance]);
    return [y, nextMean, nextVariance];
  };
}, { statistics: [3, 4] });

function recordStatistics(
  operands: Operands,
  record: Operands["context"]["record"],
  next: readonly Tensor[],
): void {
  next.forEach((value, i) => {
    const running = operands.at(3 + i);
    if (!(running instanceof Variable)) return;
    if (!record) {
      throw operands.refuse(
        "context.record must receive the next running statistics in training: " +
          "pass record: (variable, next) => updates.set(variable, next)",
      );
    }
    record(running, value);
  });
}

/** The results after the first one are the mean and 1 / √(variance + ε). */
const layerNorm: Row = row((operator) => {
  const given = operator.int("axis", -1);
  const eps = operator.float("epsilon", 1e-5);
  operator.int("stash_type", 1);
  return (operands) => {
    const x = operands.at(0);
    const axis = operands.axis(given, x.rank);
    const axes = x.shape.map((_, i) => i).slice(axis);
    const scaled = standardize(x, axes, eps, operator.label).mul(operands.at(1));
    const shift = operands.maybe(2);
    const y = shift ? scaled.add(shift) : scaled;
    if (operator.results === 1) return y;
    const mean = x.mean(axes, true);
    return [y, mean, x.sub(mean).square().mean(axes, true).add(eps).sqrt().reciprocal()];
  };
});

const instanceNorm: Row = row((operator) => {
  const eps = operator.float("epsilon", 1e-5);
  return (operands) => {
    const x = operands.at(0);
    const axes = x.shape.map((_, axis) => axis).slice(2);
    return standardize(x, axes, eps, operator.label)
      .mul(perChannel(operands.at(1), x)).add(perChannel(operands.at(2), x));
  };
});

/** x divided by its norm of order 1 or 2 along an axis; 0 where the norm is 0. */
const lpNorm: Row = row((operator) => {
  const [given, p] = [operator.int("axis", -1), operator.int("p", 2)];
  if (p !== 1 && p !== 2) throw operator.refuse(`p must be 1 or 2: current is ${p}`);
  return (operands) => {
    const x = operands.at(0);
    return x.div(x.norm(p, operands.axis(given, x.rank), true));
  };
});

/** x / (bias + α / size · Σ x²)^β, with the sum over neighboring channels. */
const localResponse: Row = row((operator) => {
  const size = operator.int("size");
  const [alpha, beta] = [operator.float("alpha", 1e-4), operator.float("beta", 0.75)];
  const bias = operator.float("bias", 1);
  return (operands) => {
    const x = operands.at(0);
    operands.mustBeFew(size);
    const before = Math.floor((size - 1) / 2);
    const only = (amount: number) => x.shape.map((_, axis) => axis === 1 ? amount : 0);
    const squares = x.square().pad(only(before), only(size - 1 - before));
    const parts = Array.from({ length: size }, (_, i) => squares.narrow(1, i, x.shape[1]!));
    const sum = parts.reduce((total, part) => total.add(part));
    return x.div(sum.mul(alpha / size).add(bias).pow(beta));
  };
});

const meanVariance: Row = row((operator) => {
  const axes = operator.ints("axes") ?? [0, 2, 3];
  return (operands) => {
    const x = operands.at(0);
    const all = operands.axes(axes, x.rank);
    const mean = x.mean(all, true);
    const variance = x.square().mean(all, true).sub(mean.square());
    return x.sub(mean).div(variance.sqrt().add(1e-9));
  };
});

/** Until opset 11 the rate is an attribute; then it is an input. It acts in training only. */
const dropout: Row = row((operator) => {
  operator.int("seed", 0);
  operator.int("is_test", 1); // of opset 6
  const given = operator.float("ratio", 0.5);
  const isInput = operator.opset >= 12;
  return (operands) => {
    if (isInput && operands.maybeNumber(2)) {
      throw operands.refuse(
        "training_mode must be false: training is chosen when the model is run",
      );
    }
    const rate = (isInput ? operands.maybeNumber(1) : undefined) ?? given;
    const layer = new Dropout(rate);
    layer.initializeAt(operands.path, {});
    const [x, { context }] = [operands.at(0), operands];
    if (operator.results === 1) return layer.forward(x, context);
    if (context.training) throw operands.refuse("only its first result is supported in training");
    return [x, full(1, x.shape, "bool")];
  };
}, { known: [1, 2] });

/** The rows, by operator. */
export const normalizations = {
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  InstanceNormalization: instanceNorm,
  LpNormalization: lpNorm,
  LRN: localResponse,
  MeanVarianceNormalization: meanVariance,
  Dropout: dropout,
} as const satisfies Readonly<Record<string, Row>>;

/**
 * Inputs of the recurrent benchmark, the same for all contenders.
 * @module
 */
import { labels, values } from "./inputs.ts";

/** A network of LSTM layers, and a linear layer on the outputs of the last step. */
export interface RecurrentShape {
  readonly steps: number;
  readonly batch: number;
  /** Features of a step, and of every hidden state. */
  readonly size: number;
  readonly layers: number;
}

/** Number of classes. */
export const RECURRENT_CLASSES = 10;

/** A parameter of an LSTM layer by its name in PyTorch. */
interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** A batch and initial weights. */
export interface RecurrentInputs {
  /** [batch, steps, size]. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [batch]. */
  readonly y: Int32Array<ArrayBuffer>;
  /** `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, and so on. */
  readonly lstm: readonly Parameter[];
  /** `weight` [classes, size] and `bias` [classes]. */
  readonly fc: readonly Parameter[];
}

/** Returns the batch and the initial weights. */
export function recurrentInputs({ steps, batch, size, layers }: RecurrentShape): RecurrentInputs {
  const scale = 1 / Math.sqrt(size);
  const parameter = (name: string, shape: readonly number[], stream: number): Parameter => ({
    name,
    shape,
    data: values(shape.reduce((a, b) => a * b, 1), stream, scale),
  });
  const rows = 4 * size;
  return {
    x: values(batch * steps * size, 1),
    y: labels(batch, 2, RECURRENT_CLASSES),
    lstm: Array.from({ length: layers }, (_, layer) => [
      parameter(`weight_ih_l${layer}`, [rows, size], 10 + 4 * layer),
      parameter(`weight_hh_l${layer}`, [rows, size], 11 + 4 * layer),
      parameter(`bias_ih_l${layer}`, [rows], 12 + 4 * layer),
      parameter(`bias_hh_l${layer}`, [rows], 13 + 4 * layer),
    ]).flat(),
    fc: [
      parameter("weight", [RECURRENT_CLASSES, size], 8),
      parameter("bias", [RECURRENT_CLASSES], 9),
    ],
  };
}

/** FLOPs of the matrix products of one training step; the rest is negligible. */
export function recurrentStepFlops({ steps, batch, size, layers }: RecurrentShape): number {
  const product = 2 * steps * batch * size * 4 * size;
  return product * (6 * layers - 1); // the data get no gradient
}

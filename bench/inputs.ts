/**
 * Inputs that all contenders generate identically, bit for bit: a hash of position and stream.
 * @module
 */

/** Uniform in [−scale, scale); element `i` depends on `i` and `stream` only. */
export function values(count: number, stream: number, scale = 1): Float32Array<ArrayBuffer> {
  const result = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    // the low 24 bits, so that the quotient is exact in f32
    result[i] = ((hash(i, stream) & 0xffffff) / 0x800000 - 1) * scale;
  }
  return result;
}

/** Labels in [0, classes). */
export function labels(count: number, stream: number, classes: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: count }, (_, i) => hash(i, stream) % classes);
}

/** One-hot encoding of labels: one row per label. */
export function oneHot(classes: Int32Array, count: number): Float32Array<ArrayBuffer> {
  const table = new Float32Array(classes.length * count);
  classes.forEach((label, row) => table[row * count + label] = 1);
  return table;
}

/** Finalizer of MurmurHash3 over position and stream. */
function hash(i: number, stream: number): number {
  let h = (i + Math.imul(stream, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Batch and initial weights for training, the same for all contenders. */
interface TrainingInputs {
  /** [batch, widths[0]]. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [batch]. */
  readonly y: Int32Array<ArrayBuffer>;
  /** For each layer, its weight [outputs, inputs] and bias [outputs]. */
  readonly layers: readonly Layer[];
}

/** Initial values of a layer. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

/** Returns one batch and initial weights, uniform in ±√(6 / fan-in): He initialization for ReLU. */
export function trainingInputs(widths: readonly number[], batch: number): TrainingInputs {
  const layers = widths.slice(1).map((outputs, i) => {
    const inputs = widths[i] ?? 0;
    return {
      inputs,
      outputs,
      weight: values(outputs * inputs, 10 + 2 * i, Math.sqrt(6 / inputs)),
      bias: values(outputs, 11 + 2 * i, 0.1),
    };
  });
  return {
    x: values(batch * (widths[0] ?? 0), 1),
    y: labels(batch, 2, widths.at(-1) ?? 1),
    layers,
  };
}

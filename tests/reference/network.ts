import { logSumExp, rows, sum } from "./reduce.ts";
import { at, type RefTensor, tabulate } from "./tensor.ts";

/** a · b of matrices [batch…, m, k] and [batch…, k, n]. */
export function matmul(a: RefTensor, b: RefTensor): RefTensor {
  const k = a.shape.at(-1)!;
  return tabulate([...a.shape.slice(0, -1), b.shape.at(-1)!], (position) => {
    const batch = position.slice(0, -2);
    const [row, column] = position.slice(-2) as [number, number];
    const terms = Array.from(
      { length: k },
      (_, j) => at(a, [...batch, row, j]) * at(b, [...batch, j, column]),
    );
    return sum(terms);
  });
}

/** x − log Σ eˣ along an axis. */
export function logSoftmax(x: RefTensor, axis: number): RefTensor {
  const normaliser = rows(x, [axis], logSumExp);
  return tabulate(
    x.shape,
    (position) => at(x, position) - at(normaliser, position.toSpliced(axis, 1)),
  );
}

/** eˣ / Σ eˣ along an axis. */
export function softmax(x: RefTensor, axis: number): RefTensor {
  const { shape, data } = logSoftmax(x, axis);
  return { shape, data: data.map(Math.exp) };
}

/** The element of each row that the label names. */
export function pick(x: RefTensor, labels: RefTensor): RefTensor {
  return tabulate(labels.shape, (position) => at(x, [...position, at(labels, position)]));
}

/** −log softmax(logits)[label]. */
export function crossEntropy(logits: RefTensor, labels: RefTensor): RefTensor {
  const { shape, data } = pick(logSoftmax(logits, logits.shape.length - 1), labels);
  return { shape, data: data.map((value) => -value) };
}

/** (1 − ε) · crossEntropy, and ε of the mean of −log softmax over the classes. */
export function smoothedCrossEntropy(
  logits: RefTensor,
  labels: RefTensor,
  smoothing: number,
): RefTensor {
  const classes = logits.shape.at(-1)!;
  const all = logSoftmax(logits, logits.shape.length - 1);
  const { shape, data } = crossEntropy(logits, labels);
  const smoothed = data.map((sharp, sample) => {
    const row = all.data.slice(sample * classes, (sample + 1) * classes);
    return (1 - smoothing) * sharp - smoothing * row.reduce((sum, x) => sum + x, 0) / classes;
  });
  return { shape, data: smoothed };
}

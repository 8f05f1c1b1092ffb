/**
 * Expected results of contenders.
 * @module
 */
import { convInputs } from "../conv_inputs.ts";
import { values } from "../inputs.ts";
import { type ConvSubject, probes, type Subject } from "./protocol.ts";

/** An expected result and its tolerance. */
export interface Expected {
  readonly value: number;
  readonly tolerance: number;
}

/** Computes the checked results of an op in float64; `undefined` for training. */
export function referenceOf(subject: Subject): readonly Expected[] | undefined {
  switch (subject.kind) {
    case "matmul":
      return productReference(subject);
    case "conv":
      return convReference(subject);
    case "training":
    case "plainNet":
    case "recurrent":
    case "transformer":
      return undefined;
  }
}

/** Relative tolerances of losses between contenders. */
const LOSS_TOLERANCES = { training: 1e-4, plainNet: 1e-3 };

/** Expected losses of the other contenders: those of the first one. */
export function tolerated(losses: readonly number[], subject: Subject): readonly Expected[] {
  const relative = subject.kind === "plainNet"
    ? LOSS_TOLERANCES.plainNet
    : LOSS_TOLERANCES.training;
  return losses.map((value) => ({ value, tolerance: relative * Math.abs(value) }));
}

/** Describes the first unexpected result; `undefined` if there is none. */
export function disagreement(
  check: readonly number[],
  expected: readonly Expected[],
): string | undefined {
  if (check.length !== expected.length) return `gave ${check.length} values`;
  const at = expected.findIndex(({ value, tolerance }, i) =>
    // written so that NaN disagrees
    !(Math.abs((check[i] ?? NaN) - value) <= tolerance)
  );
  return at < 0 ? undefined : `result ${at} is ${check[at]}, expected ${expected[at]?.value}`;
}

/** A sum with a bound of its rounding error: 1e-5 · Σ|term|. */
function sumOf(terms: Iterable<number>): Expected {
  let [value, size] = [0, 0];
  for (const term of terms) {
    value += term;
    size += Math.abs(term);
  }
  return { value, tolerance: 1e-5 * size };
}

function productReference({ m, n, k }: { m: number; n: number; k: number }): Expected[] {
  const a = values(m * k, 1);
  const b = values(k * n, 2);
  return probes(m * n).map((position) => {
    const [row, column] = [Math.trunc(position / n), position % n];
    return sumOf(Array.from({ length: k }, (_, i) => {
      return (a[row * k + i] ?? NaN) * (b[i * n + column] ?? NaN);
    }));
  });
}

function convReference(subject: ConvSubject): Expected[] {
  const { n, inputs, outputs, size, backward } = subject;
  const { x, w, g } = convInputs(subject);
  // zero outside the image
  const pixel = (image: Float32Array, channels: number, [b, c, row, column]: Position) =>
    row < 0 || column < 0 || row >= size || column >= size
      ? 0
      : image[((b * channels + c) * size + row) * size + column] ?? NaN;
  const weight = (o: number, c: number, u: number, v: number) =>
    w[((o * inputs + c) * 3 + u) * 3 + v] ?? NaN;
  const result = ([b, o, row, column]: Position) =>
    sumOf(
      box(inputs, 3, 3).map(([c, u, v]) => {
        return pixel(x, inputs, [b, c, row + u - 1, column + v - 1]) * weight(o, c, u, v);
      }),
    );
  const images = [n, outputs, size, size] as const;
  if (!backward) return probes(product(images)).map((i) => result(positionOf(i, images)));
  const imageGradient = ([b, c, row, column]: Position) =>
    sumOf(
      box(outputs, 3, 3).map(([o, u, v]) => {
        return pixel(g, outputs, [b, o, row + 1 - u, column + 1 - v]) * weight(o, c, u, v);
      }),
    );
  const weightGradient = ([o, c, u, v]: Position) =>
    sumOf(
      box(n, size, size).map(([b, row, column]) => {
        return pixel(x, inputs, [b, c, row + u - 1, column + v - 1]) *
          pixel(g, outputs, [b, o, row, column]);
      }),
    );
  const [before, kernel] = [[n, inputs, size, size] as const, [outputs, inputs, 3, 3] as const];
  return [
    lossReference(subject, { x, w, g }),
    ...probes(product(before)).map((i) => imageGradient(positionOf(i, before))),
    ...probes(product(kernel)).map((i) => weightGradient(positionOf(i, kernel))),
  ];
}

/** Σ result · g, computed as Σ w · ∂loss/∂w with one sum per weight. */
function lossReference(
  { n, inputs, outputs, size }: ConvSubject,
  { x, w, g }: { x: Float32Array; w: Float32Array; g: Float32Array },
): Expected {
  let [value, squares] = [0, 0];
  const row = size * size;
  const sums = new Float64Array(outputs * row);
  for (let b = 0; b < n; b++) {
    sums.fill(0);
    for (let o = 0; o < outputs; o++) {
      for (let c = 0; c < inputs; c++) {
        for (let k = 0; k < 9; k++) {
          addShifted(sums.subarray(o * row, (o + 1) * row), {
            image: x.subarray((b * inputs + c) * row, (b * inputs + c + 1) * row),
            factor: w[(o * inputs + c) * 9 + k] ?? NaN,
            size,
            down: Math.floor(k / 3) - 1,
            right: k % 3 - 1,
          });
        }
      }
    }
    for (let i = 0; i < sums.length; i++) {
      const term = (sums[i] ?? NaN) * (g[b * sums.length + i] ?? NaN);
      value += term;
      squares += term * term;
    }
  }
  // signs are random, so the rounding error of so many terms is far below Σ|term|
  return { value, tolerance: 1e-4 * Math.sqrt(squares) };
}

/** sum[row, column] += factor · image[row + down, column + right], with zeros outside the image. */
function addShifted(
  sum: Float64Array,
  { image, factor, size, down, right }: {
    readonly image: Float32Array;
    readonly factor: number;
    readonly size: number;
    readonly down: number;
    readonly right: number;
  },
): void {
  const first = Math.max(0, -right);
  const last = Math.min(size, size - right);
  for (let row = Math.max(0, -down); row < Math.min(size, size - down); row++) {
    const [to, from] = [row * size, (row + down) * size + right];
    for (let column = first; column < last; column++) {
      sum[to + column] = (sum[to + column] ?? NaN) + factor * (image[from + column] ?? NaN);
    }
  }
}

type Position = readonly [number, number, number, number];

function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

function positionOf(index: number, [, ...rest]: Position): Position {
  const [second, third, fourth] = rest;
  const last = index % fourth;
  const row = Math.floor(index / fourth) % third;
  const channel = Math.floor(index / (fourth * third)) % second;
  return [Math.floor(index / (fourth * third * second)), channel, row, last];
}

/** All positions in an a×b×c box. */
function box(a: number, b: number, c: number): [number, number, number][] {
  return Array.from({ length: a * b * c }, (_, i) => {
    return [Math.floor(i / (b * c)), Math.floor(i / c) % b, i % c];
  });
}

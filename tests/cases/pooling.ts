import * as op from "../../graph/mod.ts";
import type { Shape } from "../../graph/mod.ts";
import * as reference from "../reference/pooling.ts";
import { f32, type OpCase } from "./op_case.ts";

const shapes: readonly Shape[] = [
  [2, 3],
  [1, 1],
  [4, 1],
  [5, 7, 3],
  [2, 4, 3, 5],
  [3, 1, 2, 2],
  [1, 6, 4, 4],
  [0, 3, 2, 2],
];

const normalizeCases = shapes.map((shape): OpCase => ({
  op: "normalize",
  build: (x, mean, scale) => op.normalize(x!, mean!, scale!),
  reference: (x, mean, scale) => reference.normalize(x!, mean!, scale!),
  derivative: "smooth",
  inputs: [f32(shape), f32([shape[1]!]), f32([shape[1]!])],
}));

const pools: readonly (readonly [Shape, op.PoolOptions])[] = [
  [[1, 1, 4, 4], { size: 2 }],
  [[2, 3, 6, 8], { size: 2 }],
  [[1, 2, 5, 7], { size: 3 }],
  [[2, 2, 7, 7], { size: 3, stride: 2 }],
  [[1, 2, 8, 8], { size: 3, stride: 2, padding: 1 }],
  [[1, 1, 5, 5], { size: 2, stride: 1 }],
  [[2, 1, 4, 6], { size: [2, 3] }],
  [[1, 1, 3, 3], { size: 3 }],
  [[3, 2, 4, 4], { size: 1, stride: 2 }],
];

const poolCases = pools.flatMap(([shape, options]): OpCase[] => [
  {
    op: "maxPool2d",
    build: (x) => op.maxPool2d(x!, options),
    reference: (x) => reference.pool(x!, options, "max"),
    derivative: "smooth",
    inputs: [f32(shape, { distinct: true })],
  },
  {
    op: "avgPool2d",
    build: (x) => op.avgPool2d(x!, options),
    reference: (x) => reference.pool(x!, options, "mean"),
    derivative: "linear",
    inputs: [f32(shape)],
    terms: 9,
  },
]);

/** Normalisation by given statistics, and pooling. */
export const poolingCases: readonly OpCase[] = [...normalizeCases, ...poolCases];

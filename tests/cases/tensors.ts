/** Methods and functions of tensors that are compositions of ops. */
import { stack, where } from "../../autograd/mod.ts";
import type { Shape } from "../../graph/mod.ts";
import { at, positions, type RefTensor, tabulate } from "../reference/tensor.ts";
import { bool, f32, i32, type OpCase, values } from "./op_case.ts";
import { type Kind, tensorCase } from "./tensor_case.ts";
import { tensorAlgorithmCases } from "./tensor_algorithms.ts";

const reshaped = (shape: Shape) => ({ data }: RefTensor): RefTensor => ({ shape, data });

const shapes = [
  tensorCase("Tensor.squeeze", [[1, 3, 1]], (x) => x.squeeze(), reshaped([3])),
  tensorCase("Tensor.squeeze", [[1, 3, 1]], (x) => x.squeeze(-1), reshaped([1, 3])),
  tensorCase("Tensor.squeeze", [[1, 3, 1]], (x) => x.squeeze([0, 1]), reshaped([3, 1])),
  tensorCase("Tensor.squeeze", [[1, 1]], (x) => x.squeeze(), reshaped([])),
  tensorCase("Tensor.squeeze", [[]], (x) => x.squeeze(), reshaped([])),
  tensorCase("Tensor.unsqueeze", [[2, 3]], (x) => x.unsqueeze(0), reshaped([1, 2, 3])),
  tensorCase("Tensor.unsqueeze", [[2, 3]], (x) => x.unsqueeze(-1), reshaped([2, 3, 1])),
  tensorCase("Tensor.unsqueeze", [[]], (x) => x.unsqueeze(0), reshaped([1])),
];

const moves = [
  tensorCase(
    "Tensor.transpose",
    [[2, 3, 4]],
    (x) => x.transpose(0, -1),
    (x) => tabulate([4, 3, 2], ([i, j, k]) => at(x, [k!, j!, i!])),
  ),
  tensorCase(
    "Tensor.narrow",
    [[5, 3]],
    (x) => x.narrow(0, 1, 3),
    (x) => tabulate([3, 3], ([i, j]) => at(x, [i! + 1, j!])),
  ),
  tensorCase(
    "Tensor.narrow",
    [[5, 3]],
    (x) => x.narrow(-1, -2, 2),
    (x) => tabulate([5, 2], ([i, j]) => at(x, [i!, j! + 1])),
  ),
  tensorCase(
    "Tensor.split",
    [[7, 2]],
    (x) => x.split(3)[2]!,
    (x) => tabulate([1, 2], ([, j]) => at(x, [6, j!])),
  ),
  tensorCase(
    "Tensor.split",
    [[7, 2]],
    (x) => x.split([2, 0, 5])[2]!,
    (x) => tabulate([5, 2], ([i, j]) => at(x, [i! + 2, j!])),
  ),
  ...([1, -1, 7, -8, 0] as const).map((by) =>
    tensorCase(
      "Tensor.roll",
      [[5, 3]],
      (x) => x.roll(by, 0),
      (x) => tabulate([5, 3], ([i, j]) => at(x, [(i! - by + 100) % 5, j!])),
    )
  ),
  tensorCase(
    "Tensor.roll",
    [[5, 3]],
    (x) => x.roll([1, 2], [0, -1]),
    (x) => tabulate([5, 3], ([i, j]) => at(x, [(i! + 4) % 5, (j! + 1) % 3])),
  ),
  tensorCase("Tensor.roll", [[2, 3]], (x) => x.roll(1), ({ shape, data }) => ({
    shape,
    data: [data.at(-1)!, ...data.slice(0, -1)],
  })),
  tensorCase("Tensor.roll", [[0, 3]], (x) => x.roll(1, 0), (x) => x),
  tensorCase(
    "Tensor.tile",
    [[2, 3]],
    (x) => x.tile(2),
    (x) => tabulate([2, 6], ([i, j]) => at(x, [i!, j! % 3])),
  ),
  tensorCase(
    "Tensor.tile",
    [[3]],
    (x) => x.tile(2, 2),
    (x) => tabulate([2, 6], ([, j]) => at(x, [j! % 3])),
  ),
  tensorCase("Tensor.tile", [[3]], (x) => x.tile([0]), () => ({ shape: [0], data: [] })),
  tensorCase(
    "Tensor.repeat",
    [[2, 2]],
    (x) => x.repeat(3, 1),
    (x) => tabulate([6, 2], ([i, j]) => at(x, [i! % 2, j!])),
  ),
  tensorCase(
    "Tensor.repeatInterleave",
    [[2, 3]],
    (x) => x.repeatInterleave(2, 1),
    (x) => tabulate([2, 6], ([i, j]) => at(x, [i!, Math.floor(j! / 2)])),
  ),
  tensorCase("Tensor.repeatInterleave", [[2, 3]], (x) => x.repeatInterleave(0, 0), () => ({
    shape: [0, 3],
    data: [],
  })),
  tensorCase(
    "stack",
    [[2, 3], [2, 3]],
    (x, y) => stack([x, y], -1),
    (x, y) => tabulate([2, 3, 2], ([i, j, k]) => at(k === 0 ? x : y, [i!, j!])),
  ),
  tensorCase(
    "stack",
    [[3], [3]],
    (x, y) => stack([x, y]),
    (x, y) => tabulate([2, 3], ([i, j]) => at(i === 0 ? x : y, [j!])),
  ),
  tensorCase("stack", [[], []], (x, y) => stack([x, y]), (x, y) => ({
    shape: [2],
    data: [...x.data, ...y.data],
  })),
];

const triangles = ([[3, 3], [2, 4], [5, 2], [0, 3], [1, 1]] as const).flatMap(([rows, columns]) =>
  [-2, -1, 0, 1, 3].flatMap((offset) => [
    tensorCase(
      "Tensor.tril",
      [[rows, columns]],
      (x) => x.tril(offset),
      (x) => tabulate([rows, columns], ([i, j]) => j! - i! <= offset ? at(x, [i!, j!]) : 0),
    ),
    tensorCase(
      "Tensor.triu",
      [[2, rows, columns]],
      (x) => x.triu(offset),
      (x) =>
        tabulate([2, rows, columns], ([n, i, j]) => j! - i! >= offset ? at(x, [n!, i!, j!]) : 0),
    ),
    tensorCase("Tensor.diag", [[rows, columns]], (x) => x.diag(offset), (x) => {
      const on = positions(x.shape).filter(([i, j]) => j! - i! === offset);
      return { shape: [on.length], data: on.map((position) => at(x, position)) };
    }),
  ])
);

const diagonals = [-2, 0, 1].map((offset) =>
  tensorCase(
    "Tensor.diag",
    [[3]],
    (x) => x.diag(offset),
    (x) =>
      tabulate(
        [3 + Math.abs(offset), 3 + Math.abs(offset)],
        ([i, j]) => j! - i! === offset ? at(x, [Math.min(i!, j!)]) : 0,
      ),
  )
);

const choices = [
  tensorCase(
    "where",
    [f32([2, 3]), f32([2, 3])],
    (x, y) => where(x.less(y), x, 0),
    (x, y) => tabulate([2, 3], (p) => at(x, p) < at(y, p) ? at(x, p) : 0),
    { derivative: "none" },
  ),
  tensorCase(
    "where",
    [bool([3])],
    (x) => where(x, 2, -1),
    (x) => tabulate([3], (p) => at(x, p) ? 2 : -1),
  ),
  tensorCase(
    "where",
    [bool([3]), i32([2, 1], -5, 5)],
    (x, y) => where(x, 7, y),
    (x, y) => tabulate([2, 3], ([i, j]) => at(x, [j!]) ? 7 : at(y, [i!, 0])),
  ),
  tensorCase(
    "Tensor.maskedFill",
    [f32([2, 3]), bool([3])],
    (x, y) => x.maskedFill(y, -Infinity),
    (x, y) => tabulate([2, 3], ([i, j]) => at(y, [j!]) ? -Infinity : at(x, [i!, j!])),
    {
      derivative: "none",
    },
  ),
  tensorCase(
    "Tensor.maskedFill",
    [f32([2, 3]), bool([2, 1])],
    (x, y) => x.maskedFill(y, 0),
    (x, y) => tabulate([2, 3], ([i, j]) => at(y, [i!, 0]) ? 0 : at(x, [i!, j!])),
  ),
  tensorCase(
    "Tensor.clamp",
    [f32([7])],
    (x) => x.clamp(0),
    (x) => tabulate([7], (p) => Math.max(at(x, p), 0)),
    { derivative: "none" },
  ),
  tensorCase(
    "Tensor.clamp",
    [i32([7], -9, 9)],
    (x) => x.clamp(undefined, 2),
    (x) => tabulate([7], (p) => Math.min(at(x, p), 2)),
  ),
  tensorCase(
    "Tensor.rsub",
    [[2, 3]],
    (x) => x.rsub(1),
    (x) => tabulate([2, 3], (p) => 1 - at(x, p)),
    {
      derivative: "smooth",
    },
  ),
  tensorCase(
    "Tensor.rdiv",
    [f32([2, 3], { low: 0.5 })],
    (x) => x.rdiv(3),
    (x) => tabulate([2, 3], (p) => 3 / at(x, p)),
    { derivative: "smooth" },
  ),
  tensorCase(
    "Tensor.reciprocal",
    [f32([2, 3], { low: 0.5 })],
    (x) => x.reciprocal(),
    (x) => tabulate([2, 3], (p) => 1 / at(x, p)),
    { derivative: "smooth" },
  ),
];

type Numbers = readonly number[];

/** Applies a function to each row of the last axis. */
const rows = (fn: (row: Numbers) => number) => ({ shape, data }: RefTensor): RefTensor => {
  const size = shape.at(-1)!;
  const count = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const list = Array.from({ length: count }, (_, i) => data.slice(i * size, (i + 1) * size));
  return { shape: shape.slice(0, -1), data: list.map(fn) };
};

const sum = (row: Numbers) => row.reduce((a, b) => a + b, 0);
const spread = (correction: number) => (row: Numbers) => {
  const mean = sum(row) / row.length;
  const divisor = row.length - correction;
  return divisor > 0 ? sum(row.map((x) => (x - mean) ** 2)) / divisor : NaN;
};
const curved = (terms: number): Kind => ({ derivative: "smooth", terms });

const statistics = [[7], [2, 3], [3, 5], [2, 2, 33]].flatMap((shape) => {
  const size = shape.at(-1)!;
  return [
    tensorCase("Tensor.var", [shape], (x) => x.var(-1), rows(spread(1)), curved(size)),
    tensorCase(
      "Tensor.var",
      [shape],
      (x) => x.var(-1, { correction: 0 }),
      rows(spread(0)),
      curved(size),
    ),
    tensorCase(
      "Tensor.std",
      [shape],
      (x) => x.std(-1),
      rows((r) => Math.sqrt(spread(1)(r))),
      curved(size),
    ),
    tensorCase(
      "Tensor.norm",
      [shape],
      (x) => x.norm(2, -1),
      rows((r) => Math.hypot(...r)),
      curved(size),
    ),
    tensorCase(
      "Tensor.norm",
      [f32(shape, { away: [0] })],
      (x) => x.norm(1, -1),
      rows((r) => sum(r.map(Math.abs))),
      curved(size),
    ),
    tensorCase(
      "Tensor.norm",
      [f32(shape, { low: 0.3 })],
      (x) => x.norm(3, -1),
      rows((r) => Math.cbrt(sum(r.map((x) => x ** 3)))),
      curved(size),
    ),
    tensorCase(
      "Tensor.norm",
      [shape],
      (x) => x.norm(Infinity, -1),
      rows((r) => Math.max(...r.map(Math.abs))),
      { derivative: "none" },
    ),
    tensorCase(
      "Tensor.norm",
      [i32(shape, -1, 2)],
      (x) => x.cast("f32").norm(0, -1),
      rows((r) => r.filter((x) => x !== 0).length),
    ),
    tensorCase("Tensor.any", [bool(shape)], (x) => x.any(-1), rows((r) => Number(r.some(Boolean)))),
    tensorCase(
      "Tensor.all",
      [bool(shape)],
      (x) => x.all(-1),
      rows((r) => Number(r.every(Boolean))),
    ),
    tensorCase(
      "Tensor.any",
      [i32(shape, -1, 2)],
      (x) => x.any(-1),
      rows((r) => Number(r.some(Boolean))),
    ),
  ];
});

const degenerate = [
  tensorCase("Tensor.var", [[1]], (x) => x.var(), () => ({ shape: [], data: [NaN] }), {
    derivative: "none",
  }),
  tensorCase("Tensor.std", [values(2, 2, 2)], (x) => x.std(), () => ({ shape: [], data: [0] }), {
    derivative: "none",
  }),
  tensorCase("Tensor.any", [bool([0])], (x) => x.any(), () => ({ shape: [], data: [0] })),
  tensorCase("Tensor.all", [bool([0])], (x) => x.all(), () => ({ shape: [], data: [1] })),
  tensorCase("Tensor.any", [values(NaN, 0)], (x) => x.any(), () => ({ shape: [], data: [1] }), {
    derivative: "none",
  }),
];

/** Cases of methods and functions of tensors. */
export const tensorCases: readonly OpCase[] = [
  ...shapes,
  ...moves,
  ...triangles,
  ...diagonals,
  ...choices,
  ...statistics,
  ...degenerate,
  ...tensorAlgorithmCases,
];

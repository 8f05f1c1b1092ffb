import * as op from "../../graph/mod.ts";
import type { DType, Node, Shape } from "../../graph/mod.ts";
import { threefry2x32 } from "../reference/threefry.ts";
import { type RefTensor, tabulate } from "../reference/tensor.ts";
import { shapes } from "./elementwise.ts";
import { i32, type OpCase } from "./op_case.ts";

function made(name: string, build: () => Node, expected: () => RefTensor): OpCase {
  return { op: name, build, reference: expected, derivative: "none", inputs: [] };
}

const fulls = ([
  [2.5, "f32"],
  [-3, "i32"],
  [4e9, "u32"],
  [1, "bool"],
] satisfies [number, DType][]).flatMap(([value, dtype]) =>
  shapes.map((shape) =>
    made("full", () => op.full(value, shape, dtype), () => tabulate(shape, () => value))
  )
);

const iotas = ([
  [[5], 0],
  [[1], 0],
  [[0], 0],
  [[2, 3], 0],
  [[2, 3], 1],
  [[2, 3, 4], 1],
  [[3, 1], 1],
  [[1027], 0],
] satisfies [Shape, number][]).map(([shape, axis]) =>
  made("iota", () => op.iota(shape, axis), () => tabulate(shape, (position) => position[axis]!))
);

const constants = shapes.map((shape) => {
  const list = Float32Array.from({ length: op.elementCount(shape) }, (_, i) => i / 2);
  return made("constant", () => op.constant(list, shape), () => ({ shape, data: [...list] }));
});

/** What the op promises: the counter is (index, counter), the key (seed, stream). */
function bits(
  { shape, seed, stream, word = 0 }: op.RandomAttrs,
  counter: number,
): RefTensor {
  const data = Array.from(
    { length: op.elementCount(shape) },
    (_, index) => threefry2x32([index, counter >>> 0], [seed, stream])[word],
  );
  return { shape, data };
}

const uniform = (attrs: op.RandomAttrs, counter: number): RefTensor => ({
  shape: attrs.shape,
  data: bits(attrs, counter).data.map((word) => (word >>> 8) / 2 ** 24),
});

function normal(attrs: op.RandomAttrs, counter: number): RefTensor {
  const radius = uniform({ ...attrs, word: 0 }, counter);
  const angle = uniform({ ...attrs, word: 1 }, counter);
  const data = radius.data.map((u, i) =>
    Math.sqrt(-2 * Math.log(Math.max(u, 2 ** -25))) * Math.cos(2 * Math.PI * angle.data[i]!)
  );
  return { shape: attrs.shape, data };
}

const draws = ([
  [[], 0, 0],
  [[1], 1, 0],
  [[5], 1, 1],
  [[0], 1, 1],
  [[2, 3], 42, 7],
  [[2, 0, 3], 42, 7],
  [[3, 1, 5], 0xffffffff, 3],
  [[1027], 123456789, 2],
] satisfies [Shape, number, number][]).flatMap(([shape, seed, stream]): OpCase[] => {
  const attrs = { shape, seed, stream };
  const common = { derivative: "none", inputs: [i32([], -3, 100)] } as const;
  return [
    {
      op: "randomBits",
      build: (counter) => op.randomBits(counter!, attrs),
      reference: (counter) => bits(attrs, counter!.data[0]!),
      ...common,
    },
    {
      op: "randomUniform",
      build: (counter) => op.randomUniform(counter!, attrs),
      reference: (counter) => uniform(attrs, counter!.data[0]!),
      ...common,
    },
    {
      op: "randomNormal",
      build: (counter) => op.randomNormal(counter!, attrs),
      reference: (counter) => normal(attrs, counter!.data[0]!),
      ...common,
    },
  ];
});

/** Cases of values that come from nowhere: literals, positions, random numbers. */
export const sourceCases: readonly OpCase[] = [...fulls, ...iotas, ...constants, ...draws];

/** Loop kernels that between them take every way through the code generator. */
import { type Kernel, rowMajorStrides, s, type Scalar, type Shape } from "../../graph/mod.ts";
import { at, integers, loop, position, product, type SlotData, zeros } from "../gpu/_plans.ts";
import { randomFloats } from "../gpu/_random.ts";

/** A kernel over slots; the first ones are read, the last ones are written. */
export interface KernelCase {
  readonly name: string;
  readonly kernel: Kernel;
  readonly slots: readonly SlotData[];
}

const axesOf = (shape: Shape) => shape.map((_, axis) => axis);

/** out[axes] = value(x[axes]), over axes that are not merged because `b` is broadcast. */
function biasedMap(shape: Shape): KernelCase {
  const x = at(0, shape, { axes: axesOf(shape) });
  const columns = shape.at(-1)!;
  const b = at(1, [columns], { axes: [shape.length - 1] });
  const index = position(shape, axesOf(shape));
  const value = s.max(s.add(s.mul(x, b), s.const(0.1)), s.const(0));
  return {
    name: `map of [${shape}] with a broadcast row`,
    kernel: loop({ outer: shape, outerStores: [{ slot: 2, index, value }] }),
    slots: [randomFloats(shape, 1), randomFloats([columns], 2), zeros("f32", shape)],
  };
}

function transposition([rows, columns]: readonly [number, number]): KernelCase {
  const value = at(0, [columns, rows], { axes: [1, 0], sizes: [columns, rows] });
  const index = position([rows, columns], [0, 1]);
  return {
    name: `transposition to [${rows},${columns}]`,
    kernel: loop({ outer: [rows, columns], outerStores: [{ slot: 1, index, value }] }),
    slots: [randomFloats([columns, rows], 3), zeros("f32", [rows, columns])],
  };
}

/**
 * Σ exp(x), then y + exp(x)/Σ, where y is used twice at each of 40 steps: 2^40 paths lead through it
 * to the value that the reduction and the store share.
 */
function sharedParts(rows: number, columns: number): KernelCase {
  const shape = [rows, columns];
  let y = at(1, shape, { axes: [0, 1] });
  for (let step = 0; step < 40; step++) {
    const half = s.mul(y, s.const(0.5));
    y = s.add(half, half);
  }
  const e = s.exp(at(0, shape, { axes: [0, 1] }));
  return {
    name: `shared parts beside a softmax of [${rows},${columns}]`,
    kernel: loop({
      outer: [rows],
      inner: [columns],
      reductions: [{ combine: "sum", value: e }],
      innerStores: [{
        slot: 2,
        index: position(shape, [0, 1]),
        value: s.add(y, s.div(e, s.result(0, "f32"))),
      }],
    }),
    slots: [randomFloats(shape, 6), randomFloats(shape, 7), zeros("f32", shape)],
  };
}

/** Mean and inverse deviation of rows, then the normalized row: several dependent reductions. */
function normalization(rows: number, columns: number): KernelCase {
  const shape = [rows, columns];
  const x = at(0, shape, { axes: [0, 1] });
  const mean = s.div(s.result(0, "f32"), s.const(columns));
  const centred = s.sub(x, mean);
  const variance = s.div(s.result(1, "f32"), s.const(columns));
  const value = s.div(centred, s.sqrt(s.add(variance, s.const(1e-3))));
  return {
    name: `normalization of [${rows},${columns}]`,
    kernel: loop({
      outer: [rows],
      inner: [columns],
      reductions: [
        { combine: "sum", value: x },
        { combine: "sum", value: s.mul(centred, centred) },
      ],
      outerStores: [{ slot: 1, index: s.axis(0, rows), value: mean }],
      innerStores: [{ slot: 2, index: position(shape, [0, 1]), value }],
    }),
    slots: [randomFloats(shape, 4), zeros("f32", [rows]), zeros("f32", shape)],
  };
}

function softmax(rows: number, columns: number): KernelCase {
  const shape = [rows, columns];
  const shifted = s.exp(s.sub(at(0, shape, { axes: [0, 1] }), s.result(0, "f32")));
  return {
    name: `softmax of [${rows},${columns}] in place`,
    kernel: loop({
      outer: [rows],
      inner: [columns],
      reductions: [
        { combine: "max", value: at(0, shape, { axes: [0, 1] }) },
        { combine: "sum", value: shifted },
      ],
      innerStores: [{
        slot: 0,
        index: position(shape, [0, 1]),
        value: s.div(shifted, s.result(1, "f32")),
      }],
    }),
    slots: [randomFloats(shape, 5)],
  };
}

/** Sum over rows, kept for each column: lanes are along an outer axis. */
function columnSum(rows: number, columns: number): KernelCase {
  const x = at(0, [rows, columns], { axes: [1, 0], sizes: [rows, columns] });
  return {
    name: `sum of ${rows} rows of ${columns}`,
    kernel: loop({
      outer: [columns],
      inner: [rows],
      reductions: [{ combine: "sum", value: x }],
      outerStores: [{ slot: 1, index: s.axis(0, columns), value: s.result(0, "f32") }],
    }),
    slots: [randomFloats([rows, columns], 6), zeros("f32", [columns])],
  };
}

/** The same sum for each column. Without elements it is 0, whatever is added. */
function sharedSum(columns: number, count: number): KernelCase {
  const x = s.load(0, "f32", s.axis(1, count));
  return {
    name: `a sum of ${count} elements for each of ${columns} columns`,
    kernel: loop({
      outer: [columns],
      inner: [count],
      reductions: [{ combine: "sum", value: s.add(s.mul(x, x), s.const(1)) }],
      outerStores: [{ slot: 1, index: s.axis(0, columns), value: s.result(0, "f32") }],
    }),
    slots: [randomFloats([40], 7), zeros("f32", [columns])],
  };
}

/**
 * Reductions over rows that may share a loop, for columns that are chosen one by one: the lanes'
 * elements are anywhere, the same way in each row. The last one needs the first.
 */
function chosenColumns(rows: number, columns: number, chosen: number): KernelCase {
  const shape = [rows, columns];
  const index = s.load(1, "i32", s.axis(0, chosen));
  const column = s.max(s.min(index, s.int(columns - 1)), s.int(0));
  const place = s.add(s.mul(s.axis(1, rows), s.int(columns)), column);
  const [x, pixel] = [s.load(0, "f32", place), s.cast(s.load(2, "i32", place), "f32")];
  const own = at(3, [rows, chosen], { axes: [1, 0], sizes: [rows, chosen] });
  const values = [x, own, s.mul(x, own), s.add(pixel, own), s.abs(s.sub(x, s.result(0, "f32")))];
  return {
    name: `five reductions over ${rows} rows of ${chosen} columns chosen from ${columns}`,
    kernel: loop({
      outer: [chosen],
      inner: [rows],
      reductions: values.map((value, i) => ({ combine: i === 1 ? "max" : "sum", value })),
      outerStores: values.map((_, i) => ({
        slot: 4 + i,
        index: s.axis(0, chosen),
        value: s.result(i, "f32"),
      })),
    }),
    slots: [
      randomFloats(shape, 21),
      integers([chosen], Array.from({ length: chosen }, (_, i) => (i * 7 + 3) % columns)),
      {
        type: { dtype: "u8", shape },
        data: Uint8Array.from({ length: rows * columns }, (_, i) => (i * 37) % 256),
      },
      randomFloats([rows, chosen], 22),
      ...values.map(() => zeros("f32", [chosen])),
    ],
  };
}

/** Sum over the first and last axis of three. */
function channelSum(shape: readonly [number, number, number]): KernelCase {
  const [n, c, w] = shape;
  const strides = rowMajorStrides(shape);
  const index = [s.axis(1, n), s.axis(0, c), s.axis(2, w)]
    .map((axis, i) => s.mul(axis, s.int(strides[i]!))).reduce(s.add);
  const reductions = [{ combine: "sum", value: s.load(0, "f32", index) }] as const;
  const outerStores = [{ slot: 1, index: s.axis(0, c), value: s.result(0, "f32") }];
  return {
    name: `sum of [${shape}] over axes 0 and 2`,
    kernel: loop({ outer: [c], inner: [n, w], reductions, outerStores }),
    slots: [randomFloats(shape, 7), zeros("f32", [c])],
  };
}

/** A window of zeros around the image: indices that leave the slot on all sides. */
function paddedRows(height: number, width: number): KernelCase {
  const shape = [height + 5, width + 6];
  const [y, x] = [
    s.sub(s.axis(0, shape[0]!), s.int(2)),
    s.sub(s.axis(1, shape[1]!), s.int(3)),
  ];
  const within = (p: Scalar, size: number) => s.and(s.le(s.int(0), p), s.lt(p, s.int(size)));
  const inside = s.and(within(y, height), within(x, width));
  const pixel = s.load(0, "f32", s.add(s.mul(y, s.int(width)), x));
  const value = s.select(inside, pixel, s.const(0));
  return {
    name: `padding of [${height},${width}]`,
    kernel: loop({
      outer: shape,
      outerStores: [{ slot: 1, index: position(shape, [0, 1]), value }],
    }),
    slots: [randomFloats([height, width], 8), zeros("f32", shape)],
  };
}

/** Each element of a row that is flattened, cut and read backwards. */
function folded(count: number): KernelCase {
  const i = s.axis(0, count);
  const row = s.div(i, s.int(7));
  const column = s.rem(i, s.int(7));
  const backwards = s.sub(s.int(count - 1), s.add(s.mul(row, s.int(7)), column));
  const value = s.add(s.load(0, "f32", backwards), s.cast(column, "f32"));
  return {
    name: `${count} elements by quotient and remainder`,
    kernel: loop({ outer: [count], outerStores: [{ slot: 1, index: i, value }] }),
    slots: [randomFloats([count], 9), zeros("f32", [count])],
  };
}

/** Rows chosen by an index that is itself read. */
function gathering(rows: number, columns: number): KernelCase {
  const chosen = Array.from({ length: 9 }, (_, i) => (i * 5 + 2) % rows);
  const row = at(1, [9], { axes: [0], type: "i32" });
  const value = s.load(0, "f32", s.add(s.mul(row, s.int(columns)), s.axis(1, columns)));
  const along = s.load(0, "f32", s.add(s.mul(s.int(columns), s.axis(1, columns)), row));
  const square = rows === columns;
  return {
    name: `rows of [${rows},${columns}] by index`,
    kernel: loop({
      outer: [9, columns],
      outerStores: [{
        slot: 2,
        index: position([9, columns], [0, 1]),
        value: square ? s.add(value, along) : value,
      }],
    }),
    slots: [
      randomFloats([rows, columns], 10),
      integers([9], chosen),
      zeros("f32", [9, columns]),
    ],
  };
}

/** Several stores, one of which overwrites what the others read. */
function momentum(count: number): KernelCase {
  const [weight, velocity, gradient] = [0, 1, 2].map((slot) =>
    at(slot, [count], { axes: [0] })
  ) as [Scalar, Scalar, Scalar];
  const next = s.add(s.mul(velocity, s.const(0.9)), gradient);
  const index = s.axis(0, count);
  return {
    name: `momentum of ${count} weights in place`,
    kernel: loop({
      outer: [count],
      outerStores: [
        { slot: 1, index, value: next },
        { slot: 0, index, value: s.sub(weight, s.mul(next, s.const(0.1))) },
      ],
    }),
    slots: [1, 2, 3].map((seed) => randomFloats([count], seed)),
  };
}

/** The positions themselves, as numbers, and a comparison of them. */
function triangle(size: number): KernelCase {
  const [i, j] = [s.axis(0, size), s.axis(1, size)];
  const value = s.select(s.le(j, i), s.cast(s.sub(i, j), "f32"), s.const(-1));
  const index = position([size, size], [0, 1]);
  return {
    name: `lower triangle of [${size},${size}]`,
    kernel: loop({ outer: [size, size], outerStores: [{ slot: 0, index, value }] }),
    slots: [zeros("f32", [size, size])],
  };
}

/** An attention-like batched product with an epilogue that reads a row, a column and a scalar. */
function productWithEpilogue(
  sizes: { m: number; n: number; k: number; batch?: Shape; transposed?: string },
): KernelCase {
  const { m, n, k, batch = [], transposed = "" } = sizes;
  const shape = [...batch, m, n];
  const [row, column] = [batch.length, batch.length + 1];
  const bias = at(2, [n], { axes: [column] });
  const scale = at(3, [m], { axes: [row] });
  const value = s.max(s.add(s.mul(s.result(0, "f32"), scale), bias), s.const(0));
  const index = position(shape, axesOf(shape));
  return {
    name: `product of [${batch}|${m},${k}] and [${k},${n}]${transposed && ` (${transposed}ᵀ)`}`,
    kernel: product(sizes, [
      { slot: 4, index, value },
      { slot: 5, index, value: s.lt(s.const(0), value) },
    ]),
    slots: [
      randomFloats([...batch, m, k], 11),
      randomFloats([...batch, k, n], 12),
      randomFloats([n], 13),
      randomFloats([m], 14),
      zeros("f32", shape),
      zeros("bool", shape),
    ],
  };
}

/** Small kernels of odd sizes. */
export const kernelCases: readonly KernelCase[] = [
  ...[[1], [3], [4], [5], [64], [1000], [7, 9], [5, 1, 6], [3, 4, 5], [40, 66], [2, 130]]
    .map(biasedMap),
  ...([[3, 5], [8, 8], [33, 2], [1, 7]] as const).map(transposition),
  ...[[1, 1], [3, 2], [7, 10], [5, 16], [4, 17], [3, 61], [2, 200], [33, 4]]
    .map(([rows, columns]) => normalization(rows!, columns!)),
  ...[[5, 10], [9, 3], [2, 16], [3, 19], [1, 70], [4, 133]]
    .map(([rows, columns]) => softmax(rows!, columns!)),
  ...[[5, 3], [64, 10], [9, 128], [1, 37], [70, 1], [6, 45]]
    .map(([rows, columns]) => columnSum(rows!, columns!)),
  ...[0, 1, 3, 40].flatMap((count) => [80, 5].map((columns) => sharedSum(columns, count))),
  ...([[6, 5, 9], [9, 10, 70], [3, 1, 33], [64, 49, 128]] as const)
    .map(([rows, columns, chosen]) => chosenColumns(rows, columns, chosen)),
  ...([[2, 3, 4], [5, 9, 7], [3, 2, 40], [4, 33, 3]] as const).map(channelSum),
  ...[[1, 1], [4, 3], [6, 13]].map(([height, width]) => paddedRows(height!, width!)),
  ...[1, 7, 40, 95].map(folded),
  ...[[4, 6], [9, 9], [3, 33]].map(([rows, columns]) => gathering(rows!, columns!)),
  ...[3, 8, 67].map(momentum),
  ...[3, 9, 20].map(triangle),
  sharedParts(3, 5),
  ...[
    { m: 1, n: 1, k: 1 },
    { m: 5, n: 7, k: 3 },
    { m: 9, n: 8, k: 10, transposed: "a" },
    { m: 6, n: 21, k: 5, transposed: "b" },
    { m: 4, n: 5, k: 6, batch: [2, 3] },
    { m: 33, n: 17, k: 9, batch: [3], transposed: "ab" },
    { m: 3, n: 5, k: 0 },
  ].map(productWithEpilogue),
  ...([[1, 5, 3], [2, 9, 20], [9, 1, 4], [300, 6, 11]] as const).flatMap((sizes) =>
    [false, true].map((inPlace) => scatter(sizes, inPlace))
  ),
];

/** Sums at indices, half of which name few rows. In place, rows without terms are skipped. */
function scatter(
  [rows, columns, terms]: readonly [rows: number, columns: number, terms: number],
  inPlace = false,
): KernelCase {
  const shape = [rows, columns];
  const places = Int32Array.from({ length: terms }, (_, i) => i % 2 ? i % 7 : (i * 37) % rows);
  const index = position(shape, [0, 1]);
  const sum = s.result(0, "f32");
  return {
    name: `${terms} rows of ${columns} added to ${rows}${inPlace ? " in place" : ""}`,
    kernel: {
      kind: "scatter",
      label: "scatter",
      combine: "sum",
      type: "f32",
      rows,
      columns,
      terms,
      source: 0,
      indices: 1,
      stores: [{ slot: 2, index, value: inPlace ? s.add(s.load(2, "f32", index), sum) : sum }],
    },
    slots: [
      randomFloats([terms, columns], 8),
      { type: { dtype: "i32", shape: [terms] }, data: places },
      inPlace ? randomFloats(shape, 9) : zeros("f32", shape),
    ],
  };
}

/** Kernels large enough that threads share them. */
export const largeKernelCases: readonly KernelCase[] = [
  biasedMap([300, 1001]),
  biasedMap([500_000]),
  biasedMap([3, 100_003]),
  transposition([501, 700]),
  normalization(700, 401),
  softmax(20_000, 10),
  columnSum(500, 1003),
  columnSum(30_000, 10),
  channelSum([40, 33, 301]),
  folded(300_001),
  momentum(400_003),
  triangle(600),
  productWithEpilogue({ m: 130, n: 77, k: 90 }),
  productWithEpilogue({ m: 40, n: 33, k: 50, batch: [3, 4], transposed: "b" }),
  scatter([20_001, 33, 3000]),
  scatter([20_001, 33, 3000], true),
];

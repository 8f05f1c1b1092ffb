/** Cumulative sums, sorting, products, and scatters of tensors, with naive references. */
import { einsum, tensor, tensordot } from "../../autograd/mod.ts";
import type { Shape } from "../../graph/mod.ts";
import { at, positions, type RefTensor, tabulate } from "../reference/tensor.ts";
import { f32, i32, type OpCase, u32, values } from "./op_case.ts";
import { tensorCase } from "./tensor_case.ts";

type Numbers = readonly number[];

/** Applies a function from rows to rows of another length along an axis. */
function along(axis: number, fn: (row: Numbers) => Numbers) {
  return (x: RefTensor): RefTensor => {
    const a = axis < 0 ? axis + x.shape.length : axis;
    const row = (p: Numbers) =>
      Array.from({ length: x.shape[a]! }, (_, i) => at(x, p.toSpliced(a, 1, i)));
    const empty = Array.from({ length: x.shape[a]! }, () => 0);
    const length = fn(empty).length;
    return tabulate(
      x.shape.toSpliced(a, 1, length),
      (p) => fn(row(p))[p[a]!]!,
    );
  };
}

function scanned(join: (a: number, b: number) => number, neutral: number) {
  return (row: Numbers) => row.map((_, i) => row.slice(0, i + 1).reduce(join, neutral));
}
const sums = scanned((a, b) => a + b, 0);
const products = scanned((a, b) => a * b, 1);

const scanShapes: readonly (readonly [Shape, number])[] = [
  [[1], 0],
  [[0], 0],
  [[5], -1],
  [[16], 0],
  [[17], 0],
  [[2, 33], 1],
  [[33, 2], 0],
  [[2, 3, 4], 1],
  [[3, 0], 0],
  [[2, 300], -1],
];

const scans = scanShapes.flatMap(([shape, axis]) => {
  const terms = shape.at(axis)!;
  return [
    tensorCase("Tensor.cumsum", [shape], (x) => x.cumsum(axis), along(axis, sums), { terms }),
    tensorCase(
      "Tensor.cumprod",
      [f32(shape, { low: 0.9, high: 1.1 })],
      (x) => x.cumprod(axis),
      along(axis, products),
      { terms, derivative: terms > 100 ? "none" : "smooth" },
    ),
  ];
});

const otherScans = [
  tensorCase("Tensor.cumsum", [i32([3, 40], -9, 9)], (x) => x.cumsum(1), along(1, sums)),
  tensorCase("Tensor.cumsum", [values(1, NaN, 2)], (x) => x.cumsum(0), along(0, sums), {
    derivative: "none",
  }),
  tensorCase("Tensor.cumprod", [values(2, 0, -1, 0, 3)], (x) => x.cumprod(0), along(0, products), {
    derivative: "smooth",
  }),
];

/** Positions of the sorted elements; NaN is larger than all, and equal elements keep their order. */
function sortedPlaces(row: Numbers, descending: boolean): number[] {
  const compare = (a: number, b: number) =>
    Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;
  return row.map((_, i) => i).sort((i, j) =>
    (descending ? compare(row[j]!, row[i]!) : compare(row[i]!, row[j]!)) || i - j
  );
}
const order = (descending: boolean, count?: number) => (row: Numbers) =>
  sortedPlaces(row, descending).slice(0, count);
const sorted = (descending: boolean, count?: number) => (row: Numbers) =>
  order(descending, count)(row).map((i) => row[i]!);

const sorts = ([[[1], 0], [[0], 0], [[7], -1], [[2, 33], 1], [[9, 2], 0]] as const).flatMap(
  ([shape, axis]) => {
    const distinct = f32(shape, { distinct: true, low: -0.0015 });
    const tied = i32(shape, -2, 3);
    const count = Math.min(2, shape[axis === -1 ? 0 : axis]!);
    return [
      tensorCase("Tensor.sort", [distinct], (x) => x.sort(axis).values, along(axis, sorted(false))),
      tensorCase(
        "Tensor.sort",
        [distinct],
        (x) => x.sort(axis, { descending: true }).values,
        along(axis, sorted(true)),
      ),
      tensorCase("Tensor.sort", [tied], (x) => x.sort(axis).indices, along(axis, order(false))),
      tensorCase(
        "Tensor.argsort",
        [tied],
        (x) => x.argsort(axis, { descending: true }),
        along(axis, order(true)),
      ),
      tensorCase(
        "Tensor.argsort",
        [u32(shape)],
        (x) => x.argsort(axis),
        along(axis, order(false)),
      ),
      tensorCase(
        "Tensor.topk",
        [distinct],
        (x) => x.topk(count, axis).values,
        along(axis, sorted(true, count)),
      ),
      tensorCase(
        "Tensor.topk",
        [tied],
        (x) => x.topk(count, axis, { largest: false }).indices,
        along(axis, order(false, count)),
      ),
    ];
  },
);

const notNumbers = values(3, NaN, -Infinity, 1, NaN, Infinity, 1);
const specialSorts = [false, true].flatMap((descending) => [
  tensorCase(
    "Tensor.sort",
    [notNumbers],
    (x) => x.sort(0, { descending }).values,
    along(0, sorted(descending)),
    { derivative: "none" },
  ),
  tensorCase(
    "Tensor.argsort",
    [notNumbers],
    (x) => x.argsort(0, { descending }),
    along(0, order(descending)),
    { derivative: "none" },
  ),
]);

/** Sums over all positions of all labels. */
function naiveEinsum(left: readonly string[], right: string) {
  return (...operands: readonly RefTensor[]): RefTensor => {
    const sizes = new Map<string, number>();
    left.forEach((part, i) =>
      [...part].forEach((label, axis) => {
        const size = operands[i]!.shape[axis]!;
        sizes.set(label, sizes.get(label) === undefined ? size : Math.max(sizes.get(label)!, size));
      })
    );
    const labels = [...sizes.keys()];
    const all = positions(labels.map((label) => sizes.get(label)!));
    return tabulate(
      [...right].map((label) => sizes.get(label)!),
      (p) =>
        all.filter((q) => [...right].every((label, i) => q[labels.indexOf(label)] === p[i]))
          .reduce((sum, q) =>
            sum + left.reduce((product, part, i) =>
              product * at(
                operands[i]!,
                [...part].map((label, axis) =>
                  Math.min(q[labels.indexOf(label)]!, operands[i]!.shape[axis]! - 1)
                ),
              ), 1), 0),
    );
  };
}

const equations: readonly (readonly [string, readonly Shape[]])[] = [
  ["ij,jk->ik", [[2, 3], [3, 4]]],
  ["ij,kj->ki", [[2, 3], [4, 3]]],
  ["i,i->", [[5], [5]]],
  ["i,j->ji", [[2], [3]]],
  ["ii->", [[3, 3]]],
  ["ii->i", [[3, 3]]],
  ["ij->ji", [[2, 3]]],
  ["ijk->j", [[2, 3, 4]]],
  ["bij,bjk->bik", [[2, 3, 4], [2, 4, 2]]],
  ["bhtc,bhsc->bhts", [[2, 2, 3, 4], [2, 2, 5, 4]]],
  ["ij,j->ij", [[2, 3], [3]]],
  ["ij,ij->", [[2, 3], [2, 3]]],
  ["iij,jk->ik", [[2, 2, 3], [3, 2]]],
  ["ij,jk->ik", [[2, 3], [1, 4]]],
  ["ij,k->i", [[2, 3], [4]]],
  ["ij,jk->ik", [[0, 3], [3, 2]]],
  ["ij,jk->ik", [[2, 0], [0, 3]]],
];

const einsums = equations.map(([equation, shapes]) => {
  const [left, right] = equation.split("->");
  return tensorCase(
    "einsum",
    shapes,
    (x, y) => shapes.length === 1 ? einsum(equation, x) : einsum(equation, x, y),
    (x, y) => naiveEinsum(left!.split(","), right!)(...shapes.length === 1 ? [x] : [x, y]),
    { terms: 16, derivative: "smooth" },
  );
});

const moreEinsums = [
  tensorCase(
    "einsum",
    [[2, 3], [3, 2]],
    (x, y) => einsum("ij,jk,kl->il", x, y, x),
    (x, y) => naiveEinsum(["ij", "jk", "kl"], "il")(x, y, x),
    { terms: 16, derivative: "smooth" },
  ),
  tensorCase(
    "einsum",
    [[2, 3, 4], [4, 2]],
    (x, y) => einsum("...j,jk", x, y),
    (x, y) => naiveEinsum(["abj", "jk"], "abk")(x, y),
    { terms: 4, derivative: "smooth" },
  ),
  tensorCase(
    "einsum",
    [[2, 1, 3], [4, 3]],
    (x, y) => einsum("...i,...i->...", x, y),
    (x, y) => naiveEinsum(["abi", "bi"], "ab")(x, y),
    { terms: 4, derivative: "smooth" },
  ),
  tensorCase(
    "einsum",
    [[2, 3], [3, 2]],
    (x, y) => einsum("ba,ac", x, y),
    (x, y) => naiveEinsum(["ba", "ac"], "bc")(x, y),
    { terms: 4, derivative: "smooth" },
  ),
  tensorCase(
    "einsum",
    [i32([2, 3], -4, 5), i32([3, 2], -4, 5)],
    (x, y) => einsum("ij,jk->ik", x, y),
    (x, y) => naiveEinsum(["ij", "jk"], "ik")(x, y),
  ),
  tensorCase(
    "tensordot",
    [[2, 3, 4], [3, 4, 2]],
    (x, y) => tensordot(x, y),
    (x, y) => naiveEinsum(["abc", "bcd"], "ad")(x, y),
    { terms: 12, derivative: "smooth" },
  ),
  tensorCase(
    "tensordot",
    [[2, 3], [4]],
    (x, y) => tensordot(x, y, 0),
    (x, y) => naiveEinsum(["ab", "c"], "abc")(x, y),
    { derivative: "smooth" },
  ),
  tensorCase("tensordot", [[2, 3, 4], [4, 2, 5]], (x, y) => tensordot(x, y, [[0, -1], [1, 0]]), (
    x,
    y,
  ) => naiveEinsum(["abc", "cad"], "bd")(x, y), { terms: 8, derivative: "smooth" }),
  tensorCase("Tensor.outer", [[3], [4]], (x, y) => x.outer(y), naiveEinsum(["i", "j"], "ij"), {
    derivative: "smooth",
  }),
];

const products1d = ([
  [[3], [3], ["j", "j"], ""],
  [[2, 3], [3], ["ij", "j"], "i"],
  [[3], [3, 4], ["j", "jk"], "k"],
  [[2, 5, 3], [3], ["bij", "j"], "bi"],
  [[3], [2, 3, 4], ["j", "bjk"], "bk"],
  [[5, 3], [2, 3, 4], ["ij", "bjk"], "bik"],
] as const).map(([a, b, left, right]) =>
  tensorCase("Tensor.matmul", [a, b], (x, y) => x.matmul(y), naiveEinsum(left, right), {
    terms: 3,
    derivative: "smooth",
  })
);

type Combine = (own: number, placed: Numbers) => number;

/** Combines each element with those that an index places there. */
function scattered(axis: number, indices: (p: Numbers) => number, combine: Combine) {
  return (x: RefTensor, source: RefTensor): RefTensor =>
    tabulate(x.shape, (p) => {
      const placed = Array.from({ length: source.shape[axis]! }, (_, j) => p.toSpliced(axis, 1, j))
        .filter((q) => indices(q) === p[axis]).map((q) => at(source, q));
      return combine(at(x, p), placed);
    });
}

const replace: Combine = (own, placed) => placed.at(-1) ?? own;
const add: Combine = (own, placed) => placed.reduce((a, b) => a + b, own);

/** Some positions twice, and some out of range. */
const placeOf = (p: Numbers) => (p.reduce((a, b) => 3 * a + b, 1) * 5) % 7 - 1;

const layouts: readonly (readonly [Shape, Shape, number])[] = [
  [[5], [3], 0],
  [[4, 3], [7, 3], 0],
  [[2, 5], [2, 4], 1],
  [[3, 2], [0, 2], 0],
  [[1], [5], 0],
];

const scatters = layouts.flatMap(([shape, sourceShape, axis]) => {
  const places = Int32Array.from(positions(sourceShape), placeOf);
  const indices = tensor(places, sourceShape);
  return [
    tensorCase(
      "Tensor.scatter",
      [shape, sourceShape],
      (x, y) => x.scatter(axis, indices, y),
      scattered(axis, placeOf, replace),
    ),
    tensorCase(
      "Tensor.takeAlongAxis",
      [shape],
      (x) => x.takeAlongAxis(indices, axis),
      (x) =>
        tabulate(sourceShape, (p) => {
          const place = Math.min(Math.max(placeOf(p), 0), shape[axis]! - 1);
          return at(x, p.toSpliced(axis, 1, place));
        }),
    ),
    tensorCase(
      "Tensor.scatterAdd",
      [shape, sourceShape],
      (x, y) => x.scatterAdd(axis, indices, y),
      scattered(axis, placeOf, add),
    ),
  ];
});

const slices = ([
  [[5], [3], 0],
  [[4, 3], [7, 3], 0],
  [[2, 5], [2, 4], 1],
  [[3, 2], [0, 2], 0],
  [[2, 3, 4], [2, 6, 4], -2],
  [[2, 3, 4], [2, 3, 1], 2],
  [[1], [5], 0],
  [[17, 33], [9, 33], 0],
] as const).map(([shape, sourceShape, axis]) => {
  const at = (axis + shape.length) % shape.length;
  const placeOf = (p: Numbers) => (p[at]! * 5) % 7 - 1;
  const places = Int32Array.from({ length: sourceShape[at]! }, (_, i) => (i * 5) % 7 - 1);
  return tensorCase(
    "Tensor.indexAdd",
    [shape, sourceShape],
    (x, y) => x.indexAdd(axis, tensor(places, [places.length]), y),
    scattered(at, placeOf, add),
  );
});

/** Cases of algorithms on tensors. */
export const tensorAlgorithmCases: readonly OpCase[] = [
  ...scans,
  ...otherScans,
  ...sorts,
  ...specialSorts,
  ...einsums,
  ...moreEinsums,
  ...products1d,
  ...scatters,
  ...slices,
];

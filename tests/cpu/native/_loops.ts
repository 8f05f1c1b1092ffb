/** Random loop kernels: chains, sums along columns, and sums along rows, of random expressions. */
import { type Kernel, s, type Scalar, type Shape } from "../../../graph/mod.ts";
import { at, integers, loop, position, type SlotData, zeros } from "../../gpu/_plans.ts";
import { randomFloats } from "../../gpu/_random.ts";

/** The choices of a case. */
export interface Random {
  readonly whole: (least: number, most: number) => number;
  readonly one: <T>(choices: readonly T[]) => T;
}

const unary: readonly ((x: Scalar) => Scalar)[] = [
  (x) => s.neg(x),
  (x) => s.abs(x),
  (x) => s.sqrt(s.abs(x)),
  (x) => s.exp(x),
  (x) => s.log(s.add(s.abs(x), s.const(0.5))),
  (x) => s.tanh(x),
  (x) => s.floor(x),
  (x) => s.round(x),
  (x) => s.erf(x),
  (x) => s.pow(x, s.const(2)),
  (x) => s.pow(s.add(s.abs(x), s.const(1)), s.const(-1)),
  (x) => s.max(x, s.const(0)),
  (x) => s.min(s.const(1.5), x),
  (x) => s.cast(s.cast(s.mul(x, s.const(9)), "i32"), "f32"),
  (x) => s.select(s.not(s.lt(x, s.const(0.25))), x, s.const(-1)),
];

const binary: readonly ((x: Scalar, y: Scalar) => Scalar)[] = [
  (x, y) => s.add(x, y),
  (x, y) => s.sub(x, y),
  (x, y) => s.mul(x, y),
  (x, y) => s.div(x, s.add(s.abs(y), s.const(0.5))),
  (x, y) => s.select(s.le(x, y), y, x),
  (x, y) => s.select(s.or(s.lt(x, s.const(0)), s.eq(x, y)), x, s.mul(y, s.const(3))),
  (x, y) => s.max(x, y),
  (x, y) => s.min(y, x),
];

/** An expression of some leaves. */
export function expression(
  { whole, one }: Random,
  leaves: readonly (() => Scalar)[],
  depth: number,
): Scalar {
  const inner = (): Scalar => expression({ whole, one }, leaves, depth - 1);
  switch (depth === 0 ? 0 : whole(0, 5)) {
    case 0:
      return one(leaves)();
    case 1:
    case 2:
      return one(unary)(inner());
    default: {
      const x = inner();
      return one(binary)(x, whole(0, 4) === 0 ? x : inner());
    }
  }
}

/** The slots of a case while it is made. */
class Slots {
  readonly list: SlotData[] = [];

  add(data: SlotData): number {
    return this.list.push(data) - 1;
  }
}

/** Leaves over two axes of a kernel: vectors, elements, chosen and strided elements, positions. */
function leavesOf(
  random: Random,
  slots: Slots,
  { row, column, sizes: [rows, columns] }: {
    row: number;
    column: number;
    sizes: readonly [number, number];
  },
): (() => Scalar)[] {
  const { whole } = random;
  const seed = () => whole(1, 1e6);
  const [i, j] = [s.axis(row, rows), s.axis(column, columns)];
  const matrix = slots.add(randomFloats([rows, columns], seed()));
  const line = slots.add(randomFloats([columns], seed()));
  const side = slots.add(randomFloats([rows], seed()));
  const classes = random.one([1, 7, 8, 9, 16, 17, 40]);
  const narrow = slots.add(randomFloats([rows, classes], seed()));
  const chosen = slots.add(
    integers([columns], Array.from({ length: columns }, () => whole(0, classes - 1))),
  );
  const diagonal = slots.add(randomFloats([columns, 3], seed()));
  const choice = s.max(
    s.min(s.load(chosen, "i32", j), s.int(classes - 1)),
    s.int(0),
  );
  const sizes = [rows, columns];
  return [
    () => at(matrix, sizes, { axes: [row, column], sizes }),
    () => at(line, [columns], { axes: [column], sizes: [columns] }),
    () => at(side, [rows], { axes: [row], sizes: [rows] }),
    () => s.load(narrow, "f32", s.add(s.mul(i, s.int(classes)), choice)),
    () => s.load(diagonal, "f32", s.add(s.mul(j, s.int(3)), s.int(2))),
    () => s.cast(s.sub(i, j), "f32"),
    () => s.select(s.eq(i, j), s.const(2), s.const(-0.5)),
    () => s.const(whole(-8, 8) / 4),
  ];
}

/** Elements from one place to the next in memory: [rows, columns]. */
function chain(random: Random): { kernel: Kernel; slots: SlotData[] } {
  const { whole, one } = random;
  const sizes = [one([1, 1, whole(1, 4)]), whole(1, one([70, 200, 600]))] as const;
  const slots = new Slots();
  const leaves = leavesOf(random, slots, { row: 0, column: 1, sizes });
  const stores = Array.from({ length: whole(1, 3) }, () => {
    const value = expression(random, leaves, whole(1, 5));
    return { value, slot: slots.add(zeros("f32", sizes)), index: position(sizes, [0, 1]) };
  });
  const mask = s.lt(expression(random, leaves, 2), s.const(0));
  stores.push({
    value: mask,
    slot: slots.add(zeros("bool", sizes)),
    index: position(sizes, [0, 1]),
  });
  return { kernel: loop({ outer: sizes, outerStores: stores }), slots: slots.list };
}

/** Sums along columns, of which some use earlier ones. */
function columns(random: Random): { kernel: Kernel; slots: SlotData[] } {
  const { whole, one } = random;
  const [wide, high] = [whole(1, one([70, 200, 600])), whole(0, one([5, 40]))];
  const slots = new Slots();
  const place = { row: 1, column: 0, sizes: [high, wide] as const };
  const leaves = leavesOf(random, slots, place);
  const reductions = Array.from({ length: whole(1, 4) }, (_, i) => {
    const own = i > 0 && whole(0, 2) === 0 ? [...leaves, () => s.result(i - 1, "f32")] : leaves;
    const combine = one(["sum", "sum", "sum", "prod", "max", "min"] as const);
    return { combine, value: expression(random, own, whole(0, 3)) };
  });
  const outside = [
    ...reductions.map((_, i) => () => s.result(i, "f32")),
    () => s.const(0.5),
    () => s.cast(s.axis(0, wide), "f32"),
  ];
  const outerStores = Array.from({ length: whole(1, 3) }, () => ({
    value: expression(random, outside, whole(0, 3)),
    slot: slots.add(zeros("f32", [wide])),
    index: s.axis(0, wide),
  }));
  return {
    kernel: loop({ outer: [wide], inner: [high], reductions, outerStores }),
    slots: slots.list,
  };
}

/** Random numbers, of which some are zeros of either sign, infinities, or not numbers. */
function specialFloats({ whole, one }: Random, shape: Shape): SlotData {
  const floats = randomFloats(shape, whole(1, 1e6));
  const special = one([[], [0, -0], [0, -0, Infinity, -Infinity], [0, -0, NaN]]);
  if (special.length === 0) return floats;
  const data = Float32Array.from(floats.data, (x) => whole(0, 9) === 0 ? one(special) : x);
  return { ...floats, data };
}

/** Sums along rows, then the rows themselves, as in a normalization or softmax. */
function rows(random: Random): { kernel: Kernel; slots: SlotData[] } {
  const { whole, one } = random;
  const wide = one([whole(1, 200), 16 * whole(1, 20), 32 * whole(1, 9)]);
  const sizes: Shape = [whole(1, 3), whole(0, 5), wide];
  const slots = new Slots();
  const x = slots.add(specialFloats(random, sizes));
  const side = slots.add(randomFloats([sizes[0]!], whole(1, 1e6)));
  const strides = [sizes[1]! * wide, wide, 1];
  const index = [0, 1, 2].map((axis) => s.mul(s.axis(axis, sizes[axis]!), s.int(strides[axis]!)))
    .reduce(s.add);
  const leaves = [
    () => s.load(x, "f32", index),
    () => s.load(side, "f32", s.axis(0, sizes[0]!)),
    () => s.const(0.75),
  ];
  const reductions = Array.from({ length: whole(1, 3) }, (_, i) => {
    const own = i > 0 ? [...leaves, () => s.result(i - 1, "f32")] : leaves;
    const combine = one(["sum", "sum", "prod", "max", "min"] as const);
    return { combine, value: expression(random, own, 3) };
  });
  const after = [...leaves, () => s.result(reductions.length - 1, "f32")];
  // An exponential that the last sum and a store share, as in softmax.
  if (whole(0, 2) === 0) {
    const shared = s.exp(expression(random, [...leaves, () => s.result(0, "f32")], 2));
    reductions.push({ combine: "sum", value: shared });
    const total = s.result(reductions.length - 1, "f32");
    after.splice(0, Infinity, () => shared, () => total);
  }
  const innerStores = Array.from({ length: whole(0, 2) }, () => ({
    value: expression(random, after, whole(1, 4)),
    slot: slots.add(zeros("f32", sizes)),
    index,
  }));
  const outerStores = [{
    value: s.result(0, "f32"),
    slot: slots.add(zeros("f32", [sizes[0]!])),
    index: s.axis(0, sizes[0]!),
  }];
  const [outer, ...inner] = sizes as [number, number, number];
  return {
    kernel: loop({ outer: [outer], inner, reductions, outerStores, innerStores }),
    slots: slots.list,
  };
}

/** The kinds of loop kernels. */
export const loopKinds = { chain, columns, rows } as const;

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  dependsOnAxis,
  linearIndex,
  positionOf,
  rangeOf,
  s,
  type Scalar,
  scalarRewriter,
  ScalarTable,
  strideAlong,
  visitScalars,
} from "../../graph/mod.ts";
import { compileScalar } from "../../graph/interpret/scalar.ts";
import { scalarText } from "../support/scalar_text.ts";

const sizes = [4, 6, 5];
const [a0, a1, a2] = sizes.map((size, axis) => s.axis(axis, size)) as [Scalar, Scalar, Scalar];

/** The value at a position of the axes. */
function valueAt(scalar: Scalar, position: readonly number[]): number {
  const coords = Int32Array.from(position);
  return compileScalar(scalar, { coords, elementsOf: () => [] })();
}

function* allPositions(): Generator<[number, number, number]> {
  for (let i = 0; i < sizes[0]!; i++) {
    for (let j = 0; j < sizes[1]!; j++) {
      for (let k = 0; k < sizes[2]!; k++) yield [i, j, k];
    }
  }
}

Deno.test("index arithmetic comes out as plain as it can be", () => {
  const whole = s.add(s.mul(a0, s.int(6)), a1); // row-major index of [4, 6]
  const table: [Scalar, string][] = [
    [s.add(s.int(2), s.int(3)), "5"],
    [s.add(a0, s.int(0)), "a0"],
    [s.sub(a0, s.int(0)), "a0"],
    [s.mul(a0, s.int(1)), "a0"],
    [s.mul(a0, s.int(0)), "0"],
    [s.mul(s.mul(a0, s.int(3)), s.int(4)), "mul(a0, 12)"],
    [s.div(a0, s.int(1)), "a0"],
    [s.div(a0, s.int(4)), "0"],
    [s.rem(a0, s.int(4)), "a0"],
    [s.div(whole, s.int(6)), "a0"],
    [s.rem(whole, s.int(6)), "a1"],
    [s.div(whole, s.int(3)), "add(mul(a0, 2), div(a1, 3))"],
    [s.rem(whole, s.int(3)), "rem(a1, 3)"],
    [s.div(whole, s.int(12)), "div(a0, 2)"],
    [s.rem(whole, s.int(12)), "add(mul(rem(a0, 2), 6), a1)"],
    [s.div(whole, s.int(9)), "div(add(mul(a0, 6), a1), 9)"],
    [s.rem(s.mul(a0, s.int(6)), s.int(3)), "0"],
    [s.axis(7, 1), "0"],
    // a rest below zero is no rest: (6·a0 + (a1 − 3)) rem 6 is not a1 − 3
    [
      s.rem(s.add(s.mul(a0, s.int(6)), s.sub(a1, s.int(3))), s.int(6)),
      "rem(add(mul(a0, 6), sub(a1, 3)), 6)",
    ],
    [s.div(s.int(-7), s.int(2)), "-3"],
    [s.rem(s.int(-7), s.int(2)), "-1"],
    [s.add(s.int(2 ** 31 - 1), s.int(1)), "-2147483648"], // wraps, as on a device
    [s.mul(s.int(65537), s.int(65537)), "131073"],
    [s.shl(s.int(3), s.int(31)), "-2147483648"],
    [s.xor(s.int(6), s.int(-1)), "-7"],
  ];
  assertEquals(table.map(([scalar]) => scalarText(scalar)), table.map(([, text]) => text));
});

Deno.test("a folded integer is never -0", () => {
  const zeros = [
    s.rem(s.int(-4), s.int(2)),
    s.mul(s.int(-3), s.int(0)),
    s.div(s.int(-1), s.int(2)),
  ];
  for (const zero of zeros) assert(zero.op === "const" && Object.is(zero.value, 0));
});

Deno.test("comparisons that ranges decide are decided", () => {
  const table: [Scalar, string][] = [
    [s.lt(a0, s.int(4)), "true"],
    [s.lt(a0, s.int(0)), "false"],
    [s.lt(a0, s.int(3)), "lt(a0, 3)"],
    [s.le(a0, s.int(3)), "true"],
    [s.le(s.int(0), a0), "true"],
    [s.ge(a0, s.int(4)), "false"],
    [s.eq(a0, s.int(9)), "false"],
    [s.ne(a0, s.int(9)), "true"],
    [s.select(s.lt(a0, s.int(4)), a1, a2), "a1"],
    [s.and(s.le(s.int(0), a0), s.lt(a1, s.int(2))), "lt(a1, 2)"],
    [s.or(s.lt(a0, s.int(4)), s.lt(a1, s.int(2))), "true"],
  ];
  assertEquals(table.map(([scalar]) => scalarText(scalar)), table.map(([, text]) => text));
});

Deno.test("floats are left as they are written", () => {
  const x = s.load("x", "f32", a0);
  const table: [Scalar, string][] = [
    [s.mul(x, s.const(0)), "mul(x[a0], 0)"], // NaN · 0 is NaN
    [s.sub(x, x), "sub(x[a0], x[a0])"],
    [s.sub(x, s.const(0)), "sub(x[a0], 0)"],
    [s.add(s.const(0.1), s.const(0.2)), "add(0.1, 0.2)"],
    [s.div(x, s.const(3)), "div(x[a0], 3)"],
    [s.lt(x, s.const(Infinity)), "lt(x[a0], Infinity)"],
  ];
  assertEquals(table.map(([scalar]) => scalarText(scalar)), table.map(([, text]) => text));
});

Deno.test("adding a zero keeps the sign of the other one", () => {
  for (const zero of [0, -0]) {
    for (const sum of [s.add(s.const(zero), s.const(-0)), s.add(s.const(-0), s.const(zero))]) {
      assertEquals(Object.is(valueAt(sum, []), -0), Object.is(zero + -0, -0));
    }
  }
});

/** A random integer expression, and what it means without any simplification. */
interface Tree {
  readonly scalar: Scalar;
  value(position: readonly number[]): number;
}

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.integer({ min: 0, max: 2 }).map((axis): Tree => ({
    scalar: s.axis(axis, sizes[axis]!),
    value: (position) => position[axis]!,
  })),
  fc.integer({ min: -7, max: 12 }).map((literal): Tree => ({
    scalar: s.int(literal),
    value: () => literal,
  })),
);

type Numbers = (a: number, b: number) => number;
type Scalars = (a: Scalar, b: Scalar) => Scalar;

const binaries: readonly [Scalars, Numbers][] = [
  [s.add, (a, b) => (a + b) | 0],
  [s.sub, (a, b) => (a - b) | 0],
  [s.mul, Math.imul],
  [s.min, Math.min],
  [s.max, Math.max],
  [(a, b) => s.select(s.lt(a, b), a, s.int(5)), (a, b) => a < b ? a : 5],
  [(a, b) => s.select(s.le(a, b), s.int(-3), b), (a, b) => a <= b ? -3 : b],
  [(a, b) => s.select(s.eq(a, b), b, a), (_, b) => b],
  [(a, b) => s.select(s.ne(a, b), s.int(1), a), (a, b) => a !== b ? 1 : a],
];

function divided(tree: Tree, by: number, rest: boolean): Tree {
  return {
    scalar: (rest ? s.rem : s.div)(tree.scalar, s.int(by)),
    value: (position) => {
      const value = tree.value(position);
      return rest ? value % by | 0 : Math.trunc(value / by) | 0;
    },
  };
}

function joined(a: Tree, b: Tree, which: number): Tree {
  const [build, compute] = binaries[which % binaries.length]!;
  return {
    scalar: build(a.scalar, b.scalar),
    // `a` and `b` where the comparison says that they are equal: eq(a, b) ? b : a = a
    value: (position) => {
      const [x, y] = [a.value(position), b.value(position)];
      return build === binaries[7]![0] ? x : compute(x, y);
    },
  };
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.tuple(tie("tree"), tie("tree"), fc.nat(8)).map(([a, b, which]) => joined(a, b, which)),
    fc.tuple(tie("tree"), fc.constantFrom(1, 2, 3, 4, 5, 6, 12, 30), fc.boolean())
      .map(([a, by, rest]) => divided(a, by, rest)),
  ),
}));

/** a·c + b divided by a divisor of c: what reshapes and slices are made of. */
const split = fc.tuple(
  tree,
  tree,
  fc.constantFrom(2, 4, 6, 12),
  fc.constantFrom(1, 2),
  fc.boolean(),
)
  .map(([a, b, c, part, rest]) => {
    const scaled = joined(a, { scalar: s.int(c), value: () => c }, 2);
    return divided(joined(scaled, b, 0), c / part, rest);
  });

Deno.test("simplified expressions have the values of the plain ones, within their ranges", () => {
  fc.assert(
    fc.property(fc.oneof(tree, split), ({ scalar, value }) => {
      const [min, max] = rangeOf(scalar);
      for (const position of allPositions()) {
        const expected = value(position);
        assertEquals(valueAt(scalar, position) + 0, expected + 0, scalarText(scalar));
        assert(min <= expected && expected <= max, `${expected} is not in [${min}, ${max}]`);
      }
    }),
    { numRuns: 2000, seed: 20190515 },
  );
});

Deno.test("strideAlong() is the difference of neighbours, where it is a number", () => {
  fc.assert(
    fc.property(tree, fc.integer({ min: 0, max: 2 }), ({ scalar }, axis) => {
      const stride = strideAlong(scalar, axis);
      if (!dependsOnAxis(scalar, axis)) assertEquals(stride, 0);
      if (stride === undefined) return;
      for (const position of allPositions()) {
        if (position[axis]! + 1 >= sizes[axis]!) continue;
        const next = position.with(axis, position[axis]! + 1);
        const step = valueAt(scalar, next) - valueAt(scalar, position);
        assertEquals(step | 0, stride | 0, scalarText(scalar));
      }
    }),
    { numRuns: 2000, seed: 20190515 },
  );
});

Deno.test("strideAlong() sees through sums and literal factors and gives up on the rest", () => {
  const index = s.add(s.mul(s.add(s.mul(a0, s.int(6)), a1), s.int(5)), a2);
  assertEquals([0, 1, 2, 3].map((axis) => strideAlong(index, axis)), [30, 5, 1, 0]);
  assertEquals(strideAlong(s.sub(s.int(3), s.mul(a0, s.int(2))), 0), -2);
  assertEquals(strideAlong(s.rem(a0, s.int(3)), 0), undefined);
  assertEquals(strideAlong(s.rem(a0, s.int(3)), 1), 0);
  assertEquals(strideAlong(s.mul(a0, a0), 0), undefined);
  assertEquals(strideAlong(s.load("index", "i32", a0), 0), undefined);
});

Deno.test("positionOf() undoes linearIndex()", () => {
  const coords = [a0, a1, a2];
  const index = linearIndex(coords, sizes);
  assertEquals(scalarText(index), "add(add(mul(a0, 30), mul(a1, 5)), a2)");
  assertEquals(positionOf(index, sizes).map(scalarText), ["a0", "a1", "a2"]);
  assertEquals(positionOf(index, [24, 5]).map(scalarText), ["add(mul(a0, 6), a1)", "a2"]);
});

Deno.test("ScalarTable numbers equal expressions equally, and others differently", () => {
  const table = new ScalarTable();
  const x = (index: Scalar) => s.load("x", "f32", index);
  assert(table.equal(s.add(x(a0), x(a1)), s.add(x(s.axis(0, 4)), x(s.axis(1, 6)))));
  assert(!table.equal(x(a0), x(a1)));
  assert(!table.equal(x(a0), s.load("y", "f32", a0)));
  assert(!table.equal(s.const(0), s.const(-0)));
  assert(!table.equal(s.const(0), s.int(0)));
  assert(!table.equal(s.neg(x(a0)), s.abs(x(a0))));
});

Deno.test("scalarRewriter() replaces leaves and simplifies the index again", () => {
  const x = s.load("x", "f32", s.add(s.mul(a0, s.int(6)), a1));
  const rewrite = scalarRewriter((leaf) => leaf.op === "axis" ? s.int(leaf.axis + 1) : undefined);
  assertEquals(scalarText(rewrite(s.exp(x))), "exp(x[8])");
  const untouched = s.exp(s.load("x", "f32", s.int(0)));
  assert(rewrite(untouched) === untouched);
});

Deno.test("visitScalars() sees every part once, arguments first", () => {
  const x = s.load("x", "f32", a0);
  const seen: string[] = [];
  visitScalars([s.mul(x, x), x], (part) => seen.push(scalarText(part)));
  assertEquals(seen, ["a0", "x[a0]", "mul(x[a0], x[a0])"]);
});

Deno.test("axes of different sizes are different, however they are numbered", () => {
  const table = new ScalarTable();
  const [short, long] = [s.axis(0, 3), s.axis(0, 6)];
  assert(!table.equal(short, long));
  assert(!table.equal(s.mul(short, s.int(2)), s.mul(long, s.int(2))));
  assert(table.equal(s.mul(long, s.int(2)), s.mul(s.axis(0, 6), s.int(2))));
});

Deno.test("an integer divided by the literal 0 is itself, and its remainder 0", () => {
  for (const type of ["i32", "u32"] as const) {
    const zero = s.const(0, type);
    for (const x of [s.cast(a0, type), zero, s.const(7, type)]) {
      assertEquals(s.div(x, zero), x);
      assertEquals(s.rem(x, zero), zero);
    }
  }
});

Deno.test("integer arithmetic that wraps is not simplified as if it did not", () => {
  const axis = s.axis(0, 8);
  const large = s.mul(axis, s.int(2 ** 28)); // at most 7 · 2^28, below 2^31; twice that is not
  const sum = s.add(large, large);
  const table: readonly (readonly [Scalar, (x: number) => number])[] = [
    [s.div(sum, s.int(2 ** 28)), (x) => Math.trunc((x * 2 ** 29 | 0) / 2 ** 28)],
    [s.rem(s.add(sum, axis), s.int(2 ** 28)), (x) => (x * 2 ** 29 + x | 0) % 2 ** 28],
    [s.mul(s.mul(axis, s.int(2 ** 16)), s.int(2 ** 16)), () => 0],
    [s.mul(s.mul(axis, s.int(2 ** 16)), s.int(2 ** 15)), (x) => x * 2 ** 31 | 0],
  ];
  for (const [scalar, expected] of table) {
    for (let x = 0; x < 8; x++) assertEquals(valueAt(scalar, [x]), expected(x), scalarText(scalar));
  }
});

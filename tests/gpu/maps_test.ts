import { s, type Scalar } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";
import { assertAllClose } from "../support/close.ts";
import { gpuTest } from "./_adapter.ts";
import {
  assertSameAsReference,
  at,
  ELEMENTWISE,
  externalPlan,
  floats,
  integers,
  loop,
  position,
  runOn,
  zeros,
} from "./_plans.ts";

/** Values over many magnitudes and both signs, with the special places among them. */
function samples(count: number): number[] {
  const next = generator(7);
  const special = [0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1e-4, -1e-4, 0.625, 0.95, 5, -5];
  return Array.from(
    { length: count },
    (_, i) => special[i] ?? (next() - 0.5) * 10 ** (3 * next() - 1),
  );
}

const COUNTS = [64, 61]; // four at a time, and one at a time

interface FloatCase {
  readonly name: string;
  readonly value: (x: Scalar, y: Scalar) => Scalar;
  readonly map?: (x: number) => number;
  readonly absolute?: number;
  readonly relative?: number;
}

/** What the written-out functions promise, where nothing cancels. */
const relative = 2e-6;

const positive = (x: number) => Math.abs(x) + 1e-3;

const floatCases: readonly FloatCase[] = [
  { name: "add", value: s.add },
  { name: "sub", value: s.sub },
  { name: "mul", value: s.mul },
  { name: "div", value: s.div, map: positive },
  { name: "min", value: s.min },
  { name: "max", value: s.max },
  { name: "neg", value: s.neg },
  { name: "abs", value: s.abs },
  { name: "sqrt", value: s.sqrt, map: positive },
  { name: "exp", value: s.exp, map: (x) => x / 8, relative },
  { name: "log", value: s.log, map: positive, relative },
  { name: "log near 1", value: s.log, map: (x) => 1 + x * 1e-3, relative },
  { name: "sin", value: s.sin, absolute: 1e-5 },
  { name: "cos", value: s.cos, absolute: 1e-5 },
  ...[1e4, 1e6, 1e12, 1e30, 1e35].flatMap((size): FloatCase[] => [
    {
      name: `sin of angles of ${size}`,
      value: s.sin,
      map: (x) => Math.fround(x * size),
      absolute: 3e-7,
    },
    {
      name: `cos of angles of ${size}`,
      value: s.cos,
      map: (x) => Math.fround(x * size),
      absolute: 3e-7,
    },
  ]),
  { name: "tanh", value: s.tanh, relative },
  { name: "tanh near 0", value: s.tanh, map: (x) => x * 1e-4, relative },
  { name: "erf", value: s.erf, relative },
  { name: "erf near 0", value: s.erf, map: (x) => x * 1e-4, relative },
  { name: "1 − erf", value: (x) => s.sub(s.const(1), s.erf(x)), map: (x) => Math.min(x, 2.5) },
  { name: "1 + erf", value: (x) => s.add(s.erf(x), s.const(1)), map: (x) => Math.max(x, -2.5) },
  { name: "floor", value: s.floor },
  { name: "round", value: s.round },
  { name: "log1p", value: s.log1p, map: Math.abs, relative },
  { name: "log1p near 0", value: s.log1p, map: (x) => x * 1e-4, relative },
  { name: "expm1", value: s.expm1, relative },
  { name: "expm1 near 0", value: s.expm1, map: (x) => x * 1e-4, relative },
  { name: "atan2", value: s.atan2, relative },
  { name: "ceil", value: s.ceil },
  { name: "pow", value: s.pow, map: positive },
  { name: "pow of whole exponents", value: (x, y) => s.pow(x, s.floor(s.mul(y, s.const(0.01)))) },
  ...[0, 1, 2, 3, 7, -1, -2, 0.5, -0.5].map((exponent) => ({
    name: `pow(x, ${exponent})`,
    value: (x: Scalar) => s.pow(x, s.const(exponent)),
    ...(Number.isInteger(exponent) ? {} : { map: positive }),
  })),
  { name: "select", value: (x, y) => s.select(s.lt(x, y), s.add(x, y), s.mul(x, y)) },
];

for (const { name, value, map = (x: number) => x, ...tolerance } of floatCases) {
  gpuTest(`${name} of f32 equals float64`, async (gpu) => {
    for (const count of COUNTS) {
      const x = samples(count).map(map);
      const slots = [floats([count], x), floats([count], [...x].reverse()), zeros("f32", [count])];
      const load = (slot: number) => at(slot, [count], { axes: [0] });
      const kernel = loop({
        outer: [count],
        outerStores: [{ slot: 2, index: position([count], [0]), value: value(load(0), load(1)) }],
      });
      await assertSameAsReference(gpu, [[kernel]], {
        slots,
        tolerance: { ...ELEMENTWISE, ...tolerance },
        what: name,
      });
    }
  });
}

gpuTest("integer arithmetic wraps, truncates and shifts as in the scalar language", async (gpu) => {
  const operators = [s.add, s.sub, s.mul, s.div, s.rem, s.min, s.max, s.and, s.or, s.xor];
  for (const count of COUNTS) {
    const next = generator(3);
    const draw = () => Math.floor((next() - 0.5) * 2 ** (1 + 31 * next())) || 1;
    const a = Array.from({ length: count }, draw);
    const b = Array.from({ length: count }, draw);
    for (const type of ["i32", "u32"] as const) {
      const results = [...operators.map((operator) => operator), s.shl, s.shr, s.neg, s.abs];
      const slots = [
        integers([count], a),
        integers([count], b),
        ...results.map(() => zeros(type, [count])),
      ];
      const load = (slot: number) => s.bitcast(at(slot, [count], { axes: [0], type: "i32" }), type);
      const stores = results.map((operator, i) => {
        const isShift = operator === s.shl || operator === s.shr;
        const y = isShift ? s.and(load(1), s.bitcast(s.int(31), type)) : load(1);
        const value = operator === s.abs && type === "u32" ? load(0) : operator(load(0), y);
        return { slot: i + 2, index: position([count], [0]), value };
      });
      for (const store of stores) {
        await assertSameAsReference(gpu, [[loop({ outer: [count], outerStores: [store] })]], {
          slots,
          tolerance: { relative: 0, absolute: 0 },
          what: `${type} operator ${store.slot - 2}`,
        });
      }
    }
  }
});

gpuTest("comparisons, logic and casts give 0 and 1, and the other types", async (gpu) => {
  for (const count of COUNTS) {
    const x = samples(count).map((v, i) => i % 5 === 0 ? 1 : v);
    const slots = [
      floats([count], x),
      floats([count], [...x].reverse()),
      ...["bool", "bool", "bool", "bool", "bool", "f32", "i32", "u32", "bool"].map((dtype) =>
        zeros(dtype === "bool" || dtype === "f32" || dtype === "i32" ? dtype : "u32", [count])
      ),
    ];
    const [a, b] = [0, 1].map((slot) => at(slot, [count], { axes: [0] })) as [Scalar, Scalar];
    const less = s.lt(a, b);
    const values = [
      less,
      s.le(a, b),
      s.or(s.eq(a, b), s.not(less)),
      s.xor(s.ne(a, b), less),
      s.and(less, s.gt(a, s.const(0))),
      s.cast(less, "f32"),
      s.cast(a, "i32"),
      s.cast(s.abs(a), "u32"),
      s.cast(a, "bool"),
    ];
    const outerStores = values.map((value, i) => ({
      slot: i + 2,
      index: position([count], [0]),
      value,
    }));
    await assertSameAsReference(gpu, [[loop({ outer: [count], outerStores })]], {
      slots,
      tolerance: { relative: 0, absolute: 0 },
    });
  }
});

gpuTest("u8 and bool slots are read element by element and four at a time", async (gpu) => {
  for (const count of COUNTS) {
    const bytes = Uint8Array.from({ length: count }, (_, i) => (i * 37) % 256);
    const flags = bytes.map((value) => value & 1);
    const slots = [
      { type: { dtype: "u8", shape: [count] }, data: bytes } as const,
      { type: { dtype: "bool", shape: [count] }, data: flags } as const,
      zeros("f32", [count]),
    ];
    const value = s.select(
      at(1, [count], { axes: [0], type: "bool" }),
      s.cast(at(0, [count], { axes: [0], type: "i32" }), "f32"),
      s.const(-1),
    );
    const outerStores = [{ slot: 2, index: position([count], [0]), value }];
    await assertSameAsReference(gpu, [[loop({ outer: [count], outerStores })]], {
      slots,
      tolerance: { relative: 0, absolute: 0 },
    });
  }
});

gpuTest("NaN passes through arithmetic, min, max and the elementary functions", async (gpu) => {
  const functions: readonly ((x: Scalar) => Scalar)[] = [
    (x) => s.max(x, s.const(0)),
    (x) => s.max(s.const(0), x),
    (x) => s.min(x, s.const(0)),
    s.exp,
    s.log,
    s.sin,
    s.cos,
    s.tanh,
    s.erf,
    (x) => s.add(s.const(1), s.erf(x)),
    s.sqrt,
    (x) => s.pow(x, s.const(2)),
    (x) => s.pow(x, s.const(1.5)),
    s.neg,
    (x) => s.select(s.ne(x, x), x, s.const(7)),
    (x) => s.select(s.eq(x, x), s.const(7), x),
  ];
  for (const count of [8, 3]) {
    const data = Array.from({ length: count }, () => NaN);
    const slots = [floats([count], data), ...functions.map(() => zeros("f32", [count]))];
    const outerStores = functions.map((apply, i) => ({
      slot: i + 1,
      index: position([count], [0]),
      value: apply(at(0, [count], { axes: [0] })),
    }));
    const plan = externalPlan([[loop({ outer: [count], outerStores })]], slots);
    const results = await runOn(gpu, plan, slots);
    results.forEach((result, i) => {
      assertAllClose(result, data, { relative: 0, absolute: 0 }, `function ${i - 1} of NaN`);
    });
  }
});

gpuTest("large arguments saturate, overflow and keep their sign", async (gpu) => {
  const x = [200, -200, 100, -100, 1000, -1000, Infinity, -Infinity];
  const functions = [
    s.exp,
    s.tanh,
    s.erf,
    (v: Scalar) => s.log(s.abs(v)),
    s.neg,
    (v: Scalar) => s.max(v, s.const(-Infinity)),
  ];
  const slots = [floats([8], x), ...functions.map(() => zeros("f32", [8]))];
  const outerStores = functions.map((apply, i) => ({
    slot: i + 1,
    index: position([8], [0]),
    value: apply(at(0, [8], { axes: [0] })),
  }));
  const results = await runOn(
    gpu,
    externalPlan([[loop({ outer: [8], outerStores })]], slots),
    slots,
  );
  const expected = [
    x.map((v) => v > 0 ? Infinity : 0), // float32 overflows where float64 does not
    x.map(Math.sign),
    x.map(Math.sign),
    x.map((v) => Math.log(Math.abs(v))),
    x.map((v) => -v),
    x,
  ];
  expected.forEach((values, i) =>
    assertAllClose(results[i + 1]!, values, { relative: 1e-6, absolute: 1e-43 }, `function ${i}`)
  );
});

gpuTest("the tails of 1 ± erf keep their relative accuracy", async (gpu) => {
  // erfc by its continued fraction, good to float64 for x ≥ 2.
  const erfc = (x: number): number => {
    let fraction = x;
    for (let n = 200; n >= 1; n--) fraction = x + n / 2 / fraction;
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
  };
  const x = Array.from({ length: 64 }, (_, i) => Math.fround(2 + i / 10));
  const slots = [floats([64], x), zeros("f32", [64]), zeros("f32", [64])];
  const load = at(0, [64], { axes: [0] });
  const index = position([64], [0]);
  const outerStores = [
    { slot: 1, index, value: s.sub(s.const(1), s.erf(load)) },
    { slot: 2, index, value: s.add(s.const(1), s.erf(s.neg(load))) },
  ];
  const plan = externalPlan([[loop({ outer: [64], outerStores })]], slots);
  const [, upper, lower] = await runOn(gpu, plan, slots);
  const expected = x.map(erfc);
  for (const tail of [upper!, lower!]) {
    assertAllClose(tail, expected, { relative: 3e-6, absolute: 1e-37 }, "tail");
  }
});

gpuTest(
  "broadcast, transposed, strided and gathered operands are read where they lie",
  async (gpu) => {
    const [rows, columns] = [6, 8];
    const next = generator(5);
    const table = Array.from({ length: rows * columns }, () => next());
    const slots = [
      floats([rows, columns], table),
      floats([columns], table.slice(0, columns)),
      floats([columns, rows], table),
      integers([columns], [3, 0, 5, 1, 1, 2, 4, 0]),
      zeros("f32", [rows, columns]),
    ];
    const picked = s.load(3, "i32", s.axis(1, columns));
    const value = [
      at(0, [rows, columns], { axes: [0, 1] }),
      at(1, [columns], { axes: [1] }),
      at(2, [columns, rows], { axes: [1, 0] }),
      s.load(0, "f32", s.add(s.mul(picked, s.int(columns)), s.axis(1, columns))),
      s.load(0, "f32", s.sub(s.int(rows * columns - 1), position([rows, columns], [0, 1]))),
    ].reduce(s.add);
    const outerStores = [{ slot: 4, index: position([rows, columns], [0, 1]), value }];
    await assertSameAsReference(gpu, [[loop({ outer: [rows, columns], outerStores })]], {
      slots,
      tolerance: ELEMENTWISE,
    });
  },
);

gpuTest("a kernel updates a slot in place and stores what it was before", async (gpu) => {
  for (const count of COUNTS) {
    const slots = [floats([count], samples(count)), zeros("f32", [count])];
    const index = position([count], [0]);
    const old = at(0, [count], { axes: [0] });
    const outerStores = [
      { slot: 0, index, value: s.sub(old, s.mul(old, s.const(0.1))) },
      { slot: 1, index, value: old },
    ];
    await assertSameAsReference(gpu, [[loop({ outer: [count], outerStores })]], {
      slots,
      tolerance: ELEMENTWISE,
    });
  }
});

gpuTest("an elementwise kernel may have more workgroups than one dimension holds", async (gpu) => {
  const count = 65_536 * 64 + 1; // odd, so one element for each invocation
  const type = { dtype: "f32", shape: [count] } as const;
  const slots = [{ type, data: Float32Array.from({ length: count }, (_, i) => i % 97) }];
  const value = s.add(at(0, [count], { axes: [0] }), s.const(1));
  const outerStores = [{ slot: 0, index: position([count], [0]), value }];
  const plan = externalPlan([[loop({ outer: [count], outerStores })]], slots);
  const [result] = await runOn(gpu, plan, slots);
  const wrong = result!.findIndex((v: number, i: number) => v !== i % 97 + 1);
  assertAllClose([wrong], [-1], { relative: 0, absolute: 0 }, "first wrong element");
});

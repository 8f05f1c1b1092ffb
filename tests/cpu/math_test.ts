import { assertEquals } from "@std/assert";
import { s, type Scalar } from "../../graph/mod.ts";
import type { CpuBackend } from "../../cpu/mod.ts";
import { at, externalPlan, floats, loop, position, runOn, zeros } from "../gpu/_plans.ts";
import { erf } from "../reference/erf.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";
import { cpuTest } from "./_backend.ts";

/** Applies a scalar function of one or two operands to every element. */
async function mapOn(
  cpu: CpuBackend,
  value: (x: Scalar, y: Scalar) => Scalar,
  [x, y = x]: readonly (readonly number[])[],
): Promise<Float32Array> {
  const count = x!.length;
  const load = (slot: number) => at(slot, [count], { axes: [0] });
  const stores = [{ slot: 2, index: position([count], [0]), value: value(load(0), load(1)) }];
  const slots = [floats([count], x!), floats([count], y!), zeros("f32", [count])];
  const plan = externalPlan([[loop({ outer: [count], outerStores: stores })]], slots);
  const [, , result] = await runOn(cpu, plan, slots);
  return result as Float32Array;
}

/** f32 numbers between two ends, evenly spaced or by magnitude. */
function between(low: number, high: number, { byMagnitude = false } = {}): number[] {
  const next = generator(1);
  return Array.from({ length: 4099 }, () => {
    const t = next();
    return Math.fround(byMagnitude ? low * (high / low) ** t : low + (high - low) * t);
  });
}

/** Small and large ones, and those next to multiples of π/2, where nearly all digits cancel. */
const angles = [
  between(-10, 10),
  between(-1e4, 1e4),
  between(1e-30, 1, { byMagnitude: true }),
  between(1e4, 3.4e38, { byMagnitude: true }),
  between(1e5, 3.4e38, { byMagnitude: true }).map((x) => -x),
  Array.from({ length: 4096 }, (_, i) => Math.fround((i * i + 1) * 97 * Math.PI / 2)),
  Array.from({ length: 128 }, (_, e) => Math.min(2 ** e * 1.5, 3e38)),
  [16367173, 1e6, 999999.9375, 1000000.0625, 5.1532077e25, 3.4028234663852886e38].map(Math.fround),
];

/** The smallest normal f32: below it results have fewer digits. */
const TINY = 2 ** -126;

const functions: readonly {
  readonly name: string;
  readonly value: (x: Scalar) => Scalar;
  readonly expected: (x: number) => number;
  readonly ranges: readonly (readonly number[])[];
  /** Relative to the result; the smallest normal number replaces smaller ones. */
  readonly relative: number;
}[] = [
  {
    name: "exp",
    value: s.exp,
    expected: Math.exp,
    ranges: [between(-87, 88.7), between(-1, 1), between(1e-30, 1, { byMagnitude: true })],
    relative: 2e-7,
  },
  {
    name: "log",
    value: s.log,
    expected: Math.log,
    ranges: [
      between(1e-44, 3e38, { byMagnitude: true }),
      between(0.5, 2),
      between(0.999, 1.001),
    ],
    relative: 2e-7,
  },
  {
    name: "sin",
    value: s.sin,
    expected: Math.sin,
    ranges: angles,
    relative: 2e-7,
  },
  {
    name: "cos",
    value: s.cos,
    expected: Math.cos,
    ranges: angles,
    relative: 2e-7,
  },
  {
    name: "tanh",
    value: s.tanh,
    expected: Math.tanh,
    ranges: [between(-12, 12), between(-1, 1), between(1e-30, 1, { byMagnitude: true })],
    relative: 3e-7,
  },
  {
    name: "erf",
    value: s.erf,
    expected: erf,
    ranges: [between(-5, 5), between(-1, 1), between(1e-6, 1, { byMagnitude: true })],
    relative: 3e-7,
  },
  {
    name: "log1p",
    value: s.log1p,
    expected: Math.log1p,
    ranges: [
      between(-0.999, 3),
      between(1e-30, 1, { byMagnitude: true }),
      between(1e-30, 0.9, { byMagnitude: true }).map((x) => -x),
      between(1, 3e38, { byMagnitude: true }),
    ],
    relative: 5e-7,
  },
  {
    name: "expm1",
    value: s.expm1,
    expected: Math.expm1,
    ranges: [
      between(-20, 88.7),
      between(-1, 1),
      between(1e-30, 1, { byMagnitude: true }),
      between(1e-30, 1, { byMagnitude: true }).map((x) => -x),
    ],
    relative: 5e-7,
  },
  {
    name: "the arctangent",
    value: (x) => s.atan2(x, s.const(1)),
    expected: Math.atan,
    ranges: [between(-3, 3), between(1e-30, 1e30, { byMagnitude: true })],
    relative: 3e-7,
  },
  {
    name: "sqrt",
    value: s.sqrt,
    expected: Math.sqrt,
    ranges: [between(1e-38, 3e38, { byMagnitude: true })],
    relative: 6e-8,
  },
];

for (const { name, value, expected, ranges, relative } of functions) {
  for (const relaxedSimd of [true, false]) {
    cpuTest(`${name} of f32 has a relative error of at most ${relative}`, async (cpu) => {
      for (const x of ranges) {
        const actual = await mapOn(cpu, value, [x]);
        const tolerance = { relative, absolute: relative * TINY };
        assertAllClose(actual, x.map(expected), tolerance, `${name} on ${cpu.description}`);
      }
    }, { relaxedSimd, threads: 1 });
  }
}

cpuTest("powers of positive bases have a relative error of at most 1e-6", async (cpu) => {
  const x = between(1e-6, 1e6, { byMagnitude: true });
  const y = between(-6, 6).toReversed();
  const actual = await mapOn(cpu, s.pow, [x, y]);
  const tolerance = { relative: 1e-6, absolute: 1e-6 * TINY };
  assertAllClose(actual, x.map((base, i) => base ** y[i]!), tolerance, "pow");
});

cpuTest("angles follow the signs of zeros and infinities", async (cpu) => {
  const ends = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-45, -3e38];
  const [y, x] = [ends.flatMap((a) => ends.map(() => a)), ends.flatMap(() => ends)];
  const actual = await mapOn(cpu, s.atan2, [y, x]);
  const expected = y.map((a, i) => Math.atan2(Math.fround(a), Math.fround(x[i]!)));
  assertAllClose(actual, expected, { relative: 3e-7, absolute: 0 }, "atan2");
  expected.forEach((angle, i) => {
    if (angle === 0) assertEquals(Object.is(actual[i], angle), true, `${y[i]}, ${x[i]}`);
  });
});

cpuTest("powers of negative bases take their sign from whole exponents", async (cpu) => {
  const x = [-2, -2, -2, -2, -0.5, -3, -1, -1];
  const y = [3, 2, -3, 0, 5, -2, 1e7, 0.5];
  const actual = await mapOn(cpu, s.pow, [x, y]);
  assertAllClose(actual, x.map((base, i) => base ** y[i]!), { relative: 1e-6, absolute: 0 }, "pow");
});

const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-45, -1e-45, 1e30, -1e30, 88.8, -110];

const specialFunctions: readonly [string, (x: Scalar) => Scalar, (x: number) => number][] = [
  ["exp", s.exp, Math.exp],
  ["log", s.log, Math.log],
  ["tanh", s.tanh, Math.tanh],
  ["erf", s.erf, erf],
  ["sqrt", s.sqrt, Math.sqrt],
  ["log1p", s.log1p, Math.log1p],
  ["expm1", s.expm1, Math.expm1],
  ["atan", (x) => s.atan2(x, s.const(1)), Math.atan],
  ["floor", s.floor, Math.floor],
  ["ceil", s.ceil, Math.ceil],
  ["abs", s.abs, Math.abs],
  ["neg", s.neg, (x) => -x],
  ["max(x, 0)", (x) => s.max(x, s.const(0)), (x) => Math.max(x, 0)],
  ["max(0, x)", (x) => s.max(s.const(0), x), (x) => Math.max(x, 0)],
  ["min(x, 0)", (x) => s.min(x, s.const(0)), (x) => Math.min(x, 0)],
];

for (const [name, value, expected] of specialFunctions) {
  cpuTest(`${name} is right for zeros, infinities, NaN and the smallest numbers`, async (cpu) => {
    const x = special.map(Math.fround);
    const wanted = Float32Array.from(x, expected);
    const tolerance = { relative: 3e-7, absolute: 0 };
    assertAllClose(await mapOn(cpu, value, [x]), wanted, tolerance, name);
  });
}

cpuTest("odd functions keep the sign of zero", async (cpu) => {
  const odd = [s.sin, s.tanh, s.erf, s.sqrt, s.floor, s.round, s.log1p, s.expm1];
  for (const value of odd) {
    const [positive, negative] = await mapOn(cpu, value, [[0, -0]]);
    assertEquals([Object.is(positive, 0), Object.is(negative, -0)], [true, true]);
  }
});

cpuTest("sine and cosine of infinite angles are NaN, and of huge ones at most 1", async (cpu) => {
  for (const value of [s.sin, s.cos]) {
    const result = await mapOn(cpu, value, [[Infinity, -Infinity, NaN, 1e9, -3e38, 1e20]]);
    assertEquals([...result.subarray(0, 3)].every(Number.isNaN), true);
    assertEquals([...result.subarray(3)].every((y) => Math.abs(y) <= 1), true);
  }
});

cpuTest("powers of special bases and exponents follow IEEE 754", async (cpu) => {
  const bases = [0, -0, 1, 2, 0.5, Infinity, -Infinity, NaN, -2];
  const exponents = [0, 1, 2, 3, -1, -2, 0.5, -0.5, 300, -300];
  const pairs = bases.flatMap((x) => exponents.map((y) => [x, y] as const));
  const [x, y] = [pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1])];
  const wanted = Float32Array.from(x, (base, i) => base ** y[i]!);
  const tolerance = { relative: 1e-6, absolute: 0 };
  assertAllClose(await mapOn(cpu, s.pow, [x, y]), wanted, tolerance, "pow");
});

for (const exponent of [-1, 0, 0.5, 1, 2, 3, 4, -2]) {
  cpuTest(`x to the literal power ${exponent} is right for every x`, async (cpu) => {
    const x = [...special, ...between(-4, 4)].map(Math.fround);
    const actual = await mapOn(cpu, (base) => s.pow(base, s.const(exponent)), [x]);
    const wanted = Float32Array.from(x, (base) => base ** exponent);
    assertAllClose(actual, wanted, { relative: 1e-6, absolute: 2e-45 }, `pow ${exponent}`);
  });
}

cpuTest("the remainder of a float division is exact", async (cpu) => {
  const next = generator(3);
  const x = Array.from({ length: 999 }, () => Math.fround((next() - 0.5) * 1e4));
  const y = Array.from({ length: 999 }, () => Math.fround((next() - 0.5) * 10));
  x.push(5, -5, 0, Infinity, 1);
  y.push(Infinity, -Infinity, 3, 2, NaN);
  const wanted = Float32Array.from(x, (a, i) => a % y[i]!);
  assertAllClose(await mapOn(cpu, s.rem, [x, y]), wanted, { relative: 0, absolute: 0 }, "mod");
});

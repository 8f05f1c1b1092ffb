/** Kernels that need much of what machine code has, or more: those run as WebAssembly. */
import { assert } from "@std/assert";
import { compile, f32, i32 } from "../../../autograd/mod.ts";
import { openCpu } from "../../../cpu/mod.ts";
import { type Kernel, s, type Scalar } from "../../../graph/mod.ts";
import { at, loop, position, type SlotData, zeros } from "../../gpu/_plans.ts";
import { randomFloats } from "../../gpu/_random.ts";
import { type Layer, type Role, shapesOf, sizesOf } from "../_conv2d.ts";
import { assertSameBits, nativeTest, runKernel } from "./_native.ts";
import { programOf } from "./_sparse.ts";

interface Case {
  readonly kernel: Kernel;
  readonly slots: readonly SlotData[];
}

/** The rows of a matrix in slot 0 along a loop axis. All are needed once their sum is known. */
function held(count: number, axis: number, width: number): Scalar {
  const rows = Array.from(
    { length: count },
    (_, i) => s.load(0, "f32", s.add(s.axis(axis, width), s.int(i * width))),
  );
  return rows.reduce((total, x) => s.sub(x, total), rows.reduce(s.add));
}

/** Many values of a chain of elementwise functions. */
function elementwise(count: number, width: number): Case {
  const value = held(count, 0, width);
  const store = { slot: 2, index: s.axis(0, width), value };
  return {
    kernel: loop({ outer: [width], outerStores: [store] }),
    slots: [randomFloats([count, width], 1), randomFloats([width], 2), zeros("f32", [width])],
  };
}

/** Many values in each step of a sum along rows, or in the stores after it. */
function rows(count: number, width: number, where: "sum" | "stores"): Case {
  const x = s.load(1, "f32", s.axis(1, width));
  const value = held(count, 1, width);
  const sum = s.result(0, "f32");
  return {
    kernel: loop({
      outer: [1],
      inner: [width],
      reductions: [{ combine: "sum", value: where === "sum" ? value : s.exp(x) }],
      innerStores: [{
        slot: 2,
        index: s.axis(1, width),
        value: where === "sum" ? s.div(x, sum) : s.div(value, sum),
      }],
    }),
    slots: [randomFloats([count, width], 1), randomFloats([width], 2), zeros("f32", [width])],
  };
}

/** Sums along columns. The first of them are independent; each other one uses an earlier one. */
function columnSums(
  count: number,
  [high, wide]: readonly [number, number],
  independent = count,
): Case {
  const shape = [high, wide];
  const x = at(0, shape, { axes: [1, 0], sizes: [high, wide] });
  return {
    kernel: loop({
      outer: [wide],
      inner: [high],
      reductions: Array.from({ length: count }, (_, i) => ({
        combine: "sum" as const,
        value: s.mul(x, i < independent ? s.const(i + 0.5) : s.result(i - independent, "f32")),
      })),
      outerStores: Array.from({ length: count }, (_, i) => ({
        slot: 1,
        index: s.add(s.axis(0, wide), s.int(i * wide)),
        value: s.result(i, "f32"),
      })),
    }),
    slots: [randomFloats(shape, 3), zeros("f32", [count, wide])],
  };
}

/** Sums over many axes, of which no two are one: a part of each is left out. */
function nestedSums(axes: number): Case {
  const [size, outer] = [2, 70];
  const shape = [...Array.from({ length: axes }, () => size + 1), outer];
  const order = [...Array.from({ length: axes }, (_, i) => i + 1), 0];
  const sizes = [...Array.from({ length: axes }, () => size), outer];
  return {
    kernel: loop({
      outer: [outer],
      inner: sizes.slice(0, -1),
      reductions: [{ combine: "sum", value: at(0, shape, { axes: order, sizes }) }],
      outerStores: [{ slot: 1, index: s.axis(0, outer), value: s.result(0, "f32") }],
    }),
    slots: [randomFloats(shape, 4), zeros("f32", [outer])],
  };
}

const cases: Readonly<Record<string, Case>> = {
  "40 values at once": elementwise(40, 131),
  "100 values at once": elementwise(100, 131),
  "150 values at once": elementwise(150, 131),
  "150 values at once in a sum along rows": rows(150, 64, "sum"),
  "150 values at once in stores after a sum along rows": rows(150, 64, "stores"),
  "15 sums along columns at once": columnSums(15, [5, 70]),
  "16 sums along columns at once": columnSums(16, [5, 70]),
  "17 sums along columns at once": columnSums(17, [5, 70]),
  "32 sums along columns at once": columnSums(32, [5, 70]),
  "40 sums along columns at once": columnSums(40, [5, 70]),
  "30 sums along columns, of which 13 use others": columnSums(30, [5, 70], 17),
  "31 sums along columns, of which 1 uses another": columnSums(31, [5, 70], 30),
  "2 sums along the columns of a large matrix": columnSums(2, [530, 517]),
  "3 sums along the columns of a large matrix": columnSums(3, [530, 517]),
  "a sum over 3 axes": nestedSums(3),
  "a sum over 4 axes": nestedSums(4),
  "a sum over 6 axes": nestedSums(6),
};

for (const [name, { kernel, slots }] of Object.entries(cases)) {
  nativeTest(`${name} has the bits of WebAssembly`, async (native) => {
    const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
    for (const checked of [false, true]) {
      const actual = await runKernel(kernel, slots, { threads: 1, native, checked });
      assertSameBits(actual, expected, `checked ${checked}`);
    }
  });
}

for (const vectorBytes of [32, 64] as const) {
  Deno.test(`${vectorBytes} bytes: any number of sums along columns has native code`, async () => {
    for (
      const [count, independent] of [[14, 14], [15, 15], [17, 17], [31, 31], [40, 40], [30, 17]]
    ) {
      const { kernel, slots } = columnSums(count!, [5, 70], independent);
      const native = { vectorBytes, convention: "System V" } as const;
      const types = slots.map(({ type }) => type);
      const { nativeCode } = await programOf({ kernel, types }, { native });
      assert(nativeCode.length > 0, `${count} sums`);
    }
  });
}

/** Rows of a table by index, as they are or after a function. */
function chosenRows(columns: number, of: (x: Scalar) => Scalar): Parameters<typeof programOf>[0] {
  const [rows, count] = [1000, 30];
  const row = s.max(s.min(s.load(1, "i32", s.axis(0, count)), s.int(rows - 1)), s.int(0));
  const value = s.load(0, "f32", s.add(s.mul(row, s.int(columns)), s.axis(1, columns)));
  const index = position([count, columns], [0, 1]);
  return {
    kernel: loop({ outer: [count, columns], outerStores: [{ slot: 2, index, value: of(value) }] }),
    types: [f32([rows, columns]), i32([count]), f32([count, columns])],
  };
}

for (const vectorBytes of [32, 64] as const) {
  Deno.test(`${vectorBytes} bytes: rows have native code only if there is work for a call`, async () => {
    const native = { vectorBytes, convention: "System V" } as const;
    const isNative = async (columns: number, of: (x: Scalar) => Scalar): Promise<boolean> =>
      (await programOf(chosenRows(columns, of), { native })).nativeCode.length > 0;
    assert(!await isNative(64, (x) => x));
    assert(!await isNative(64, (x) => s.max(x, s.const(0))));
    assert(await isNative(64, (x) => s.exp(x)));
    assert(await isNative(1024, (x) => x));
  });
}

/** Layers with images, results, or frames of more than 2 GiB. */
const largeLayers: Readonly<Record<string, readonly [role: Role, layer: Layer]>> = {
  "the weight gradient of one large image": [
    "weightGradient",
    { images: [1, 8, 2 ** 13, 2 ** 13 + 16], outputs: 3, kernel: [1, 1] },
  ],
  "the weight gradient of a large result": [
    "weightGradient",
    { images: [1, 1, 2 ** 13, 2 ** 13 + 4], outputs: 12, kernel: [3, 3], padding: [1, 1] },
  ],
  "a convolution of far more zeros than pixels": [
    "forward",
    { images: [1, 8, 1, 4], outputs: 1, kernel: [1, 1], padding: [0, 2 ** 25] },
  ],
  "the input gradient of one large image": [
    "inputGradient",
    { images: [1, 3, 2 ** 13, 2 ** 13 + 4], outputs: 12, kernel: [3, 3], padding: [1, 1] },
  ],
};

for (const [name, [role, layer]] of Object.entries(largeLayers)) {
  for (const vectorBytes of [32, 64] as const) {
    Deno.test(`${vectorBytes} bytes: ${name} has native code`, async () => {
      const sizes = sizesOf(layer);
      const shapes = shapesOf(role, sizes);
      const [, , result] = shapes;
      const index = position(result, [0, 1, 2, 3]);
      const kernel: Kernel = {
        ...{ kind: "conv2d", label: "large", role, sizes, a: 0, b: 1 },
        stores: [{ slot: 2, index, value: s.result(0, "f32") }],
      };
      const native = { vectorBytes, convention: "System V" } as const;
      const { code, nativeCode } = await programOf({ kernel, types: shapes.map(f32) }, { native });
      assert(nativeCode.length > 0);
      assert(WebAssembly.validate(code));
    });
  }
}

/** The sum of a part of an array over all axes but the last. */
nativeTest("a compiled sum over 5 axes has the bits of WebAssembly", async (native) => {
  const shape = [3, 3, 3, 3, 3, 70] as const;
  const run = async (instructions: typeof native | "off") => {
    using backend = openCpu({ threads: 1, native: instructions });
    using program = await compile({ x: f32(shape) }, ({ x }) => {
      const part = x.slice([0, 1, 0, 1, 0, 0], [2, 2, 2, 2, 2, 70]);
      return { outputs: { out: part.sum([0, 1, 2, 3, 4]) } };
    }, { backend });
    program.run({ x: randomFloats(shape, 1).data });
    return [(await program.read()).out];
  };
  assertSameBits(await run(native), await run("off"), "out");
});

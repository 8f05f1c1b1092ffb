import { assert, assertEquals, assertRejects } from "@std/assert";
import { evaluate } from "../../autograd/mod.ts";
import { ConstantPool } from "../../cpu/runtime/constants.ts";
import { Heap } from "../../cpu/runtime/heap.ts";
import { CheckError, openCpu } from "../../cpu/mod.ts";
import { compileProgram } from "../../cpu/program.ts";
import { loadParts } from "../../cpu/program_parts.ts";
import * as op from "../../graph/mod.ts";
import {
  DeviceError,
  GraphError,
  type Kernel,
  s,
  type Scalar,
  type Shape,
} from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { at, externalPlan, loop, position, product, runOn, zeros } from "../gpu/_plans.ts";
import type { SlotData } from "../gpu/_plans.ts";
import { checkedCpuTest } from "./_backend.ts";
import { shapesOf, sizesOf } from "./_conv2d.ts";
import { programOf } from "./native/_sparse.ts";

/** What a violation must say. */
interface Expected {
  readonly slot: number;
  readonly index: number;
}

/** A kernel that does what it must not, over `f32` slots. */
interface Fault {
  readonly name: string;
  readonly kernel: Kernel;
  readonly slots: readonly SlotData[];
  readonly expected: Expected;
}

const f32 = (...shape: number[]): SlotData => zeros("f32", shape);

/** out[i] = value, for `count` positions. */
function map(count: number, value: Scalar, index: Scalar = s.axis(0, count)): Kernel {
  return loop({ outer: [count], outerStores: [{ slot: 1, index, value }] });
}

const identity = (slot: number, shape: number[]) => ({
  slot,
  index: position(shape, shape.map((_, axis) => axis)),
  value: s.result(0, "f32"),
});

const sizes = {
  n: 2,
  c: 3,
  h: 6,
  w: 7,
  o: 4,
  kernelHeight: 3,
  kernelWidth: 3,
  outHeight: 4,
  outWidth: 5,
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  groups: 1,
} as const;

const row = s.axis(0, 6);
const LARGE = 100_000; // shared among threads

const faults: readonly Fault[] = [
  {
    name: "a store behind its slot",
    kernel: map(5, s.const(1)),
    slots: [f32(1), f32(4)],
    expected: { slot: 1, index: 4 },
  },
  {
    name: "a store behind its slot on any thread",
    kernel: map(LARGE, s.exp(s.load(0, "f32", s.axis(0, LARGE)))),
    slots: [f32(LARGE), f32(LARGE - 1)],
    expected: { slot: 1, index: LARGE - 1 },
  },
  {
    name: "a store before its slot",
    kernel: map(5, s.const(1), s.sub(s.axis(0, 5), s.int(1))),
    slots: [f32(1), f32(5)],
    expected: { slot: 1, index: -1 },
  },
  {
    name: "a store far outside",
    kernel: map(5, s.const(1), s.mul(s.axis(0, 5), s.int(1000))),
    slots: [f32(1), f32(5)],
    expected: { slot: 1, index: 1000 },
  },
  {
    name: "an element that is used and not there",
    kernel: map(6, s.load(0, "f32", row)),
    slots: [f32(3), f32(6)],
    expected: { slot: 0, index: 3 },
  },
  {
    name: "an element that the wrong branch uses",
    kernel: map(6, s.select(s.lt(row, s.int(2)), s.const(0), s.load(0, "f32", row))),
    slots: [f32(3), f32(6)],
    expected: { slot: 0, index: 3 },
  },
  {
    name: "a sum over more elements than there are",
    kernel: loop({
      outer: [2],
      inner: [70],
      reductions: [{ combine: "sum", value: at(0, [2, 70], { axes: [0, 1] }) }],
      outerStores: [{ slot: 1, index: s.axis(0, 2), value: s.result(0, "f32") }],
    }),
    slots: [f32(139), f32(2)],
    expected: { slot: 0, index: 139 },
  },
  {
    name: "an index from memory that is not there",
    kernel: map(5, s.load(0, "f32", s.load(2, "i32", s.axis(0, 5)))),
    slots: [f32(3), f32(5), {
      type: { dtype: "i32", shape: [5] },
      data: Int32Array.of(0, 2, 1, -7, 0),
    }],
    expected: { slot: 0, index: -7 },
  },
  {
    name: "an operand of a product that is too small",
    kernel: product({ m: 40, n: 8, k: 8 }, [identity(2, [40, 8])]),
    slots: [f32(40, 8), f32(7, 8), f32(40, 8)],
    expected: { slot: 1, index: 56 },
  },
  {
    name: "an operand of a small product that is too small",
    kernel: product({ m: 3, n: 9, k: 5 }, [identity(2, [3, 9])]),
    slots: [f32(14), f32(5, 9), f32(3, 9)],
    expected: { slot: 0, index: 14 },
  },
  {
    name: "images that are too few",
    kernel: {
      kind: "conv2d",
      label: "conv",
      role: "forward",
      sizes,
      a: 0,
      b: 1,
      stores: [identity(2, [2, 4, 4, 5])],
    },
    slots: [f32(1, 3, 6, 7), f32(4, 3, 3, 3), f32(2, 4, 4, 5)],
    expected: { slot: 0, index: 126 },
  },
];

for (const { name, kernel, slots, expected } of faults) {
  Deno.test(`checked mode finds ${name}`, async () => {
    for (const options of [{ threads: 1 }, { threads: 2 }, { threads: 1, sharedMemory: false }]) {
      using cpu = openCpu({ ...options, checked: true });
      const plan = externalPlan([[kernel]], slots);
      const error = await assertRejects(() => runOn(cpu, plan, slots), CheckError);
      assertEquals(error.kernel, kernel.label);
      assertEquals(error.slot, `slot ${expected.slot}`);
      assertEquals(error.index, expected.index);
      for (
        const part of [kernel.label, `"slot ${expected.slot}"`, `${expected.index}`]
      ) {
        assert(error.message.includes(part), error.message);
      }
      const right = externalPlan([[map(4, s.const(1))]], [f32(1), f32(4)]);
      const [, after] = await runOn(cpu, right, [f32(1), f32(4)]); // the backend still works
      assertEquals(after, Float32Array.of(1, 1, 1, 1));
      assertEquals(cpu.memory().liveBuffers, 0);
    }
  });
}

checkedCpuTest("elements that no branch uses may be out of bounds", async (cpu) => {
  const x = { type: f32(3).type, data: Float32Array.of(1, 2, 3) };
  const value = s.select(s.lt(row, s.int(3)), s.load(0, "f32", row), s.const(9));
  const shifted = s.select(
    s.lt(row, s.int(3)),
    s.const(9),
    s.load(0, "f32", s.sub(row, s.int(3))),
  );
  for (const [part, expected] of [[value, [1, 2, 3, 9, 9, 9]], [shifted, [9, 9, 9, 1, 2, 3]]]) {
    const [, out] = await runOn(cpu, externalPlan([[map(6, part as Scalar)]], [x, f32(6)]), [
      x,
      f32(6),
    ]);
    assertEquals([...out!], expected);
  }
});

checkedCpuTest(
  "sums and products that are split into blocks pass all checks",
  async (cpu) => {
    const ones = (...shape: number[]) => op.full(1, shape);
    const sums = [
      op.reduceSum(ones(2, 9001), [1]),
      op.reduceSum(ones(9001, 3), [0]),
      op.reduceSum(op.exp(ones(37, 250, 3)), [0, 1]),
      op.matmul(ones(3, 2050), ones(2050, 9)),
      op.matmul(ones(40, 1023), op.transpose(ones(17, 1023))),
    ];
    const expected = op.interpret(sums);
    const values = await evaluate(sums.map((node) => ({ node })), { backend: cpu });
    values.forEach((value, i) => {
      assertAllClose(value, expected.get(sums[i]!)!, { relative: 1e-5, absolute: 0 }, `sum ${i}`);
    });
  },
);

Deno.test("code without checks contains none", async () => {
  const { kernel, slots } = faults.find(({ name }) => name === "images that are too few")!;
  const plan = externalPlan([[kernel]], slots);
  const namesOf = async (checked: boolean): Promise<string> => {
    const target = { shared: false, threads: 1, fused: false, mainMaySleep: true, checked };
    const constants = new ConstantPool(new Heap({ shared: false }));
    const parts = await loadParts(plan, target);
    const { code, regions } = compileProgram(plan, { target, constants, parts });
    assertEquals(regions.length, checked ? 1 : 0);
    const [names] = WebAssembly.Module.customSections(new WebAssembly.Module(code), "name");
    return new TextDecoder().decode(names);
  };
  for (const name of ["check load", "check store", "report violation"]) {
    assert((await namesOf(true)).includes(name), name);
    assert(!(await namesOf(false)).includes(name), name);
  }
});

checkedCpuTest("a plan whose axis and loop differ in size is rejected", async (cpu) => {
  const kernel = loop({
    label: "short",
    outer: [6],
    outerStores: [{ slot: 1, index: s.axis(0, 6), value: s.load(0, "f32", s.axis(0, 3)) }],
  });
  const slots = [f32(6), f32(6)];
  await assertRejects(
    () => runOn(cpu, externalPlan([[kernel]], slots), slots),
    GraphError,
    '"short": axis 0 must have the size of its loop, 6: current size is 3',
  );
});

Deno.test("kernels whose memory has no room among the checked addresses are refused by name", async () => {
  const padding = 2 ** 24;
  const sizes = sizesOf({
    images: [1, 8, 1, 4],
    outputs: 1,
    kernel: [1, 1],
    padding: [0, padding],
  });
  const shapes = shapesOf("forward", sizes);
  const store = { slot: 2, index: position(shapes[2], [0, 1, 2, 3]), value: s.result(0, "f32") };
  const frames: Kernel = {
    ...{ kind: "conv2d", label: "frames", role: "forward", sizes, a: 0, b: 1 },
    stores: [store],
  };
  const count = 2 ** 29;
  const value = s.add(s.load(0, "f32", s.axis(0, count)), s.load(1, "f32", s.axis(0, count)));
  const slots = loop({
    outer: [count],
    outerStores: [{ slot: 2, index: s.axis(0, count), value }],
  });
  const cases: readonly (readonly [Kernel, readonly Shape[], string])[] = [
    [frames, shapes, "535822336 bytes for scratch memory"],
    [slots, [0, 1, 2].map(() => [count]), "64 KiB between slots"],
  ];
  for (const [kernel, shapes, rule] of cases) {
    const types = shapes.map((shape) => ({ dtype: "f32", shape }) as const);
    await assertRejects(
      () => programOf({ kernel, types }, { native: undefined, checked: true }),
      DeviceError,
      rule,
    );
  }
});

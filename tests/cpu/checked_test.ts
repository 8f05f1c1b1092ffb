import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { evaluate } from "../../autograd/mod.ts";
import { ConstantPool } from "../../cpu/runtime/constants.ts";
import { Heap } from "../../cpu/runtime/heap.ts";
import { CheckError, openCpu } from "../../cpu/mod.ts";
import { compileProgram } from "../../cpu/program.ts";
import { loadParts } from "../../cpu/program_parts.ts";
import { ProgramGuard } from "../../cpu/checked/program_guard.ts";
import { SCRATCH_ADDRESS } from "../../cpu/runtime/layout.ts";
import { takeViolation } from "../../cpu/checked/violation.ts";
import { ScratchParts } from "../../cpu/scratch_parts.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import type { FunctionBuilder } from "../../cpu/wasm/function_builder.ts";
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

// Incorrect kernels, written by hand.

const [TABLE, PLACE, SCRATCH] = [1024, 2048, 4096];
const two = externalPlan([[map(4, s.load(0, "f32", s.axis(0, 4)))]], [f32(4), f32(4)]);

/** Runs a guarded body that may read slot 0 and write slot 1, of four elements each. */
function runGuarded(body: (f: FunctionBuilder) => void): CheckError | undefined {
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: 1,
  });
  const guard = new ProgramGuard(module, two, { shared: false });
  const { handle } = guard.compile(two.dispatches[0]!.kernels[0]!, () => ({
    handle: module.function("kernel", {}, body),
    scratchByteLength: 32,
  }));
  const params = ["i32", "i32"] as const;
  module.function("run", { params, exported: true }, (f, table, scratch) => {
    guard.begin(f, table!, scratch!);
    f.call(handle);
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  new Int32Array(memory.buffer, TABLE).set([PLACE, PLACE + 16]); // adjacent
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory },
  });
  const run = exports["run"] as (table: number, scratch: number) => void;
  try {
    run(TABLE, SCRATCH);
  } catch (error) {
    const violation = takeViolation(new Uint8Array(memory.buffer), two, guard.regions);
    if (!violation) throw error;
    return violation;
  }
  return undefined;
}

/** Pushes the address of a slot. */
function slotOf(f: FunctionBuilder, slot: number): FunctionBuilder {
  return f.address(f.local("i32"), slot);
}

const bodies: readonly (readonly [string, string, (f: FunctionBuilder) => void])[] = [
  [
    "a store to what it only reads",
    'store of 4 bytes is at element 0 of "slot 0", f32[4] of 4 elements, which it only reads',
    (f) => slotOf(f, 0).f32(1).memory("f32.store"),
  ],
  [
    "a store to the slot next to its own",
    'store of 4 bytes is at element -1 of "slot 1"',
    (f) => slotOf(f, 1).i32(-4).op("i32.add").f32(1).memory("f32.store"),
  ],
  [
    "a vector that is stored across the end",
    'store of 16 bytes is at elements 2 to 5 of "slot 1"',
    (f) => slotOf(f, 1).i32x4(0).memory("v128.store", 8),
  ],
  [
    "a lane that is stored behind the end",
    'store of 4 bytes is at element 4 of "slot 1"',
    (f) => slotOf(f, 1).i32x4(0).memoryLane("v128.store32_lane", 1, 16),
  ],
  [
    "a vector that is loaded from behind the end",
    'load of 16 bytes is at elements 4 to 7 of "slot 0"',
    (f) => slotOf(f, 0).memory("v128.load", 16).op("drop"),
  ],
  [
    "one element that is loaded from behind the end",
    'load of 4 bytes is at element 4 of "slot 0"',
    (f) => slotOf(f, 0).memory("v128.load32_splat", 16).op("drop"),
  ],
  [
    "a fill that is too long",
    'fill of 20 bytes is at elements 0 to 4 of "slot 1"',
    (f) => slotOf(f, 1).i32(0).i32(20).memoryFill(),
  ],
  [
    "an address of its own",
    "load of 4 bytes is at address 1024, which is in none of them",
    (f) => f.i32(TABLE).memory("i32.load").op("drop"),
  ],
  [
    "a store behind its part of scratch memory",
    'store of 4 bytes is at byte 16 of 16 of its scratch memory "first"',
    (f) => {
      const parts = new ScratchParts(f.guard);
      const first = parts.take("first", 16);
      parts.take("second", 16);
      f.i32(SCRATCH_ADDRESS + first).f32(1).memory("f32.store", 16);
    },
  ],
  [
    "a loop that ends early",
    'a loop of "loop" must run 5 iterations: current number is 1',
    (f) => f.repeat(5, () => f.i32(0)),
  ],
];

for (const [name, message, body] of bodies) {
  Deno.test(`the guard of a kernel finds ${name}`, () => {
    const error = runGuarded(body);
    assert(error?.message.includes(message), error?.message);
  });
}

Deno.test("the guard of a kernel allows valid accesses", () => {
  const error = runGuarded((f) => {
    const [address, end] = [f.local("i32"), f.local("i32")];
    slotOf(f, 0).memory("v128.load", 12).op("drop"); // overlaps the end
    slotOf(f, 0).i32(-12).op("i32.add").memory("v128.load").op("drop"); // overlaps the beginning
    slotOf(f, 1).i32x4(7).memory("v128.store");
    slotOf(f, 1).set(address);
    f.walk(address, 4, { turns: 4, end }, () => f.get(address).i32(1).memory("i32.store"));
    slotOf(f, 1).set(address);
    f.walk(address, 0, { turns: 4, end }, () => f.get(address).i32(1).memory("i32.store"));
    slotOf(f, 1).i32(0).i32(16).memoryFill();
    const parts = new ScratchParts(f.guard);
    for (const part of [parts.take("first", 16), parts.take("second", 16)]) {
      f.i32(SCRATCH_ADDRESS + part).i32x4(7).memory("v128.store");
    }
  });
  assertEquals(error, undefined);
});

Deno.test("guarded code must declare the number of iterations of each loop and cannot use atomics", () => {
  assertThrows(
    () => runGuarded((f) => f.loop(() => {})),
    Error,
    "must declare its number of iterations",
  );
  const atomic = (f: FunctionBuilder) => slotOf(f, 1).memory("i32.atomic.load").op("drop");
  assertThrows(() => runGuarded(atomic), Error, "must only load and store");
});

Deno.test("walk() runs all of its iterations if the address does not move", () => {
  for (const byteLength of [0, 4, 16]) {
    const module = new ModuleBuilder();
    module.function("count", { results: ["i32"], exported: true }, (f) => {
      const [address, end, count] = [f.local("i32"), f.local("i32"), f.local("i32")];
      f.walk(address, byteLength, { turns: 5, end }, () => {
        f.get(count).i32(1).op("i32.add").set(count);
      });
      f.get(count);
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()));
    assertEquals((exports["count"] as () => number)(), 5);
  }
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

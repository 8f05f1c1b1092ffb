import { assertEquals } from "@std/assert";
import { type Combine, s } from "../../graph/mod.ts";
import {
  assertSameAsReference,
  at,
  floats,
  integers,
  loop,
  position,
  SUMMED,
  zeros,
} from "../gpu/_plans.ts";
import { configurations, cpuTest } from "./_backend.ts";
import { kernelCases } from "./_kernels.ts";

for (const options of configurations) {
  const { threads, sharedMemory = true, checked = false } = options;
  const where = sharedMemory ? `${threads} threads` : "one thread of plain SIMD";
  const how = checked ? `${where} and checks` : where;
  for (const { name, kernel, slots } of kernelCases) {
    cpuTest(`${name} with ${how} equals float64`, async (cpu) => {
      await assertSameAsReference(cpu, [[kernel]], { slots, tolerance: SUMMED, what: name });
    }, options);
  }
}

const exact = { relative: 0, absolute: 0 };

for (const [outer, inner] of [[3, 5], [2, 64], [9, 1], [65, 7]] as const) {
  for (const along of ["rows", "columns"] as const) {
    cpuTest(`integer reductions of [${outer},${inner}] along ${along} are exact`, async (cpu) => {
      const shape = along === "rows" ? [outer, inner] : [inner, outer];
      const axes = along === "rows" ? [0, 1] : [1, 0];
      const data = Array.from({ length: outer * inner }, (_, i) => (i * 7919) % 13 - 6);
      const combines: readonly Combine[] = ["sum", "max", "min", "prod"];
      for (const type of ["i32", "u32"] as const) {
        const x = s.bitcast(at(0, shape, { axes, type: "i32", sizes: shape }), type);
        const reductions = combines.map((combine) => ({ combine, value: x }));
        const outerStores = combines.map((_, i) => ({
          slot: i + 1,
          index: s.axis(0, outer),
          value: s.result(i, type),
        }));
        const slots = [integers(shape, data), ...combines.map(() => zeros(type, [outer]))];
        const kernel = loop({ outer: [outer], inner: [inner], reductions, outerStores });
        if (type === "i32") {
          await assertSameAsReference(cpu, [[kernel]], { slots, tolerance: exact });
        } else {
          const { outerStores: [sum, max, min] } = kernel;
          const sumless = { ...kernel, outerStores: [sum!, max!, min!] };
          await assertSameAsReference(cpu, [[sumless]], { slots, tolerance: exact });
        }
      }
    });
  }
}

cpuTest(
  "rows whose number is negative until a constant is added are inside of memory",
  async (cpu) => {
    const [reach, columns, count] = [2000, 64, 5]; // far more than there is before the first slot
    const chosen = s.load(1, "i32", s.axis(0, count));
    const number = s.max(s.min(chosen, s.int(reach)), s.int(-reach));
    const backwards = s.mul(s.axis(0, count), s.int(-reach / 2));
    for (const [row, last] of [[number, reach], [backwards, 2 * reach]] as const) {
      const index = s.add(s.mul(s.add(row, s.int(last)), s.int(columns)), s.axis(1, columns));
      const kernel = loop({
        outer: [count, columns],
        outerStores: [{
          slot: 2,
          index: position([count, columns], [0, 1]),
          value: s.load(0, "f32", index),
        }],
      });
      const shape = [2 * reach + 1, columns];
      const table = floats(shape, Array.from({ length: shape[0]! * columns }, (_, i) => i));
      const rows = integers([count], [-reach - 9, -reach, -1, 0, reach + 9]);
      const slots = [table, rows, zeros("f32", [count, columns])];
      await assertSameAsReference(cpu, [[kernel]], { slots, tolerance: exact });
    }
  },
);

cpuTest("an empty reduction gives its identity element", async (cpu) => {
  const combines: readonly Combine[] = ["sum", "max", "min", "prod"];
  const kernel = loop({
    outer: [5],
    inner: [0],
    reductions: combines.map((combine) => ({ combine, value: s.const(3) })),
    outerStores: combines.map((_, i) => ({
      slot: i,
      index: s.axis(0, 5),
      value: s.result(i, "f32"),
    })),
  });
  const slots = combines.map(() => zeros("f32", [5]));
  await assertSameAsReference(cpu, [[kernel]], { slots, tolerance: exact });
});

cpuTest("a kernel over no positions writes nothing", async (cpu) => {
  const index = position([0, 3], [0, 1]);
  const kernel = loop({ outer: [0, 3], outerStores: [{ slot: 0, index, value: s.const(1) }] });
  await assertSameAsReference(cpu, [[kernel]], { slots: [zeros("f32", [1])], tolerance: exact });
});

cpuTest(
  "u8 and bool elements can be contiguous, strided, or the same in all lanes",
  async (cpu) => {
    const [rows, columns] = [5, 23];
    const count = rows * columns;
    const bytes = Uint8Array.from({ length: count }, (_, i) => (i * 37) % 256);
    const flags = Uint8Array.from({ length: count }, (_, i) => (i * 37) % 3 === 0 ? 1 : 0);
    const shape = [rows, columns];
    for (const axes of [[0, 1], [1, 0]]) {
      const sizes = axes[0] === 0 ? shape : [columns, rows];
      const loopShape = axes.map((axis) => sizes[axis]!);
      const index = (columnsOf: number) =>
        s.add(s.mul(s.axis(axes[0]!, rows), s.int(columnsOf)), s.axis(axes[1]!, columns));
      const byte = s.load(0, "i32", index(columns));
      const flag = s.load(1, "bool", index(columns));
      const first = s.load(0, "i32", s.mul(s.axis(axes[0]!, rows), s.int(columns)));
      const value = s.select(flag, s.cast(s.add(byte, first), "f32"), s.const(-1));
      const target = axes[0] === 0
        ? position(shape, [0, 1])
        : s.add(s.mul(s.axis(0, columns), s.int(rows)), s.axis(1, rows));
      const kernel = loop({
        outer: loopShape.length === 2 ? (axes[0] === 0 ? shape : [columns, rows]) : shape,
        outerStores: [
          { slot: 2, index: target, value },
          { slot: 3, index: target, value: s.not(flag) },
        ],
      });
      const slots = [
        { type: { dtype: "u8", shape } as const, data: bytes },
        { type: { dtype: "bool", shape } as const, data: flags },
        zeros("f32", shape),
        zeros("bool", shape),
      ];
      await assertSameAsReference(cpu, [[kernel]], { slots, tolerance: exact });
    }
  },
);

cpuTest("loads at out-of-bounds indices stay inside the memory", async (cpu) => {
  const slots = [integers([6], [-1, 2 ** 31 - 1, -(2 ** 31), 1e9, 4, 6]), zeros("i32", [6])];
  const wild = at(0, [6], { axes: [0], type: "i32" });
  const kernel = loop({
    outer: [6],
    outerStores: [{ slot: 1, index: s.axis(0, 6), value: s.load(0, "i32", wild) }],
  });
  const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
  {
    using executable = await cpu.compile({
      label: "wild",
      slots: slots.map(({ type }) => ({ kind: "external", type, label: "slot" })),
      dispatches: [{ kernels: [kernel] }],
      memories: [],
    }, new Map(buffers.entries()));
    executable.run();
  }
  const [, result] = await cpu.read(buffers);
  assertEquals(result![4], 4);
  for (const buffer of buffers) buffer[Symbol.dispose]();
});

import { assertEquals, assertThrows } from "@std/assert";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import { detectWasmFeatures } from "../../cpu/wasm/features.ts";
import type { FunctionBuilder, Label, Local, ValueType } from "../../cpu/wasm/function_builder.ts";
import type { MemoryOp, PlainOp } from "../../cpu/wasm/opcodes.ts";

type Body = (f: FunctionBuilder, ...params: Local[]) => void;

const shared = { initial: 1, maximum: 1, shared: true };

/** Assembles one exported function and returns it with the memory it sees. */
function assemble(params: ValueType[], results: ValueType[], body: Body) {
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: 1,
    shared: true,
  });
  module.function("test", { params, results, exported: true }, body);
  const memory = new WebAssembly.Memory(shared);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory },
  });
  const call = instance.exports["test"];
  if (typeof call !== "function") throw new Error("Internal: no export");
  return { call: (...values: number[]): unknown => call(...values), memory };
}

/** Applies an instruction to constants of one type. */
function scalar(op: PlainOp, from: "i32" | "f32", to: ValueType, ...values: number[]): unknown {
  const body: Body = (f, ...params) => f.get(...params).op(op);
  return assemble(values.map(() => from), [to], body).call(...values);
}

/** Applies an instruction to vectors of four lanes, returning the bytes of the result. */
function vector(op: PlainOp, operands: (Float32Array | Int32Array)[]): ArrayBuffer {
  const { call, memory } = assemble([], [], (f) => {
    f.i32(256);
    operands.forEach((_, i) => f.i32(0).memory("v128.load", 16 * i));
    f.op(op).memory("v128.store");
  });
  operands.forEach((operand, i) => {
    new Uint8Array(memory.buffer, 16 * i, 16).set(new Uint8Array(operand.buffer));
  });
  call();
  const result = new ArrayBuffer(16);
  new Uint8Array(result).set(new Uint8Array(memory.buffer, 256, 16));
  return result;
}

const floats = (...values: number[]) => Float32Array.from(values);
const integers = (...values: number[]) => Int32Array.from(values);

Deno.test("i32 arithmetic agrees with JavaScript's 32-bit arithmetic", () => {
  const table: Partial<Record<PlainOp, (a: number, b: number) => number>> = {
    "i32.add": (a, b) => a + b,
    "i32.sub": (a, b) => a - b,
    "i32.mul": Math.imul,
    "i32.div_s": (a, b) => a / b,
    "i32.div_u": (a, b) => (a >>> 0) / (b >>> 0),
    "i32.rem_s": (a, b) => a % b,
    "i32.rem_u": (a, b) => (a >>> 0) % (b >>> 0),
    "i32.and": (a, b) => a & b,
    "i32.or": (a, b) => a | b,
    "i32.xor": (a, b) => a ^ b,
    "i32.shl": (a, b) => a << b,
    "i32.shr_s": (a, b) => a >> b,
    "i32.shr_u": (a, b) => a >>> b,
    "i32.eq": (a, b) => Number(a === b),
    "i32.ne": (a, b) => Number(a !== b),
    "i32.lt_s": (a, b) => Number(a < b),
    "i32.lt_u": (a, b) => Number((a >>> 0) < (b >>> 0)),
    "i32.gt_s": (a, b) => Number(a > b),
    "i32.le_s": (a, b) => Number(a <= b),
    "i32.le_u": (a, b) => Number((a >>> 0) <= (b >>> 0)),
    "i32.ge_s": (a, b) => Number(a >= b),
  };
  for (const [name, reference] of Object.entries(table)) {
    const op = name as PlainOp;
    for (const [a, b] of [[17, 5], [-17, 5], [5, -3], [-9, -9], [0x7fffffff, 31]] as const) {
      assertEquals(scalar(op, "i32", "i32", a, b), reference(a, b) | 0, `${op} ${a} ${b}`);
    }
  }
  assertEquals(scalar("i32.eqz", "i32", "i32", 0), 1);
});

const floatReferences: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
  neg: (a) => -a,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  // Halfway cases go to the even neighbor, unlike Math.round.
  nearest: (a) => Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a),
};
const floatPairs = [[1.5, 2.25], [-2.5, 0.5], [9, -4], [3.7, 3.7], [NaN, 1]] as const;

Deno.test("f32x4 arithmetic agrees with single-precision JavaScript", () => {
  for (const [name, reference] of Object.entries(floatReferences)) {
    for (const [a, b] of floatPairs) {
      const operands = reference.length === 1 || name === "sqrt" || name === "abs" ||
          name === "floor" || name === "ceil" || name === "trunc"
        ? [a]
        : [a, b];
      const expected = Math.fround(reference(Math.fround(a), Math.fround(b)));
      const lanes = operands.map((value) => floats(value, value, value, value));
      const result = new Float32Array(vector(`f32x4.${name}` as PlainOp, lanes));
      assertEquals([...result], [expected, expected, expected, expected], name);
    }
  }
});

Deno.test("f32x4 comparisons agree with JavaScript, also for NaN", () => {
  const references: Record<string, (a: number, b: number) => boolean> = {
    eq: (a, b) => a === b,
    ne: (a, b) => a !== b,
    lt: (a, b) => a < b,
    gt: (a, b) => a > b,
    le: (a, b) => a <= b,
    ge: (a, b) => a >= b,
  };
  for (const [name, reference] of Object.entries(references)) {
    for (const [a, b] of floatPairs) {
      const expected = Number(reference(Math.fround(a), Math.fround(b)));
      const lanes = [floats(a, a, a, a), floats(b, b, b, b)];
      const result = new Int32Array(vector(`f32x4.${name}` as PlainOp, lanes));
      assertEquals(result[2], 0 - expected, name);
    }
  }
});

Deno.test("pmin and pmax keep the first operand when the second is NaN", () => {
  const operands = [floats(1, 5, 2, NaN), floats(NaN, 3, 4, 1)];
  assertEquals([...new Float32Array(vector("f32x4.pmin", operands))], [1, 3, 2, NaN]);
  assertEquals([...new Float32Array(vector("f32x4.pmax", operands))], [1, 5, 4, NaN]);
});

Deno.test("i32x4 instructions work lane by lane", () => {
  const a = [7, -3, 0x7fffffff, 0], b = [2, -3, 1, 5];
  const table: Partial<Record<PlainOp, (a: number, b: number) => number>> = {
    "i32x4.add": (a, b) => a + b,
    "i32x4.sub": (a, b) => a - b,
    "i32x4.mul": Math.imul,
    "i32x4.min_s": Math.min,
    "i32x4.max_s": Math.max,
    "i32x4.min_u": (a, b) => Math.min(a >>> 0, b >>> 0),
    "i32x4.max_u": (a, b) => Math.max(a >>> 0, b >>> 0),
    "i32x4.eq": (a, b) => -Number(a === b),
    "i32x4.ne": (a, b) => -Number(a !== b),
    "i32x4.lt_s": (a, b) => -Number(a < b),
    "i32x4.lt_u": (a, b) => -Number((a >>> 0) < (b >>> 0)),
    "i32x4.le_s": (a, b) => -Number(a <= b),
    "i32x4.le_u": (a, b) => -Number((a >>> 0) <= (b >>> 0)),
    "i32x4.ge_u": (a, b) => -Number((a >>> 0) >= (b >>> 0)),
    "v128.and": (a, b) => a & b,
    "v128.or": (a, b) => a | b,
    "v128.xor": (a, b) => a ^ b,
  };
  for (const [op, reference] of Object.entries(table)) {
    const result = new Int32Array(vector(op as PlainOp, [integers(...a), integers(...b)]));
    assertEquals([...result], a.map((x, i) => reference(x, b[i] ?? 0) | 0), op);
  }
  const unary: [PlainOp, number[]][] = [
    ["i32x4.abs", [7, 3, 0x7fffffff, 0]],
    ["i32x4.neg", [-7, 3, -0x7fffffff, 0]],
    ["v128.not", [~7, ~-3, ~0x7fffffff, -1]],
  ];
  for (const [op, expected] of unary) {
    assertEquals([...new Int32Array(vector(op, [integers(...a)]))], expected, op);
  }
});

Deno.test("vector shifts take their distance from the stack", () => {
  const shifts: [PlainOp, number][] = [
    ["i32x4.shl", -32],
    ["i32x4.shr_s", -2],
    ["i32x4.shr_u", 0x3ffffffe],
  ];
  for (const [op, expected] of shifts) {
    const { call } = assemble([], ["i32"], (f) => {
      f.i32x4(-8).i32(2).op(op).lane("i32x4.extract_lane", 1);
    });
    assertEquals(call(), expected, op);
  }
});

Deno.test("bitselect, any_true, and bitmask read masks", () => {
  const selected = vector("v128.bitselect", [
    integers(1, 2, 3, 4),
    integers(5, 6, 7, 8),
    integers(-1, 0, -1, 0),
  ]);
  assertEquals([...new Int32Array(selected)], [1, 6, 3, 8]);
  const reduce = (op: PlainOp, ...lanes: [number, number, number, number]) =>
    assemble([], ["i32"], (f) => f.i32x4(...lanes).op(op)).call();
  assertEquals(reduce("v128.any_true", 0, 0, 9, 0), 1);
  assertEquals(reduce("v128.any_true", 0, 0, 0, 0), 0);
  assertEquals(reduce("i32x4.bitmask", -1, 0, -1, 0), 5);
});

Deno.test("conversions saturate", () => {
  assertEquals(scalar("f64.promote_f32", "f32", "f64", 0.1), Math.fround(0.1));
  const truncated = vector("i32x4.trunc_sat_f32x4_s", [floats(-2.5, 2.5, 3e10, NaN)]);
  assertEquals([...new Int32Array(truncated)], [-2, 2, 0x7fffffff, 0]);
  const unsigned = vector("i32x4.trunc_sat_f32x4_u", [floats(-2.5, 2.5, 3e9, NaN)]);
  assertEquals([...new Uint32Array(unsigned)], [0, 2, 3e9, 0]);
  const converted = vector("f32x4.convert_i32x4_s", [integers(-1, 2, 3, 4)]);
  assertEquals([...new Float32Array(converted)], [-1, 2, 3, 4]);
  const convertedUnsigned = vector("f32x4.convert_i32x4_u", [integers(-1, 2, 3, 4)]);
  assertEquals([...new Float32Array(convertedUnsigned)], [2 ** 32, 2, 3, 4]);
});

Deno.test("i64 and f64 instructions carry wide intermediate results", () => {
  // The high word of a 32x32-bit product, as counter-based random numbers need it.
  const { call: high } = assemble(["i32", "i32"], ["i32"], (f, a, b) => {
    f.get(a).op("i64.extend_i32_u").get(b).op("i64.extend_i32_u", "i64.mul");
    f.i64(32n).op("i64.shr_u", "i32.wrap_i64");
  });
  assertEquals(high(-1, -1), -2);
  const { call: mean } = assemble(["f32", "f32"], ["f32"], (f, a, b) => {
    f.get(a).op("f64.promote_f32").get(b).op("f64.promote_f32", "f64.add");
    f.f64(0.5).op("f64.mul", "f32.demote_f64");
  });
  assertEquals(mean(1, 2), 1.5);
  const wide = (value: bigint) =>
    assemble([], ["i32"], (f) => f.i64(value).i64(40n).op("i64.shr_u", "i32.wrap_i64")).call();
  assertEquals(wide(-(2n ** 63n)), 2 ** 23);
  assertEquals(wide(2n ** 62n), 2 ** 22);
});

Deno.test("relaxed multiply-add computes a times b plus c", () => {
  const operands = [floats(1, 2, 3, 4), floats(5, 6, 7, 8), floats(1, 1, 1, 1)];
  const madd = vector("f32x4.relaxed_madd", operands);
  assertEquals([...new Float32Array(madd)], [6, 13, 22, 33]);
  const nmadd = vector("f32x4.relaxed_nmadd", operands);
  assertEquals([...new Float32Array(nmadd)], [-4, -11, -20, -31]);
});

Deno.test("lanes are extracted, replaced, broadcast, and shuffled", () => {
  const { call } = assemble(["f32"], ["f32"], (f, x) => {
    f.f32x4(5).f32(9).lane("f32x4.replace_lane", 2).lane("f32x4.extract_lane", 2);
    f.f32x4(0).get(x).lane("f32x4.replace_lane", 3).lane("f32x4.extract_lane", 3);
    f.op("f32.add");
  });
  assertEquals(call(4), 13);
  const { call: shuffled, memory } = assemble([], [], (f) => {
    f.i32(0).i32x4(1, 2, 3, 4).i32x4(5, 6, 7, 8).shuffle32(0, 4, 3, 7).memory("v128.store");
    f.i32(16).i32(-7).op("i32x4.splat").memory("v128.store");
  });
  shuffled();
  assertEquals([...new Int32Array(memory.buffer, 0, 8)], [1, 5, 4, 8, -7, -7, -7, -7]);
  assertThrows(() => assemble([], [], (f) => f.shuffle([1, 2])), RangeError, "16 lanes");
});

Deno.test("loads and stores respect byte offsets and widths", () => {
  const { call, memory } = assemble(["i32"], ["i32"], (f, base) => {
    f.get(base).get(base).memory("v128.load32_splat", 4).memory("v128.store", 32);
    f.get(base).get(base).memory("v128.load32_zero", 8).memory("v128.store", 48);
    f.get(base, base).i32x4(0).memoryLane("v128.load32_lane", 3, 12).memory("v128.store", 64);
    f.get(base).i32x4(10, 11, 12, 13).memoryLane("v128.store32_lane", 2, 80);
    f.get(base, base).memory("f32.load", 0).memory("f32.store", 84);
    f.get(base).memory("i32.load8_u", 0).get(base).memory("i32.load8_u", 1).op("i32.add");
  });
  const words = new Int32Array(memory.buffer, 16);
  words.set([0x0000ff05, 2, 3, 4]);
  assertEquals(call(16), 5 + 255);
  assertEquals([...words.slice(8, 22)], [2, 2, 2, 2, 3, 0, 0, 0, 0, 0, 0, 4, 12, 0x0000ff05]);
});

Deno.test("memory.fill writes bytes", () => {
  const { call, memory } = assemble([], [], (f) => {
    f.i32(0).i32(7).i32(8).memoryFill();
  });
  call();
  assertEquals([...new Uint8Array(memory.buffer, 0, 10)], [7, 7, 7, 7, 7, 7, 7, 7, 0, 0]);
});

Deno.test("atomics read, modify, and wait without blocking on a changed word", () => {
  const { call, memory } = assemble(["i32"], ["i32"], (f, at) => {
    f.get(at).i32(5).memory("i32.atomic.store", 4);
    f.get(at).i32(3).memory("i32.atomic.rmw.add", 4).op("drop");
    f.get(at).i32(8).i32(20).memory("i32.atomic.rmw.cmpxchg", 4).op("drop");
    f.get(at).i32(99).i64(-1n).memory("memory.atomic.wait32", 4); // 1: value differs
    f.get(at).i32(1).memory("memory.atomic.notify", 4).op("i32.add"); // 0: nobody waits
  });
  assertEquals(call(0), 1);
  assertEquals(new Int32Array(memory.buffer)[1], 20);
  const rmw: [MemoryOp, number][] = [
    ["i32.atomic.rmw.add", 12 + 10],
    ["i32.atomic.rmw.sub", 12 - 10],
  ];
  for (const [op, expected] of rmw) {
    const probe = assemble([], ["i32"], (f) => {
      f.i32(0).i32(12).memory("i32.atomic.store");
      f.i32(0).i32(10).memory(op).op("drop").i32(0).memory("i32.atomic.load");
    });
    assertEquals(probe.call(), expected, op);
  }
});

Deno.test("structured control branches to the label it names", () => {
  // The Collatz length of n: an inner block skips, an outer block leaves.
  const { call } = assemble(["i32"], ["i32"], (f, n) => {
    const steps = f.local("i32");
    f.block((exit) => {
      f.loop((again) => {
        f.get(n).i32(1).op("i32.le_s").brIf(exit);
        f.get(steps).i32(1).op("i32.add").set(steps);
        f.get(n).i32(1).op("i32.and").if(
          () => f.get(n).i32(3).op("i32.mul").i32(1).op("i32.add"),
          () => f.get(n).i32(1).op("i32.shr_u"),
          "i32",
        ).set(n).br(again);
      });
    });
    f.get(steps);
  });
  assertEquals([1, 6, 27].map((n) => call(n)), [0, 8, 111]);
  const { call: early } = assemble(["i32"], ["i32"], (f, n) => {
    f.get(n).if(() => f.i32(1).return());
    f.block((exit: Label) => f.i32(2).get(n).brIf(exit).i32(3).op("i32.add"), "i32");
  });
  assertEquals([early(0), early(1)], [5, 1]);
  assertEquals(
    assemble(["i32"], ["i32"], (f, c) => f.i32(8).i32(9).get(c).op("select")).call(1),
    8,
  );
});

Deno.test("for() counts from constants and locals, and skips an empty range", () => {
  const { call } = assemble(["i32", "i32"], ["i32"], (f, from, to) => {
    const i = f.local("i32"), j = f.local("i32"), sum = f.local("i32");
    f.for(i, from, to, 3, () => {
      f.for(j, 0, 2, 1, () => f.get(sum, i).op("i32.add").set(sum));
      f.for(j, 5, 5, 1, () => f.i32(-1).set(sum));
    });
    f.get(sum);
  });
  assertEquals([call(0, 10), call(4, 4), call(5, -5), call(-3, 1)], [36, 0, 0, -6]);
});

Deno.test("functions call each other and the host", () => {
  const module = new ModuleBuilder();
  const log = module.importFunction("host", "twice", { params: ["i32"], results: ["i32"] });
  const square = module.function("square", { params: ["i32"], results: ["i32"] }, (f, x) => {
    f.get(x, x).op("i32.mul");
  });
  module.function("main", { params: ["i32"], results: ["i32"], exported: true }, (f, x) => {
    f.get(x).call(square).call(log);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { twice: (x: number) => 2 * x },
  });
  const main = instance.exports["main"];
  assertEquals(typeof main === "function" && main(5), 50);
  assertEquals(Object.keys(instance.exports), ["main"]);
  assertThrows(() => module.importFunction("host", "late", {}), Error, "imports must precede");
});

Deno.test("constants of every size round-trip through LEB128", () => {
  for (const value of [0, 63, 64, -64, -65, 127, 128, 300000, 0x7fffffff, -0x80000000]) {
    assertEquals(assemble([], ["i32"], (f) => f.i32(value)).call(), value);
  }
  assertEquals(assemble([], ["i32"], (f) => f.i32(0xffffffff)).call(), -1);
  assertEquals(assemble([], ["f32"], (f) => f.f32(0.1)).call(), Math.fround(0.1));
});

Deno.test("a module without a memory or with many locals is well formed", () => {
  const module = new ModuleBuilder();
  module.function("wide", { results: ["i32"], exported: true }, (f) => {
    const locals = Array.from({ length: 300 }, (_, i) => f.local(i % 3 === 0 ? "v128" : "i32"));
    const last = locals[299 - 1];
    if (last !== undefined) f.i32(42).tee(last);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()));
  const wide = instance.exports["wide"];
  assertEquals(typeof wide === "function" && wide(), 42);
});

Deno.test("feature detection agrees with what this engine accepts", () => {
  const features = detectWasmFeatures();
  assertEquals(features.simd, true);
  assertEquals(typeof features.relaxedSimd, "boolean");
  assertEquals(features.threads, typeof SharedArrayBuffer !== "undefined");
  assertThrows(() =>
    new ModuleBuilder().importMemory({
      module: "host",
      name: "memory",
      minimumPages: 1,
      shared: true,
    }), TypeError);
});

Deno.test("signatures, names, and counts of any length are well formed", () => {
  for (const count of [0, 1, 121, 127, 128, 129, 255, 256, 1000]) {
    const params = Array.from(
      { length: count },
      (_, i) => i % 2 === 0 ? "i32" : "f32",
    ) as ValueType[];
    const module = new ModuleBuilder();
    const imported = module.importFunction("host", "x".repeat(count), { params });
    const last = module.function("y".repeat(count + 200), { params, results: ["i32"] }, (f) => {
      f.get(...f.params).call(imported).i32(count);
    });
    for (let i = 0; i < count; i++) module.function(`f${i}`, { exported: true }, () => {});
    module.function("main", { results: ["i32"], exported: true }, (f) => {
      params.forEach((type) => type === "i32" ? f.i32(1) : f.f32(1));
      f.call(last);
    });
    let received = -1;
    const host = { ["x".repeat(count)]: (...values: number[]) => (received = values.length) };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { host });
    const main = instance.exports["main"];
    assertEquals(typeof main === "function" && main(), count);
    assertEquals(received, count);
    assertEquals(Object.keys(instance.exports).length, count + 1);
  }
});

Deno.test("a function may return many values", () => {
  for (const count of [1, 127, 128, 300]) {
    const results = Array.from({ length: count }, () => "i32" as const);
    const { call } = assemble([], results, (f) => void results.forEach((_, i) => f.i32(i)));
    assertEquals([call()].flat(), results.map((_, i) => i));
  }
});

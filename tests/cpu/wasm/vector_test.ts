import { assertEquals, assertThrows } from "@std/assert";
import type { PlainOp } from "../../../cpu/wasm/opcodes.ts";
import { assemble, floats, integers, scalar, vector } from "./_assemble.ts";

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
      const operands = reference.length === 1 ? [a] : [a, b];
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

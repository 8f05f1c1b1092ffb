import { assertEquals } from "@std/assert";
import type { PlainOp } from "../../../cpu/wasm/opcodes.ts";
import { assemble, scalar } from "./_assemble.ts";

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
  assertEquals([0, 7].map((value) => scalar("i32.eqz", "i32", "i32", value)), [1, 0]);
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

Deno.test("constants of every size round-trip through LEB128", () => {
  for (const value of [0, 63, 64, -64, -65, 127, 128, 300000, 0x7fffffff, -0x80000000]) {
    assertEquals(assemble([], ["i32"], (f) => f.i32(value)).call(), value);
  }
  assertEquals(assemble([], ["i32"], (f) => f.i32(0xffffffff)).call(), -1);
  assertEquals(assemble([], ["f32"], (f) => f.f32(0.1)).call(), Math.fround(0.1));
});

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  fromTyped,
  type SafetensorsDType,
  SafetensorsError,
  type TensorData,
  toFloat32,
  toInt32,
} from "../../checkpoint/mod.ts";

function tensor(dtype: SafetensorsDType, bytes: readonly number[], count: number): TensorData {
  return { dtype, shape: [count], bytes: Uint8Array.from(bytes) };
}

function halfBits(words: readonly number[], dtype: "F16" | "BF16"): TensorData {
  return { ...fromTyped(Uint16Array.from(words), [words.length]), dtype };
}

Deno.test("toFloat32() copies F32 bit for bit, including NaN and unaligned views", () => {
  const file = Uint8Array.from([9, 0, 0, 0x80, 0x3f, 1, 0, 0xc0, 0x7f]);
  const values = toFloat32({ dtype: "F32", shape: [2], bytes: file.subarray(1) });
  assertEquals(new Uint32Array(values.buffer), Uint32Array.of(0x3f800000, 0x7fc00001));
  file[3] = 0; // the result is the caller's own
  assertEquals(values[0], 1);
});

Deno.test("toFloat32() reads F16 exactly", () => {
  const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x7c00, 0xfc00, 0x8000, 0x3555];
  const values = toFloat32(halfBits(bits, "F16"));
  const expected = [
    ...[1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, 2 ** -14],
    ...[Infinity, -Infinity, -0, 1365 / 4096],
  ];
  values.forEach((value, index) => assertStrictEquals(value, expected[index]));
  assertStrictEquals(toFloat32(halfBits([0x7e00], "F16"))[0], NaN);
});

Deno.test("toFloat32() reads BF16 as the upper half of an f32", () => {
  const values = toFloat32(halfBits([0x3f80, 0xc020, 0x7f80, 0x8000, 0x0001], "BF16"));
  const expected = [1, -2.5, Infinity, -0, Math.fround(2 ** -133)];
  values.forEach((value, index) => assertStrictEquals(value, expected[index]));
});

Deno.test("toFloat32() rounds F64, keeps infinities, and refuses values that would become infinite", () => {
  const values = toFloat32(fromTyped(new Float64Array([0.1, Infinity, NaN]), [3]));
  assertEquals([...values], [Math.fround(0.1), Infinity, NaN]);
  assertThrows(
    () => toFloat32(fromTyped(new Float64Array([1, 1e39]), [2])),
    SafetensorsError,
    "current value is 1e+39 at element 1",
  );
});

Deno.test("toFloat32() accepts only integers that are exact in f32", () => {
  const exact = new Int32Array([2 ** 24, -(2 ** 31), 0]);
  assertEquals([...toFloat32(fromTyped(exact, [3]))], [...exact]);
  const inexact = [
    fromTyped(new Int32Array([2 ** 24 + 1]), [1]),
    fromTyped(new BigInt64Array([2n ** 53n + 1n]), [1]),
    fromTyped(new BigUint64Array([2n ** 64n - 1n]), [1]),
  ];
  for (const t of inexact) assertThrows(() => toFloat32(t), SafetensorsError, "element 0");
  assertEquals([...toFloat32(fromTyped(new BigUint64Array([2n ** 63n]), [1]))], [2 ** 63]);
});

Deno.test("toInt32() accepts every integer dtype within the range of i32", () => {
  const tensors = [
    fromTyped(new BigInt64Array([7n, -3n]), [2]),
    fromTyped(new Int32Array([7, -3]), [2]),
    fromTyped(new Int16Array([7, -3]), [2]),
    fromTyped(new Int8Array([7, -3]), [2]),
  ];
  for (const t of tensors) assertEquals([...toInt32(t)], [7, -3]);
  assertEquals([...toInt32(fromTyped(new BigUint64Array([255n]), [1]))], [255]);
  assertEquals([...toInt32(fromTyped(new Uint32Array([255]), [1]))], [255]);
  assertEquals([...toInt32(fromTyped(new Uint16Array([255]), [1]))], [255]);
  assertEquals([...toInt32(fromTyped(new Uint8Array([255]), [1]))], [255]);
  assertEquals([...toInt32(tensor("BOOL", [0, 1], 2))], [0, 1]);
});

Deno.test("toInt32() refuses values out of range, floating-point types, and a BOOL of 2", () => {
  const refused: readonly [TensorData, string][] = [
    [fromTyped(new BigInt64Array([0n, 2n ** 31n]), [2]), "2147483648 at element 1"],
    [fromTyped(new BigInt64Array([-(2n ** 31n) - 1n]), [1]), "element 0"],
    [fromTyped(new Uint32Array([2 ** 31]), [1]), "element 0"],
    [fromTyped(new Float32Array([1]), [1]), "only integers"],
    [halfBits([0], "BF16"), "only integers"],
    [tensor("BOOL", [0, 2], 2), "current value is 2 at element 1"],
  ];
  for (const [t, includes] of refused) assertThrows(() => toInt32(t), SafetensorsError, includes);
});

Deno.test("conversions and fromTyped() refuse a shape that does not match", () => {
  assertThrows(
    () => fromTyped(new Float32Array(5), [2, 3]),
    SafetensorsError,
    "current length is 5",
  );
  assertThrows(
    () => toFloat32(tensor("F32", [0, 0, 0, 0], 2)),
    SafetensorsError,
    "match its shape",
  );
  assertThrows(() => toInt32(tensor("I32", [0, 0, 0], 1)), SafetensorsError, "match its shape");
});

import { assertEquals, assertThrows } from "@std/assert";
import { unique } from "../../autograd/mod.ts";

Deno.test("unique() sorts, counts, and says where each element went", () => {
  const data = Int32Array.of(10, -2, 10, 3, -2, 10);
  const { values, counts, inverse } = unique(data);
  assertEquals([...values], [-2, 3, 10]);
  assertEquals([...counts], [2, 1, 3]);
  assertEquals(Array.from(inverse, (place) => values[place]), [...data]);
  assertEquals([...unique(new Float32Array()).values], []);
  assertEquals([...data], [10, -2, 10, 3, -2, 10]);
});

Deno.test("unique() finds one NaN and one zero", () => {
  const { values, counts, inverse } = unique(Float32Array.of(NaN, 0, -0, NaN, -Infinity));
  assertEquals(values.length, 3);
  assertEquals([values[0], Math.abs(values[1]!), values[2]], [-Infinity, 0, NaN]);
  assertEquals([...counts], [1, 2, 2]);
  assertEquals([...inverse], [2, 1, 1, 2, 0]);
});

Deno.test("unique() refuses what is no typed array", () => {
  assertThrows(() => unique([1, 2] as never), TypeError, "must be a typed array");
});

import { assert, assertEquals } from "@std/assert";
import { linearIndex, positionOf, s } from "../../graph/mod.ts";

// of unknown sign and size, as an index that was loaded
const x = s.load("indices", "i32", s.axis(0, 5));
const split = (divisor: number, factor = divisor) =>
  s.add(s.mul(s.div(x, s.int(divisor)), s.int(factor)), s.rem(x, s.int(divisor)));

Deno.test("quotient and remainder of one division make up what was divided", () => {
  assertEquals(split(7), x);
});

Deno.test("quotients and remainders that do not belong together stay", () => {
  assert(split(7, 6) !== x);
  const other = s.load("others", "i32", s.axis(0, 5));
  const seven = s.int(7);
  const sum = s.add(s.mul(s.div(other, seven), seven), s.rem(x, seven));
  assert(sum !== x && sum !== other);
});

Deno.test("the digits of a position, put together again, are the position", () => {
  for (const shape of [[3, 16, 5], [4, 6, 12, 2], [7], [2, 1, 9]]) {
    const position = s.axis(0, shape.reduce((product, size) => product * size, 1));
    assertEquals(linearIndex(positionOf(position, shape), shape), position);
    const rows = s.mul(position, s.int(10));
    const digits = positionOf(position, shape);
    assertEquals(linearIndex([...digits, s.int(0)], [...shape, 10]), rows);
  }
});

import { assert, assertEquals } from "@std/assert";
import { areDisjoint, groupBy, union } from "../../graph/mod.ts";

Deno.test("groupBy() keeps the order of items, and of the first item of each group", () => {
  const groups = groupBy([3, 1, 4, 1, 5, 9, 2, 6], (item) => item % 3);
  assertEquals([...groups], [[0, [3, 9, 6]], [1, [1, 4, 1]], [2, [5, 2]]]);
  assertEquals(groupBy([], () => 0).size, 0);
});

Deno.test("union() and areDisjoint() leave their arguments alone", () => {
  const [a, b, c] = [new Set([1, 2]), new Set([2, 3]), new Set([4])];
  assertEquals([...union(a, b)], [1, 2, 3]);
  assert(areDisjoint(a, c) && areDisjoint(a, new Set()) && !areDisjoint(a, b));
  assertEquals([a.size, b.size], [2, 2]);
});

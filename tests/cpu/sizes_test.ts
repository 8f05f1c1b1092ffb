import { assertEquals, assertRejects } from "@std/assert";
import { evaluate } from "../../autograd/mod.ts";
import {
  broadcastTo,
  constant,
  MOST_ELEMENTS,
  type Node,
  reduceSum,
  type Shape,
  ShapeError,
} from "../../graph/mod.ts";
import { cpuTest } from "./_backend.ts";

/** How many positions a loop over a shape has, counted in the loop. */
function countOf(shape: Shape): Node {
  const one = constant(Int32Array.of(1), []);
  return reduceSum(broadcastTo(one, shape), shape.map((_, axis) => axis));
}

cpuTest("a loop as long as can be makes every trip", async (cpu) => {
  const [counts] = await evaluate([{ node: countOf([MOST_ELEMENTS]) }], { backend: cpu });
  assertEquals([...counts!], [MOST_ELEMENTS]);
});

cpuTest("a longer loop is refused before anything runs", async (cpu) => {
  for (const shape of [[2 ** 16, 2 ** 15], [2 ** 16, 2 ** 16], [2, 2 ** 16, 2 ** 16, 3]]) {
    const trips = shape.reduce((a, b) => a * b);
    await assertRejects(
      () => evaluate([{ node: countOf(shape) }], { backend: cpu }),
      ShapeError,
      `make at most ${MOST_ELEMENTS} trips: current loops over [${shape.join(", ")}] make ${trips}`,
    );
  }
});

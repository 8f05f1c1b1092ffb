import { assert, assertEquals, assertRejects } from "@std/assert";
import { evaluate } from "../../autograd/mod.ts";
import {
  add,
  broadcastTo,
  constant,
  fullLike,
  lower,
  MOST_ELEMENTS,
  type Node,
  reduceMax,
  reduceSum,
  reshape,
  type Shape,
  ShapeError,
  sub,
} from "../../graph/mod.ts";
import { cpuTest } from "./_backend.ts";

/** How many positions a loop over a shape has, counted in the loop, in each of some rows. */
function countOf(shape: Shape, rows = 1): Node {
  const one = constant(Int32Array.of(1), []);
  return reduceSum(broadcastTo(one, [rows, ...shape]), shape.map((_, axis) => axis + 1));
}

cpuTest("a loop of the maximum length runs every iteration", async (cpu) => {
  const [counts] = await evaluate([{ node: countOf([MOST_ELEMENTS]) }], { backend: cpu });
  assertEquals([...counts!], [MOST_ELEMENTS]);
});

cpuTest("a longer loop is rejected before anything runs", async (cpu) => {
  // So many rows are not split into shorter ones.
  const rows = cpu.limits.parallelRows;
  for (const shape of [[2 ** 16, 2 ** 15], [2 ** 16, 2 ** 16], [2, 2 ** 16, 2 ** 16, 3]]) {
    const trips = shape.reduce((a, b) => a * b);
    await assertRejects(
      () => evaluate([{ node: countOf(shape, rows) }], { backend: cpu }),
      ShapeError,
      `may make at most ${MOST_ELEMENTS} trips: current loops over [${
        shape.join(", ")
      }] make ${trips}`,
    );
  }
});

cpuTest("a row can be reduced more often than one kernel can hold results", async (cpu) => {
  const x = constant(Float32Array.of(0, 1, 2, 3, 8, 6, 4, 2), [2, 4]);
  for (const count of [31, 32, 33, 70]) {
    let h: Node = x;
    for (let i = 0; i < count; i++) {
      const largest = broadcastTo(reshape(reduceMax(h, [1]), [2, 1]), [2, 4]);
      h = add(sub(h, largest), fullLike(h, i % 3));
    }
    const [values] = await evaluate([{ node: h }], { backend: cpu });
    const last = (count - 1) % 3; // of each row the largest is taken off again and again
    assertEquals([...values!], [-3, -2, -1, 0, 0, -2, -4, -6].map((value) => value + last));
    const { plan } = lower({ outputs: [h], updates: new Map() }, cpu.limits, "rows");
    for (const kernel of plan.dispatches.flatMap(({ kernels }) => kernels)) {
      assert(kernel.kind === "loop" && kernel.reductions.length <= 31);
    }
  }
});

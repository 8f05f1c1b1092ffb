import { assert, assertEquals } from "@std/assert";
import { evaluate } from "../../autograd/mod.ts";
import {
  add,
  constant,
  type Limits,
  lower,
  type Node,
  scalarsOf,
  visitScalars,
} from "../../graph/mod.ts";
import { PlanBackend } from "../support/plan_backend.ts";

const limits = {
  slotsPerDispatch: 8,
  bytesPerSlot: 2 ** 20,
  longRow: 4096,
  parallelRows: 64,
} as const;

/** ((x₀ + x₁) + x₂) + …, each of three elements i. */
function sumOf(count: number): Node {
  const terms = Array.from({ length: count }, (_, i) => constant(new Float32Array(3).fill(i), [3]));
  return terms.reduce(add);
}

Deno.test("a sum of more values than a dispatch may touch is computed in parts", async () => {
  using backend = new PlanBackend(limits); // which refuses a dispatch that touches more
  for (const count of [7, 8, 20, 60]) {
    const [sum] = await evaluate([{ node: sumOf(count) }], { backend });
    assertEquals([...sum!], new Array(3).fill(count * (count - 1) / 2));
  }
});

Deno.test("no kernel of such a sum reads more than it may, and the parts are as large as can be", () => {
  const { plan } = lower({ outputs: [sumOf(20)], updates: new Map() }, limits, "sum");
  const kernels = plan.dispatches.flatMap(({ kernels }) => kernels);
  const reads = kernels.map((kernel) => {
    const slots = new Set<unknown>();
    visitScalars(scalarsOf(kernel), (part) => {
      if (part.op === "load") slots.add(part.source);
    });
    return slots.size;
  });
  assert(reads.every((count) => count < limits.slotsPerDispatch), `${reads}`);
  assertEquals(kernels.length, Math.ceil((20 - 1) / (limits.slotsPerDispatch - 2)));
});

/** Number of kernels of each dispatch for four sums that share an input and have one of their own. */
function kernelsOf(limits: Limits): readonly number[] {
  const input = (value: number) => constant(new Float32Array(3).fill(value), [3]);
  const shared = input(0);
  const outputs = [1, 2, 3, 4].map((value) => add(shared, input(value)));
  const { plan } = lower({ outputs, updates: new Map() }, limits, "sums");
  return plan.dispatches.map(({ kernels }) => kernels.length);
}

Deno.test("merged kernels access at most `slotsPerKernel` slots, and share a dispatch", () => {
  const wide = { ...limits, slotsPerDispatch: 16 };
  assertEquals(kernelsOf(wide), [1]);
  // n sums together access 2n + 1 slots
  assertEquals(kernelsOf({ ...wide, slotsPerKernel: 9 }), [1]);
  assertEquals(kernelsOf({ ...wide, slotsPerKernel: 8 }), [2]);
  assertEquals(kernelsOf({ ...wide, slotsPerKernel: 5 }), [2]);
  assertEquals(kernelsOf({ ...wide, slotsPerKernel: 4 }), [4]);
  // A dispatch with fewer slots limits its kernels, too.
  assertEquals(kernelsOf({ ...limits, slotsPerDispatch: 5, slotsPerKernel: 44 }), [1, 1]);
});

import { assert, assertEquals } from "@std/assert";
import { measureMemory } from "../../bench/memory.ts";
import { gradientsOf, Tensor } from "../../autograd/mod.ts";
import * as g from "../../graph/mod.ts";

const wide: g.Limits = {
  slotsPerDispatch: Infinity,
  bytesPerSlot: 2 ** 32,
  longRow: 16384,
  parallelRows: 8,
};
const narrow: g.Limits = { ...wide, slotsPerDispatch: 8, longRow: 1024, parallelRows: 256 };

/** Two layers on 5 samples: 7 hidden units with relu, 3 outputs. */
function step(): g.Graph {
  const variable = (name: string, shape: readonly number[]) =>
    new Tensor(g.variable(name, { dtype: "f32", shape }));
  const [first, last] = [variable("first", [4, 7]), variable("last", [7, 3])];
  const output = variable("x", [5, 4]).matmul(first).relu().matmul(last);
  const loss = output.square().sum();
  const gradients = gradientsOf(loss, [first, last]);
  return {
    outputs: [loss.node],
    updates: new Map([first, last].map((weight, i) => {
      const marked = g.gradient(gradients[i]!.node, weight.node, loss.node);
      return [weight.node, g.sub(weight.node, marked)];
    })),
  };
}

Deno.test("a plan knows the bytes that the backward part reads of the forward part", () => {
  // the hidden activations; the outputs' gradient is made together with them
  const plan = g.lower(step(), wide, "step").plan;
  assertEquals(plan.keptBytes, 4 * 5 * 7);
  assert(g.temporaryBytes(plan) >= plan.keptBytes!);
});

Deno.test("a plan without gradients has nothing to keep", () => {
  const x = g.variable("x", { dtype: "f32", shape: [4] });
  const { plan } = g.lower({ outputs: [g.exp(x)], updates: new Map() }, wide, "no step");
  assertEquals(plan.keptBytes, undefined);
});

Deno.test("a step of resnet-20 takes at most 1.3 times what its backward part must keep", () => {
  for (const [name, limits] of Object.entries({ wide, narrow })) {
    const { temporaryBytes, keptBytes } = measureMemory({ name, limits });
    // two values for each of 19 convolutions: its result, and what normalisation and relu make of it
    const pixels = 7 * 16 * 32 * 32 + 6 * 32 * 16 * 16 + 6 * 64 * 8 * 8;
    assert(keptBytes >= 4 * 128 * 2 * pixels, `${name}: ${keptBytes}`);
    assert(keptBytes <= 1.01 * 4 * 128 * 2 * pixels, `${name}: ${keptBytes}`);
    assert(temporaryBytes <= 1.3 * keptBytes, `${name}: ${temporaryBytes} for ${keptBytes}`);
  }
});

import { assertEquals } from "@std/assert";
import { compile, Parameter, tensor } from "../../autograd/mod.ts";
import { type Kernel, skipsEmptyRows } from "../../graph/mod.ts";
import { type GradientTransform, Optimizer, sgd } from "../../optim/mod.ts";
import { PlanBackend } from "../support/plan_backend.ts";

/** The kernels of a step that trains a table of 50 rows, of which a batch uses three. */
async function kernelsOf(transform: GradientTransform): Promise<readonly Kernel[]> {
  using backend = new PlanBackend();
  using table = new Parameter("table", { dtype: "f32", shape: [50, 4] });
  using optimizer = new Optimizer([table], transform);
  const indices = tensor(Int32Array.of(7, 3, 7), [3]);
  using step = await compile({}, () => ({
    updates: optimizer.minimize(table.gather(indices).square().sum()),
  }), { backend });
  return step.plan.dispatches.flatMap(({ kernels }) => kernels);
}

async function scatterOf(transform: GradientTransform) {
  const scatters = (await kernelsOf(transform)).filter((kernel) => kernel.kind === "scatter");
  assertEquals(scatters.length, 1);
  return scatters[0]!;
}

Deno.test("plain SGD updates a table in the kernel of its gradient, and skips unused rows", async () => {
  const scatter = await scatterOf(sgd({ learningRate: 0.1 }));
  assertEquals([scatter.rows, scatter.columns, scatter.terms], [50, 4, 3]);
  assertEquals(scatter.stores.length, 1); // the gradient is not in memory
  assertEquals(skipsEmptyRows(scatter), true);
});

Deno.test("rows that no batch uses change under momentum and decay, and are not skipped", async () => {
  assertEquals(skipsEmptyRows(await scatterOf(sgd({ learningRate: 0.1, momentum: 0.9 }))), false);
  assertEquals(skipsEmptyRows(await scatterOf(sgd({ learningRate: 0.1, weightDecay: 1 }))), false);
});

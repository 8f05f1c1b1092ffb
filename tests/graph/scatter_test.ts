import { assert, assertEquals } from "@std/assert";
import { compile, Parameter, tensor } from "../../autograd/mod.ts";
import {
  dependsOnAxis,
  type Kernel,
  loadsOf,
  s,
  type Scalar,
  type ScatterKernel,
} from "../../graph/mod.ts";
import { keepsEmptyRows, skipsEmptyRows } from "../../graph/kernels/empty_rows.ts";
import { exponential, type GradientTransform, Optimizer, sgd } from "../../optim/mod.ts";
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

Deno.test("whether a step with a schedule skips unused rows depends on the rate alone", async () => {
  const learningRate = exponential(0.1, { factor: 0.5 });
  const scatter = await scatterOf(sgd({ learningRate }));
  assertEquals(skipsEmptyRows(scatter), true);
  const keeps = keepsEmptyRows(scatter);
  assert(keeps.op !== "const");
  for (const axis of [0, 1]) assertEquals(dependsOnAxis(keeps, axis), false);
  assertEquals(loadsOf([keeps]).some(({ source }) => source === scatter.stores[0]!.slot), false);
});

const parts: Omit<ScatterKernel, "stores"> = {
  kind: "scatter",
  label: "scatter",
  combine: "sum",
  type: "f32",
  rows: 50,
  columns: 4,
  terms: 3,
  source: 0,
  indices: 1,
};

Deno.test("an update that subtracts skips unused rows, too, and one that only looks so does not", () => {
  const [w, sum] = [s.load(2, "f32", s.int(0)), s.result(0, "f32")];
  const rate = s.load(3, "f32", s.int(0));
  const keeps = (value: Scalar) => {
    const stores = [{ slot: 2, index: s.int(0), value }];
    const keeps = keepsEmptyRows({ ...parts, stores });
    return keeps.op === "const" ? keeps.value : "rate";
  };
  assertEquals(keeps(s.sub(w, s.mul(sum, s.const(0.1)))), 1);
  assertEquals(keeps(s.sub(w, s.mul(sum, s.const(-0.1)))), 0); // −0 − (−0) is 0
  assertEquals(keeps(s.add(w, s.mul(s.const(-0.1), sum))), 1);
  assertEquals(keeps(s.add(s.mul(s.const(-1), sum), w)), 1);
  assertEquals(keeps(s.add(w, sum)), 0); // −0 + 0 is 0
  assertEquals(keeps(s.add(w, s.mul(sum, s.const(-Infinity)))), 0);
  assertEquals(keeps(s.sub(s.mul(sum, rate), w)), 0);
  assertEquals(keeps(s.sub(w, s.mul(sum, rate))), "rate");
  assertEquals(keeps(s.add(w, s.mul(s.mul(sum, rate), s.const(-1)))), "rate");
  assertEquals(keeps(s.mul(s.add(w, s.mul(sum, s.const(-1))), s.const(0.9))), 0);
  assertEquals(keeps(s.add(w, s.mul(sum, s.load(3, "f32", s.axis(0, 50))))), 0);
  assertEquals(keeps(s.add(w, s.mul(sum, sum))), 0);
});

Deno.test("rows that no batch uses change under momentum and decay, and are not skipped", async () => {
  assertEquals(skipsEmptyRows(await scatterOf(sgd({ learningRate: 0.1, momentum: 0.9 }))), false);
  assertEquals(skipsEmptyRows(await scatterOf(sgd({ learningRate: 0.1, weightDecay: 1 }))), false);
});

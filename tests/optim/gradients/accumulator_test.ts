import { assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../../mod.ts";
import { cpuTest } from "../../cpu/_backend.ts";

const make = () => new gs.Parameter("w", { dtype: "f32", shape: [2] }, () => Float32Array.of(1, 1));
const inputs = { x: gs.f32([2]) };

for (
  const [reduction, expected] of [["mean", [1 - 1.5, 1 + 1]], ["sum", [1 - 6, 1 + 4]]] as const
) {
  cpuTest(`three micro-batches of unequal weight, ${reduction}`, async (backend) => {
    using w = make();
    using optimizer = new gs.Optimizer([w], gs.sgd({ learningRate: 1 }));
    using accumulator = new gs.GradientAccumulator(optimizer, { reduction });
    const accumulate = (weight: number) =>
      gs.compile(inputs, ({ x }) => ({
        updates: accumulator.accumulate(x.mul(w).sum(), { weight }),
      }), { backend });
    using one = await accumulate(1);
    using two = await accumulate(2);
    using apply = await gs.compile({}, () => ({ updates: accumulator.apply() }), { backend });
    one.run({ x: Float32Array.of(4, 2) });
    one.run({ x: Float32Array.of(-2, 0) });
    two.run({ x: Float32Array.of(2, -3) });
    assertEquals([...await w.data()], [1, 1]); // nothing has moved
    assertEquals(await optimizer.step.item(), 0);
    apply.run();
    assertEquals([...await w.data()], expected);
    assertEquals([await optimizer.step.item(), await accumulator.counter.item()], [1, 3]);
    apply.run(); // nothing was accumulated: the gradient is 0
    assertEquals([...await w.data()], expected);
  });
}

cpuTest("dropout draws anew for each micro-batch", async (backend) => {
  const dropout = gs.initialize(new gs.Dropout(0.5), { seed: 1 });
  using w = new gs.Parameter("w", { dtype: "f32", shape: [64] });
  using optimizer = new gs.Optimizer([w], gs.sgd({ learningRate: 1 }));
  using accumulator = new gs.GradientAccumulator(optimizer);
  using accumulate = await gs.compile({}, () => {
    const y = dropout.forward(w.add(1), { training: true, counter: accumulator.counter, seed: 1 });
    return { outputs: { y }, updates: accumulator.accumulate(y.sum()) };
  }, { backend });
  accumulate.run();
  const { y: first } = await accumulate.read();
  accumulate.run();
  const { y: second } = await accumulate.read();
  assertEquals(first.some((value, i) => value !== second[i]), true);
});

cpuTest("sums survive a checkpoint between two steps", async (backend) => {
  const run = async (isInterrupted: boolean) => {
    using w = make();
    using optimizer = new gs.Optimizer([w], gs.sgd({ learningRate: 1 }));
    using accumulator = new gs.GradientAccumulator(optimizer);
    const state = accumulator.state();
    assertEquals([...state.keys()], [
      "accumulated.counter",
      "accumulated.weight",
      "w.accumulated",
    ]);
    using accumulate = await gs.compile(inputs, ({ x }) => ({
      updates: accumulator.accumulate(x.mul(w).sum()),
    }), { backend });
    using apply = await gs.compile({}, () => ({ updates: accumulator.apply() }), { backend });
    accumulate.run({ x: Float32Array.of(1, 3) });
    if (isInterrupted) {
      const saved = await gs.readVariables([...state.values()]);
      accumulate.run({ x: Float32Array.of(9, 9) });
      [...state.values()].forEach((variable, i) => variable.assign(saved[i]!));
    }
    accumulate.run({ x: Float32Array.of(2, 5) });
    apply.run();
    return [...await w.data()];
  };
  assertEquals(await run(true), await run(false));
});

Deno.test("an accumulator refuses what it cannot sum", () => {
  const w = make();
  const optimizer = new gs.Optimizer([w], gs.sgd({ learningRate: 1 }));
  // deno-lint-ignore no-explicit-any
  const construct = (...args: any[]) => Reflect.construct(gs.GradientAccumulator, args);
  assertThrows(() => construct([w]), TypeError, "it needs an Optimizer: current is [a Parameter]");
  assertThrows(() => construct(optimizer, { reduction: "max" }), RangeError, '"mean", "sum"');
  const accumulator = new gs.GradientAccumulator(optimizer);
  assertThrows(() => accumulator.apply(), gs.GraphError, "compile the function that accumulates");
  assertThrows(() => accumulator.accumulate(w), gs.ShapeError, "must be a scalar");
  assertThrows(() => accumulator.accumulate(w.sum(), { weight: 0 }), RangeError, "weight");
});

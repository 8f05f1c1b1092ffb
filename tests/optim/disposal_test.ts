import { assert, assertEquals, assertRejects } from "@std/assert";
import { compile, f32, type Tensor, Variable } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { BatchNorm1d, initialize, Linear, Module, ReLU, Sequential } from "../../layers/mod.ts";
import { adam, Optimizer } from "../../optim/mod.ts";

/** Parameters, running statistics, nested modules, and one variable that two modules share. */
class Net extends Module {
  readonly shared = new Variable("shared", { dtype: "f32", shape: [2] });
  readonly body = new Sequential([new Linear(3, 4), new BatchNorm1d(4), new ReLU()]);
  readonly heads = { left: [new Head(this.shared)], right: [new Head(this.shared)] };
  override forward(x: Tensor): Tensor {
    const hidden = this.body.forward(x);
    return this.heads.left[0]!.forward(hidden).add(this.heads.right[0]!.forward(hidden));
  }
}

class Head extends Module {
  readonly linear = new Linear(4, 2, { bias: false });
  constructor(readonly shared: Variable) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return this.linear.forward(x).add(this.shared);
  }
}

Deno.test("`using` a model and an optimizer frees all that they keep on the device", async () => {
  using backend = openCpu({ threads: 1 });
  const batch = { x: Float32Array.from({ length: 6 }, (_, i) => i) };
  const optimized: Variable[] = [];
  {
    using model = initialize(new Net(), { seed: 1 });
    {
      using optimizer = new Optimizer(model.parameters(), adam({ learningRate: 0.1 }));
      optimized.push(...optimizer.state().values());
      const train = ({ x }: { x: Tensor }) => {
        const state = [...model.state().values()];
        const others = state.filter((variable) => !model.parameters().some((p) => p === variable));
        const statistics = others.map((variable) => [variable, variable.mul(1)] as const);
        const updates = optimizer.minimize(model.forward(x).square().sum());
        return { updates: new Map([...updates, ...statistics]) };
      };
      using step = await compile({ x: f32([2, 3]) }, train, { backend });
      step.run(batch);
      assertEquals(await optimizer.step.data(), Int32Array.of(1));
    }
    for (const variable of optimized) await assertRejects(() => variable.data(), Error, "disposed");
    // the optimizer's end is not the model's
    const variables = new Set(model.state().values());
    assertEquals(backend.memory().liveBuffers, variables.size);
    for (const variable of variables) assert((await variable.data()).every(Number.isFinite));
    model[Symbol.dispose]();
    assertEquals(backend.memory().liveBuffers, 0);
    for (const variable of variables) await assertRejects(() => variable.data(), Error, "disposed");
  } // disposes it again: twice is once
  assertEquals(backend.memory().liveBuffers, 0);
});

Deno.test("a model without parameters yet can be disposed, and initialized afterwards", async () => {
  const model = new Sequential([new Linear(3, 4)]);
  model[Symbol.dispose]();
  initialize(model, { seed: 1 });
  using backend = openCpu({ threads: 1 });
  using weight = model.parameters()[0]!;
  assertEquals((await weight.data({ backend })).length, 12);
});

import { assertEquals } from "@std/assert";
import * as gs from "@gspace/gspace";

Deno.test("a model and optimizer restored by loadStateDict() take the same next step", async () => {
  using backend = gs.openCpu({ threads: 1 });
  const x = Float32Array.of(1, 0, 0, 1);

  async function parts(seed: number) {
    const layers = [new gs.Linear(2, 3), new gs.BatchNorm1d(3)];
    const model = gs.initialize(new gs.Sequential(layers), { seed });
    const optimizer = new gs.Optimizer(model.parameters(), gs.adam({ learningRate: 0.1 }));
    const step = await gs.compile({ x: gs.f32([2, 2]) }, ({ x }) => {
      const statistics = new Map<gs.Variable, gs.Tensor>();
      const record = (key: gs.Variable, next: gs.Tensor) => void statistics.set(key, next);
      const loss = model.forward(x, { training: true, record }).square().mul(x.sum()).mean();
      return { outputs: { loss }, updates: new Map([...optimizer.minimize(loss), ...statistics]) };
    }, { backend });
    return { model, optimizer, step };
  }

  const first = await parts(1);
  for (let i = 0; i < 3; i++) first.step.run({ x });
  const files = [first.model, first.optimizer].map(async (owner) =>
    gs.encodeSafetensors(await gs.stateDict(owner))
  );
  const second = await parts(2);
  const [weights, moments] = await Promise.all(files);
  gs.loadStateDict(second.model, gs.decodeSafetensors(weights!).tensors);
  gs.loadStateDict(second.optimizer, gs.decodeSafetensors(moments!).tensors);
  for (const { step } of [first, second]) step.run({ x });
  assertEquals(await gs.stateDict(second.model), await gs.stateDict(first.model));
  assertEquals(await gs.stateDict(second.optimizer), await gs.stateDict(first.optimizer));

  for (const { model, optimizer, step } of [first, second]) {
    step[Symbol.dispose]();
    for (const owner of [optimizer, model]) owner[Symbol.dispose]();
  }
  assertEquals(backend.memory().liveBuffers, 0);
});

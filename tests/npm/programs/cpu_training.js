import * as gs from "@gspace/gspace";

const backend = gs.openCpu();
const model = gs.initialize(
  new gs.Sequential([new gs.Linear(2, 16), new gs.ReLU(), new gs.Linear(16, 2)]),
  { seed: 1 },
);
const optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.2 }));
const inputs = { x: gs.f32([4, 2]), y: gs.i32([4]) };
const step = await gs.compile(inputs, ({ x, y }) => {
  const loss = gs.crossEntropy(model.forward(x), y);
  return { outputs: { loss }, updates: optimizer.minimize(loss) };
}, { backend });
step.run({ x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Int32Array.of(0, 1, 1, 0) });
console.log((await step.read()).loss[0]);

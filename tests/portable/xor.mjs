/** A program outside Deno: xor with G-SGD. Resolves to the losses of all steps. */
export async function train(gs, backend, steps, afterStep = () => {}) {
  const model = gs.initialize(
    new gs.Sequential([new gs.Linear(2, 16), new gs.ReLU(), new gs.Linear(16, 2)]),
    { seed: 1 },
  );
  const optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.2 }));
  const traced = gs.trace({ x: gs.f32([4, 2]), y: gs.i32([4]) }, ({ x, y }) => {
    const loss = gs.crossEntropy(model.forward(x), y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  });
  const plan = gs.planGsgd(traced.graph);
  gs.initializeSkeleton(plan, model.parameters(), "one");
  const step = await gs.compile(traced, { backend, passes: [plan.apply] });
  const losses = [];
  step.run({ x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Int32Array.of(0, 1, 1, 0) });
  for (let i = 0; i < steps; i++) {
    losses.push((await step.read()).loss[0]);
    afterStep(i);
    step.run();
  }
  for (const owner of [step, optimizer, model]) owner[Symbol.dispose]();
  return losses;
}

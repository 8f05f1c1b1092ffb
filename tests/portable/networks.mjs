/**
 * A program for runtimes other than Deno: an MLP, and a small convolutional network with batch
 * normalization, each trained with G-SGD.
 */

/** Numbers of order one, the same in every runtime. */
function values(count, seed) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const networks = {
  "an MLP": (gs) => ({
    model: new gs.Sequential([
      ...[new gs.Linear(13, 33), new gs.ReLU(), new gs.Linear(33, 17), new gs.ReLU()],
      new gs.Linear(17, 5),
    ]),
    shape: [7, 13],
  }),
  "a convolutional network": (gs) => ({
    model: new gs.Sequential([
      ...[new gs.Conv2d(3, 9, 3, { padding: 1 }), new gs.BatchNorm2d(9), new gs.ReLU()],
      ...[new gs.Conv2d(9, 10, 3, { stride: 2, padding: 1 }), new gs.ReLU()],
      ...[new gs.Flatten(), new gs.Linear(10 * 4 * 5, 5)],
    ]),
    shape: [7, 3, 7, 9],
  }),
};

/** Resolves to the losses of all steps and the trained values of a network. */
async function trainOne(gs, backend, { model, shape }, steps) {
  gs.initialize(model, { seed: 3 });
  const optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.05 }));
  const traced = gs.trace({ x: gs.f32(shape), y: gs.i32([shape[0]]) }, ({ x, y }) => {
    const statistics = new Map();
    const record = (variable, next) => void statistics.set(variable, next);
    const loss = gs.crossEntropy(model.forward(x, { training: true, record }), y);
    return { outputs: { loss }, updates: new Map([...optimizer.minimize(loss), ...statistics]) };
  });
  const plan = gs.planGsgd(traced.graph);
  gs.initializeSkeleton(plan, model.parameters(), "one");
  const step = await gs.compile(traced, { backend, passes: [plan.apply] });
  const count = shape.reduce((a, b) => a * b);
  const result = { losses: [] };
  for (let i = 0; i < steps; i++) {
    step.run({
      x: values(count, i),
      y: Int32Array.from({ length: shape[0] }, (_, row) => (3 * row + i) % 5),
    });
    result.losses.push((await step.read()).loss[0]);
  }
  for (const [name, variable] of model.state()) {
    result[name] = [...await variable.data()];
  }
  for (const owner of [step, optimizer, model]) owner[Symbol.dispose]();
  return result;
}

/** Trains every network; resolves to the results by the names of the networks. */
export async function train(gs, backend, steps) {
  const results = new Map();
  for (const [name, make] of Object.entries(networks)) {
    results.set(name, await trainOne(gs, backend, make(gs), steps));
  }
  return Object.fromEntries(results);
}

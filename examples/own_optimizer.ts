// A custom optimizer: AdaBelief [Zhuang et al. 2020], which divides by how far gradients are
// from their mean. It runs in G-space unchanged: there it gets gradients of path values.
import * as gs from "@gspace/gspace";

interface AdaBeliefOptions {
  readonly learningRate: gs.LearningRate;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
}

/** m ← β₁·m + (1 − β₁)·g and s ← β₂·s + (1 − β₂)·(g − m)² + ε; the update is m̂ / (√ŝ + ε). */
function adaBelief({ learningRate, betas = [0.9, 0.999], eps = 1e-8 }: AdaBeliefOptions) {
  const scale = gs.perParameter("adaBelief", ({ update: g, slots: [m, s] }, { step }) => {
    const mean = m!.mul(betas[0]).add(g.mul(1 - betas[0]));
    const belief = s!.mul(betas[1]).add(g.sub(mean).square().mul(1 - betas[1])).add(eps);
    const count = step.add(1).cast("f32"); // steps are counted from 0
    const unbiased = (x: gs.Tensor, beta: number) => x.div(gs.full(beta, []).pow(count).rsub(1));
    const direction = unbiased(mean, betas[0]).div(unbiased(belief, betas[1]).sqrt().add(eps));
    return { update: direction, slots: [mean, belief] };
  }, ["mean", "belief"]);
  return gs.chain(scale, gs.scaleByLearningRate(learningRate));
}

/** Trains on the digits. Resolves to the test accuracy. */
async function train(backend: gs.Backend, passes: readonly gs.Pass[], epochs: number) {
  const data = await gs.loadDataset("digits");
  const layers = [new gs.Linear(64, 48), new gs.ReLU(), new gs.Linear(48, 10)];
  using model = gs.initialize(new gs.Sequential(layers), { seed: 1 });
  using optimizer = new gs.Optimizer(model.parameters(), adaBelief({ learningRate: 5e-3 }));
  const options = { sampleShape: [64], batchSize: 64, epochs, passes, backend };
  using trainer = new gs.Trainer({ model, optimizer, data, ...options });
  if (passes.length > 0) {
    gs.initializeSkeleton(gs.planGsgd(trainer.graph), model.parameters(), "one");
  }
  await trainer.train();
  return (await trainer.evaluate("test")).accuracy;
}

export async function main({ epochs = 8 } = {}) {
  using backend = await gs.openBackend("cpu");
  return {
    plain: await train(backend, [], epochs),
    inGSpace: await train(backend, [gs.gsgd()], epochs),
  };
}

if (import.meta.main) console.log(await main());

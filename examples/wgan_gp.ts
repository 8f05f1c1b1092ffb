// A Wasserstein GAN with a gradient penalty [Gulrajani et al. 2017] that learns eight points on a
// circle. The penalty is on a gradient, so the critic is trained on second derivatives.
import * as gs from "@gspace/gspace";

const mlp = (inputs: number, outputs: number) =>
  new gs.Sequential(
    new gs.Linear(inputs, 64),
    new gs.LeakyReLU(0.2),
    new gs.Linear(64, 64),
    new gs.LeakyReLU(0.2),
    new gs.Linear(64, outputs),
  );

/** f32 [rows, 2]: samples of eight normal distributions around a circle of radius 2. */
function realSamples(rows: number, step: gs.Tensor): gs.Tensor {
  const mode = gs.random.randint(0, 8, [rows], { seed: 1, step, name: "mode" }).cast("f32");
  const angle = mode.mul(Math.PI / 4);
  const noise = gs.random.normal([rows, 2], { seed: 1, step, name: "spread", std: 0.05 });
  return gs.stack([angle.cos(), angle.sin()], 1).mul(2).add(noise);
}

export async function main({ steps = 1500, rows = 128, criticSteps = 5, report = 250 } = {}) {
  using backend = await gs.openBackend("auto");
  using generator = gs.initialize(mlp(2, 2), { seed: 1 });
  using critic = gs.initialize(mlp(2, 1), { seed: 2 });
  const adam = () => gs.adam({ learningRate: 1e-3, betas: [0.5, 0.9] });
  using ofGenerator = new gs.Optimizer(generator.parameters(), adam());
  using ofCritic = new gs.Optimizer(critic.parameters(), adam());
  const fakeSamples = (step: gs.Tensor, name: string) =>
    generator.forward(gs.random.normal([rows, 2], { seed: 3, step, name }));

  using criticStep = await gs.compile({}, () => {
    const { step } = ofCritic;
    const [real, fake] = [realSamples(rows, step), fakeSamples(step, "critic")];
    const share = gs.random.uniform([rows, 1], { seed: 4, step });
    const between = real.mul(share).add(fake.mul(share.rsub(1)));
    const [slope] = gs.grad((x) => critic.forward(x).sum())(between);
    const penalty = slope!.square().sum(1).add(1e-12).sqrt().sub(1).square().mean();
    const distance = critic.forward(real).mean().sub(critic.forward(fake).mean());
    const loss = penalty.sub(distance); // λ = 1; for images, the paper has 10
    return { outputs: { distance, penalty }, updates: ofCritic.minimize(loss) };
  }, { backend });
  using generatorStep = await gs.compile({}, () => {
    const loss = critic.forward(fakeSamples(ofGenerator.step, "generator")).mean().neg();
    return { updates: ofGenerator.minimize(loss) };
  }, { backend });

  const distances: number[] = [];
  for (let step = 1; step <= steps; step++) {
    for (let i = 0; i < criticSteps; i++) criticStep.run();
    generatorStep.run();
    if (step % report !== 0) continue;
    const { distance, penalty } = await criticStep.read();
    distances.push(distance[0]!);
    console.log(
      `step ${step}: distance ${distance[0]!.toFixed(3)}, penalty ${penalty[0]!.toFixed(3)}`,
    );
  }
  const samples = generator.forward(gs.random.normal([512, 2], { seed: 5 }));
  return { distances, quality: qualityOf(await samples.data({ backend })) };
}

/** The mean distance of samples to the nearest of the eight points, and how many points they hit. */
function qualityOf(samples: ArrayLike<number>) {
  const hit = new Set<number>();
  let total = 0;
  for (let i = 0; i < samples.length; i += 2) {
    const distances = Array.from({ length: 8 }, (_, mode) => {
      const angle = mode * Math.PI / 4;
      return Math.hypot(samples[i]! - 2 * Math.cos(angle), samples[i + 1]! - 2 * Math.sin(angle));
    });
    const nearest = Math.min(...distances);
    total += nearest;
    if (nearest < 0.3) hit.add(distances.indexOf(nearest));
  }
  return { meanDistance: total / (samples.length / 2), modes: hit.size };
}

if (import.meta.main) console.log((await main()).quality);

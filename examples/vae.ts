// A variational autoencoder [Kingma and Welling 2014] of the 8×8 digits, and digits that it makes up.
import * as gs from "@gspace/gspace";

const LATENT = 4;

class Vae extends gs.Module<gs.Tensor, { logits: gs.Tensor; mean: gs.Tensor; logVar: gs.Tensor }> {
  readonly encoder = new gs.Sequential(new gs.Linear(64, 64), new gs.ReLU());
  readonly mean = new gs.Linear(64, LATENT);
  readonly logVar = new gs.Linear(64, LATENT);
  readonly decoder = new gs.Sequential(
    new gs.Linear(LATENT, 64),
    new gs.ReLU(),
    (x) => x.reshape(-1, 16, 2, 2),
    new gs.ConvTranspose2d(16, 8, 4, { stride: 2, padding: 1 }),
    new gs.ReLU(),
    new gs.ConvTranspose2d(8, 1, 4, { stride: 2, padding: 1 }),
    (x) => x.flatten(1),
  );

  override forward(x: gs.Tensor, { counter }: gs.ForwardContext = gs.inference) {
    const hidden = this.encoder.forward(x);
    const [mean, logVar] = [this.mean.forward(hidden), this.logVar.forward(hidden)];
    const noise = gs.random.normal(mean.shape, { seed: 1, ...(counter && { step: counter }) });
    const z = mean.add(logVar.mul(0.5).exp().mul(noise));
    return { logits: this.decoder.forward(z), mean, logVar };
  }
}

/** The negative evidence lower bound, per sample. */
function lossOf({ logits, mean, logVar }: ReturnType<Vae["forward"]>, x: gs.Tensor) {
  const pixels = gs.binaryCrossEntropyWithLogits(logits, x, { reduction: "sum" });
  const kl = logVar.add(1).sub(mean.square()).sub(logVar.exp()).sum().mul(-0.5);
  return { loss: pixels.add(kl).div(x.shape[0]!), kl: kl.div(x.shape[0]!) };
}

export async function main({ epochs = 60, batchSize = 64 } = {}) {
  using backend = await gs.openBackend("auto");
  const { train } = await gs.loadDataset("digits");
  const pixels = Float32Array.from(train.x, (value) => value / 16);
  using model = gs.initialize(new Vae(), { seed: 1 });
  using optimizer = new gs.Optimizer(model.parameters(), gs.adam({ learningRate: 3e-3 }));
  using step = await gs.compile({ x: gs.f32([batchSize, 64]) }, ({ x }) => {
    const output = model.forward(x, { training: true, counter: optimizer.step });
    const { loss, kl } = lossOf(output, x);
    return { outputs: { loss, kl }, updates: optimizer.minimize(loss) };
  }, { backend });

  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = { count: train.count, batchSize, seed: 1, epoch } as const;
    const options = { ...order, shuffle: true, lastBatch: "drop" } as const;
    for (const batch of gs.batches({ x: pixels }, options)) step.run(batch);
    const { loss, kl } = await step.read();
    losses.push(loss[0]!);
    if (epoch % 10 === 0) {
      console.log(`epoch ${epoch}: ${loss[0]!.toFixed(2)}, KL ${kl[0]!.toFixed(2)}`);
    }
  }
  const z = gs.random.normal([4, LATENT], { seed: 2 });
  const samples = await model.decoder.forward(z).sigmoid().data({ backend });
  return { losses, samples };
}

/** Digits as text, side by side. */
function draw(samples: Float32Array): string {
  const row = (digit: number, y: number) =>
    [...samples.subarray(digit * 64 + y * 8, digit * 64 + y * 8 + 8)]
      .map((value) => " .:+#@"[Math.min(5, Math.floor(value * 6))]).join("");
  return Array.from({ length: 8 }, (_, y) => [0, 1, 2, 3].map((digit) => row(digit, y)).join("   "))
    .join("\n");
}

if (import.meta.main) console.log(draw((await main()).samples));

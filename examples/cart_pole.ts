// A policy gradient (REINFORCE with the mean return as baseline [Williams 1992]) that learns to
// balance a pole on a cart. Many carts run at once, so each batch of observations has another size.
import * as gs from "@gspace/gspace";

/** The cart-pole of [Barto, Sutton, and Anderson 1983], with the constants of Gymnasium. */
class CartPole {
  state: [x: number, v: number, angle: number, spin: number];

  constructor(random: () => number) {
    const small = () => 0.1 * (random() - 0.5);
    this.state = [small(), small(), small(), small()];
  }

  /** Pushes the cart to the left (0) or to the right (1). Returns whether the pole still stands. */
  push(action: number): boolean {
    const [x, v, angle, spin] = this.state;
    const [mass, poleMass, half, dt] = [1.1, 0.1, 0.5, 0.02];
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const pull = ((action === 1 ? 10 : -10) + poleMass * half * spin ** 2 * sin) / mass;
    const turn = (9.8 * sin - cos * pull) / (half * (4 / 3 - poleMass * cos ** 2 / mass));
    const push = pull - poleMass * half * turn * cos / mass;
    this.state = [x + dt * v, v + dt * push, angle + dt * spin, spin + dt * turn];
    return Math.abs(this.state[0]) < 2.4 && Math.abs(this.state[2]) < 0.21;
  }
}

/** A seeded generator of numbers in [0, 1): mulberry32. */
function numbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a policy saw, did, and got, over all carts. */
interface Episodes {
  readonly x: number[];
  readonly action: number[];
  /** Return from each step on, normalized over all steps. */
  readonly weight: number[];
  readonly meanLength: number;
}

type Policy = (observations: Float32Array) => Promise<ArrayLike<number>>;

async function play(policy: Policy, carts: number, random: () => number): Promise<Episodes> {
  const poles = Array.from({ length: carts }, () => new CartPole(random));
  const rewards: { cart: number; time: number }[] = [];
  const [x, action, length]: [number[], number[], number[]] = [[], [], poles.map(() => 0)];
  let standing = poles.map((_, cart) => cart);
  for (let time = 0; time < 200 && standing.length > 0; time++) {
    const observed = Float32Array.from(standing.flatMap((cart) => poles[cart]!.state));
    const logits = await policy(observed);
    standing = standing.filter((cart, i) => {
      const right = Math.exp(logits[2 * i + 1]!) /
        (Math.exp(logits[2 * i]!) + Math.exp(logits[2 * i + 1]!));
      const chosen = random() < right ? 1 : 0;
      x.push(...observed.subarray(4 * i, 4 * i + 4));
      action.push(chosen);
      rewards.push({ cart, time });
      length[cart]!++;
      return poles[cart]!.push(chosen);
    });
  }
  const returns = rewards.map(({ cart, time }) => (1 - 0.98 ** (length[cart]! - time)) / 0.02);
  const mean = returns.reduce((sum, r) => sum + r) / returns.length;
  const std = Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / returns.length);
  const weight = returns.map((r) => (r - mean) / (std + 1e-6));
  return { x, action, weight, meanLength: length.reduce((a, b) => a + b) / carts };
}

export async function main({ iterations = 40, carts = 16, seed = 1 } = {}) {
  using backend = await gs.openBackend("cpu");
  const layers = [new gs.Linear(4, 32), new gs.Tanh(), new gs.Linear(32, 2)];
  using model = gs.initialize(new gs.Sequential(layers), { seed });
  using optimizer = new gs.Optimizer(model.parameters(), gs.adam({ learningRate: 0.02 }));
  // as many steps as there are sizes: one for each number of standing poles
  using policy = gs.compileForBatches(
    { x: gs.f32([4]) },
    ({ x }) => ({ outputs: { logits: model.forward(x) } }),
    { backend, most: carts },
  );
  const types = { x: gs.f32([4]), action: gs.i32([]), weight: gs.f32([]) };
  using learn = gs.compileForBatches(types, ({ x, action, weight }) => {
    const surprise = gs.crossEntropy(model.forward(x), action, { reduction: "none" });
    return { updates: optimizer.minimize(surprise.mul(weight).mean()) };
  }, { backend, most: 1 });

  const random = numbers(seed);
  const lengths: number[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const logitsOf: Policy = async (x) => (await policy.run({ x }), (await policy.read()).logits);
    const { x, action, weight, meanLength } = await play(logitsOf, carts, random);
    await learn.run({
      x: Float32Array.from(x),
      action: Int32Array.from(action),
      weight: Float32Array.from(weight),
    });
    lengths.push(meanLength);
    if (iteration % 5 === 0) console.log(`iteration ${iteration}: ${meanLength} steps`);
  }
  return { lengths };
}

if (import.meta.main) console.log((await main()).lengths.slice(-5));

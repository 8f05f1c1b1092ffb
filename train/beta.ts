import { hostBits, streamOf } from "../graph/mod.ts";

/** Identifies a draw: the same seed and step give the same number. */
interface StepDraw {
  readonly seed: number;
  /** Number of the step. */
  readonly step: number;
}

/** A sequence of random numbers for one step. */
class Draws {
  readonly #bits: (index: number) => number;
  #index = 0;

  constructor({ seed, step }: StepDraw) {
    this.#bits = hostBits({ seed, stream: streamOf("mixup.shares"), counter: step });
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    return (this.#bits(this.#index++) + 0.5) / 2 ** 32;
  }

  /** Standard normal, by Box and Muller's transform. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}

/**
 * Draws from Beta(α, α), α > 0: X / (X + Y) in [0, 1], where X and Y are drawn from Gamma(α). It
 * computes only their logarithms, since both would round to 0 for small α.
 */
export function betaOfStep(alpha: number, draw: StepDraw): number {
  const draws = new Draws(draw);
  const [x, y] = [logOfGamma(alpha, draws), logOfGamma(alpha, draws)];
  return 1 / (1 + Math.exp(y - x));
}

/** The logarithm of a draw from Gamma(α) [Marsaglia & Tsang 2000, sec. 2 and 6]. */
function logOfGamma(alpha: number, draws: Draws): number {
  if (alpha < 1) return logOfGamma(alpha + 1, draws) + Math.log(draws.uniform()) / alpha;
  const d = alpha - 1 / 3;
  for (;;) {
    const x = draws.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v <= 0) continue;
    const limit = x * x / 2 + d - d * v + d * Math.log(v);
    if (Math.log(draws.uniform()) < limit) return Math.log(d * v);
  }
}

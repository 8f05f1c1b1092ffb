import { add, broadcastTo, equal, full, fullLike, mul, type Node, select } from "../graph/mod.ts";
import { checkOptions, type OptionNames } from "./_arguments.ts";
import { type GradientTransform, perParameter } from "./transform.ts";

/** What `momentum` is told. */
export interface MomentumOptions {
  /** Share μ of the velocity that each step keeps; 0.9 unless told. */
  readonly momentum?: number;
  /** Share of each later gradient that is left out of the velocity; 0 unless told. */
  readonly dampening?: number;
  /** Looks ahead along the velocity [Sutskever et al. 2013]; not unless told. */
  readonly nesterov?: boolean;
}

const names: OptionNames<MomentumOptions> = {
  momentum: "optional",
  dampening: "optional",
  nesterov: "optional",
};

/**
 * Heavy-ball momentum with PyTorch's conventions:
 *
 *     b ← μ·b + (1 − dampening)·g     (b ← g at the first step)
 *     update = b, or g + μ·b with Nesterov
 *
 * @throws {RangeError} if a number is out of range, or Nesterov is asked for with dampening
 */
export function momentum(options: MomentumOptions = {}): GradientTransform {
  checkOptions("make momentum", options, names);
  const { momentum: keep = 0.9, dampening = 0, nesterov = false } = options;
  if (!(keep >= 0 && keep < 1)) throw outOfRange("momentum must be in [0, 1)", keep);
  if (!(dampening >= 0 && dampening <= 1)) {
    throw outOfRange("dampening must be in [0, 1]", dampening);
  }
  if (nesterov && (dampening !== 0 || keep === 0)) {
    throw outOfRange("Nesterov needs momentum above 0 and dampening 0", `${keep} and ${dampening}`);
  }
  return perParameter(nesterov ? "nesterov" : "momentum", ({ update: g, slots: [b] }, { step }) => {
    const kept = mul(b!, fullLike(g, keep));
    const velocity = add(kept, dampening === 0 ? g : mul(g, damped(step, dampening, g)));
    const update = nesterov ? add(g, mul(velocity, fullLike(g, keep))) : velocity;
    return { update, slots: [velocity] };
  }, ["momentum"]);
}

/** 1 at the first step, 1 − dampening later. */
function damped(step: Node, dampening: number, like: Node): Node {
  const factor = select(equal(step, fullLike(step, 0)), full(1, []), full(1 - dampening, []));
  return broadcastTo(factor, like.type.shape);
}

function outOfRange(rule: string, current: unknown): RangeError {
  return new RangeError(`Cannot make momentum: ${rule}: current value is ${current}`);
}

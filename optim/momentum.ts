import {
  add,
  broadcastTo,
  checkOptions,
  equal,
  full,
  fullLike,
  mul,
  type Node,
  numberIn,
  optional,
  type OptionRules,
  select,
  trueOrFalse,
} from "../graph/mod.ts";
import { type GradientTransform, perNode } from "./transform.ts";

/** Options for `momentum`. */
export interface MomentumOptions {
  /** Momentum coefficient μ. Default: 0.9. */
  readonly momentum?: number;
  /** Dampening: the share of each later gradient that is left out of the velocity. Default: 0. */
  readonly dampening?: number;
  /** Looks ahead along the velocity [Sutskever et al. 2013]. Default: false. */
  readonly nesterov?: boolean;
}

/** Rules for `MomentumOptions`. */
export const momentumRules: OptionRules<MomentumOptions> = {
  momentum: optional(numberIn("[0, 1)")),
  dampening: optional(numberIn("[0, 1]")),
  nesterov: optional(trueOrFalse),
};

/**
 * Heavy-ball momentum with PyTorch's conventions:
 *
 *     b ← μ·b + (1 − dampening)·g     (b ← g at the first step)
 *     update = b, or g + μ·b with Nesterov
 *
 * @throws {RangeError} if a number is out of range, or `nesterov` is combined with dampening
 */
export function momentum(options: MomentumOptions = {}): GradientTransform {
  checkOptions("make momentum", options, momentumRules);
  const { momentum: keep = 0.9, dampening = 0, nesterov = false } = options;
  checkNesterov("make momentum", { momentum: keep, dampening, nesterov });
  return perNode(nesterov ? "nesterov" : "momentum", ({ update: g, slots: [b] }, { step }) => {
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

/**
 * Refuses Nesterov's momentum where it is not defined.
 * @throws {RangeError} if there is no momentum, or dampening
 */
export function checkNesterov(action: string, options: Required<MomentumOptions>): void {
  const { momentum, dampening, nesterov } = options;
  if (!nesterov || (dampening === 0 && momentum > 0)) return;
  throw new RangeError(
    `Cannot ${action}: nesterov needs momentum above 0 and dampening 0: current values are ` +
      `${momentum} and ${dampening}`,
  );
}

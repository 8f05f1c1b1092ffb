/** Networks that compute the same function with other weights. */
import { assert, assertEquals } from "@std/assert";
import { labelOf, type Node } from "../../../graph/mod.ts";
import type { GsgdPlan } from "../../../optim/gsgd/mod.ts";
import { randomNumbers } from "../gsgd/network.ts";
import { elementsOf, pathValuesOf } from "../gsgd/reparametrised.ts";
import { relativeDifference } from "../gsgd/training_run.ts";
import type { Weights } from "./enumerated_trajectory.ts";

/** A factor for each scale node by id; 1 for GROUND, which is 0. */
type Factors = readonly number[];

/** Powers of two from 2⁻⁶ to 2⁶: multiplying by them rounds nothing. */
export function powersOfTwo({ skeleton: { nodes } }: GsgdPlan, seed = 9): Factors {
  const random = randomNumbers(seed);
  return [1, ...nodes.map(() => 2 ** Math.round(6 * random()))];
}

/** Any numbers between 1/30 and 30. */
export function anyFactors({ skeleton: { nodes } }: GsgdPlan, seed = 5): Factors {
  const random = randomNumbers(seed);
  return [1, ...nodes.map(() => 30 ** random())];
}

/** g_c(w): each element times the factor of its head, divided by that of its tail. */
export function rescaled(plan: GsgdPlan, weights: Weights, factors: Factors): Weights {
  const result = Object.fromEntries(
    Object.entries(weights).map(([name, data]) => [name, data.slice()]),
  );
  for (const { weight, index, tail, head } of elementsOf(plan)) {
    const data = result[labelOf(weight)]!;
    data[index] = data[index]! * factors[head]! / factors[tail]!;
  }
  return result;
}

/** Path values, 0 at free weights, and the weights that touch no scale node. */
export function pathValues(plan: GsgdPlan, weights: Weights): Weights {
  const touching = plan.skeleton.tensors.map(({ weight }) => weight);
  const inside = new Map(
    touching.map((weight) => [weight, weights[labelOf(weight)]!] as [Node, Float64Array]),
  );
  const values = pathValuesOf(plan, inside);
  for (const { weight, index, isFree } of elementsOf(plan)) {
    if (isFree) values.get(weight)![index] = 0;
  }
  return {
    ...weights,
    ...Object.fromEntries([...values].map(([weight, data]) => [labelOf(weight), data])),
  };
}

/** The weights of a twin are those of the other one, rescaled, bit for bit. */
export function assertTwins(
  plan: GsgdPlan,
  [one, other]: readonly [Weights, Weights],
  factors: Factors,
  what: string,
): void {
  assertEquals(other, rescaled(plan, one, factors), what);
  assert(Object.values(one).every((data) => data.every(Number.isFinite)), what);
}

/**
 * Path values of twins by factors that are no powers of two. Each f32 trajectory is within
 * `tolerance` of its exact one, and the two exact ones start apart by the rounding of at most
 * a few factors, 6e-8 each: less than another `tolerance`.
 */
export function assertCloseTwins(
  plan: GsgdPlan,
  [one, other]: readonly [Weights, Weights],
  tolerance: number,
  what: string,
): void {
  const apart = relativeDifference(pathValues(plan, other), pathValues(plan, one));
  assert(apart <= 3 * tolerance, `${what}: twins are apart by ${apart}`);
}

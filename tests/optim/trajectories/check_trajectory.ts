import { assert } from "@std/assert";
import type { Backend, Pass } from "../../../graph/mod.ts";
import type { GsgdPlan } from "../../../optim/gsgd/mod.ts";
import { relativeDifference } from "../gsgd/training_run.ts";
import { runFrom } from "./device_runs.ts";
import type { Trajectory } from "./enumerated_trajectory.ts";
import { anyFactors, assertCloseTwins, assertTwins, powersOfTwo, rescaled } from "./twins.ts";

/** Five steps in f32 against float64 [gsgd.md §12.2]. */
export const f32Tolerance = 5e-6;

/** What a trajectory is checked with. */
interface CheckOptions {
  /** The pass that is run. */
  readonly pass: Pass;
  /** Says which rescalings are symmetries. */
  readonly plan: GsgdPlan;
  /** Largest difference of weights, relative to the largest one of a tensor. */
  readonly tolerance: number;
  /** For messages. */
  readonly what: string;
}

/** What every network must pass: its reference, twins by powers of two, and by any factors. */
export async function checkTrajectory(
  backend: Backend,
  { network, start, expected }: Trajectory,
  { pass, plan, tolerance, what }: CheckOptions,
): Promise<void> {
  // through batch normalization a rescaling is no symmetry [gsgd.md §6]
  const isSymmetric = !plan.skeleton.tensors.some(({ isNormalized }) => isNormalized);
  const factors = isSymmetric ? [powersOfTwo(plan), anyFactors(plan)] : [];
  const starts = [start, ...factors.map((by) => rescaled(plan, start, by))];
  const [one, twin, close] = await runFrom(backend, network, pass, starts);
  const apart = relativeDifference(one!, expected);
  assert(apart <= tolerance, `${what}: apart from the reference by ${apart}`);
  assert(relativeDifference(one!, start) > 1e-4, `${what}: does not move`);
  if (twin) assertTwins(plan, [one!, twin], factors[0]!, what);
  if (close) assertCloseTwins(plan, [one!, close], tolerance, what);
}

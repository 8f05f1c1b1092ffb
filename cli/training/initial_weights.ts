import { planGsgd, rescaleNodes, type RescaleOptions } from "../../optim/mod.ts";
import { armKinds, type ArmName } from "../settings/arm_kinds.ts";
import type { Config } from "../settings/config.ts";
import { type PathSpace, stepGraph } from "./path_space.ts";
import type { StepRunner } from "../../train/step_runner.ts";

/**
 * Sets what the model's own initializer leaves open: skeleton weights, and the rescaling of hidden
 * units that `rescale` asks for.
 */
export function setInitialWeights(
  runner: StepRunner,
  pathSpace: PathSpace | undefined,
  config: Pick<Config, "rescale" | "residual" | "seed">,
): void {
  pathSpace?.setInitialWeights();
  const { rescale, residual, seed } = config;
  if (rescale === null) return;
  // use only scale nodes that are exact symmetries, so that the function stays the same
  const plan = planGsgd(stepGraph(runner), { bn: "affine", residual });
  rescaleNodes(plan, runner.parts.model.parameters(), { ...rangeOf(rescale), seed });
}

/** `10`: any factors between 1/10 and 10; `2^6`: powers of two between 2⁻⁶ and 2⁶. */
function rangeOf(rescale: number | string): Omit<RescaleOptions, "seed"> {
  if (typeof rescale === "number") return { range: rescale };
  return { range: 2 ** Number(rescale.slice(2)), powersOfTwo: true };
}

/** Describes how an arm's weights are initialized. */
export function describeInitialWeights(name: ArmName, config: Config): string {
  const parts: string[] = [config.weights !== null ? "given" : config.init];
  if (armKinds[name].skeleton && config.skeletonInit !== "keep") {
    const ones = config.skeletonSigns === "random" ? "±1 at random" : "1";
    parts.push(`skeleton ${config.skeletonInit === "one" ? ones : "±1 (gauge)"}`);
  }
  if (config.rescale !== null) parts.push(`rescaled by up to ${config.rescale}`);
  return parts.join(", ");
}

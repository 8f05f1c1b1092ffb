import { type ArmKind, armKinds } from "./arm_kinds.ts";
import { type Config, defaults } from "./config.ts";
import { UsageError } from "../errors.ts";
import { adaptive } from "./optimizer_settings.ts";

/**
 * Refuses settings that are right by themselves and make no sense together.
 * @throws {UsageError} naming the setting
 */
export function checkTogether(config: Config): void {
  checkWeights(config);
  const { optimizer, inner, skeletonInit, skeletonSigns, bpr, ratioClamp } = config;
  const { clipNorm, clipValue } = config;
  checkValidation(config);
  if (clipNorm !== null && clipValue !== null) {
    throw new UsageError("Cannot use --clip-value with --clip-norm: one of them limits gradients");
  }
  const pathSgd = optimizer.find((name) => armKinds[name].pass === "path-sgd");
  if (pathSgd && adaptive.has(inner)) {
    throw new UsageError(
      `Cannot use --inner ${inner} with ${pathSgd}: the rule must let a step grow with the gradient, ` +
        "as sgd, momentum and nesterov do, or else training sees the scales that dividing by κ hides",
    );
  }
  if (inner !== defaults.inner) {
    requireArm(config, `--inner ${inner}`, ({ rule }) => rule === "inner");
  }
  if (ratioClamp) requireArm(config, `--ratio-clamp ${ratioClamp}`, ({ pass }) => pass === "gsgd");
  // "keep" is true of all others, too
  if (skeletonInit === "gauge") {
    requireArm(config, "--skeleton-init gauge", ({ skeleton }) => skeleton);
  }
  if (bpr > 0) requireArm(config, `--bpr ${bpr}`, ({ pass }) => pass === "gsgd");
  if (skeletonSigns === "random") {
    requireArm(config, "--skeleton-signs random", ({ skeleton }) => skeleton);
    if (skeletonInit !== "one") {
      throw new UsageError(
        "Cannot use --skeleton-signs random: signs can only be drawn for skeleton weights that " +
          `are set to 1: current --skeleton-init is ${skeletonInit}`,
      );
    }
  }
}

/** Whatever is chosen while training must be chosen by samples that are held out for it. */
function checkValidation({ patience, schedule, validation }: Config): void {
  if (validation !== null) return;
  const setting = patience !== null
    ? "--patience"
    : schedule.startsWith("plateau")
    ? `--schedule ${schedule}`
    : undefined;
  if (setting === undefined) return;
  throw new UsageError(
    `Cannot use ${setting} without --validation: progress must not be judged by the test error`,
  );
}

/** A setting that no arm would follow must not be told in vain. */
function requireArm(
  { optimizer }: Config,
  setting: string,
  follows: (kind: ArmKind) => boolean,
): void {
  if (optimizer.some((name) => follows(armKinds[name]))) return;
  const names = Object.entries(armKinds).flatMap(([name, kind]) => follows(kind) ? name : []);
  throw new UsageError(
    `Cannot use ${setting}: it acts on ${names.join(", ")} only: current ` +
      `--optimizer is ${optimizer.join(",")}`,
  );
}

function checkWeights({ weights, weightsPartial, weightsPrefix }: Config): void {
  if (weights !== null || (!weightsPartial && weightsPrefix === null)) return;
  const flag = weightsPartial ? "--weights-partial" : "--weights-prefix";
  throw new UsageError(`Cannot use ${flag} without --weights: it says how they are loaded`);
}

import { adaptive, type ArmKind, armKinds } from "./arm_kinds.ts";
import { type Config, defaults } from "./config.ts";
import { UsageError } from "../errors.ts";
import { flagName } from "../flags/setting.ts";

/**
 * Checks settings that are valid on their own but not in combination.
 *
 * @param hasValidation whether there is a validation split. Default: as the setting says
 * @throws {UsageError} naming the setting
 */
export function checkTogether(config: Config, hasValidation = config.validation !== null): void {
  checkWeights(config);
  checkExclusive(config);
  checkValidation(config, hasValidation);
  const { optimizer, baseOptimizer, skeletonInit, skeletonSigns } = config;
  const pathSgd = optimizer.find((name) => armKinds[name].pass === "path-sgd");
  if (pathSgd && adaptive.has(baseOptimizer)) {
    throw new UsageError(
      `Cannot use --base-optimizer ${baseOptimizer} with ${pathSgd}: steps must be proportional to ` +
        "the gradient, as with sgd, momentum, and nesterov, or else the result depends on the weight scales",
    );
  }
  for (const user of users) checkUsers(config, user);
  if (skeletonSigns === "random" && skeletonInit !== "one") {
    throw new UsageError(
      "Cannot use --skeleton-signs random: signs can only be drawn for skeleton weights that " +
        `are set to 1: current --skeleton-init is ${skeletonInit}`,
    );
  }
}

/** Settings that only some optimizers use, and which ones do. */
const users: readonly (readonly [name: keyof Config, isUser: (kind: ArmKind) => boolean])[] = [
  ["baseOptimizer", ({ rule }) => rule === "base"],
  ["ratioClamp", ({ pass }) => pass === "gsgd"],
  ["skeletonInit", ({ skeleton }) => skeleton],
  ["basisPathPenalty", ({ pass }) => pass === "gsgd"],
  ["skeletonSigns", ({ skeleton }) => skeleton],
];

/** Refuses a setting that affects none of the optimizers. */
function checkUsers(config: Config, [name, isUser]: typeof users[number]): void {
  const { optimizer, [name]: value } = config;
  // "keep" also holds for the other optimizers
  const isOff = value === defaults[name] || value === "keep";
  if (isOff || optimizer.some((arm) => isUser(armKinds[arm]))) return;
  const names = Object.entries(armKinds).flatMap(([arm, kind]) => isUser(kind) ? arm : []);
  throw new UsageError(
    `Cannot use --${flagName(name)} ${value}: it acts on ${names.join(", ")} only: current ` +
      `--optimizer is ${optimizer.join(",")}`,
  );
}

/** Refuses two settings of which only one can hold. */
function checkExclusive({ accumulate, mixup, clipNorm, clipValue }: Config): void {
  if ((accumulate ?? 1) > 1 && mixup !== null) {
    throw new UsageError(
      `Cannot use --accumulate ${accumulate} with --mixup ${mixup}: mixup needs the whole batch`,
    );
  }
  if (clipNorm !== null && clipValue !== null) {
    throw new UsageError("Cannot use --clip-value with --clip-norm: use only one of them");
  }
}

/** Decisions during training need held-out samples. */
function checkValidation({ patience, schedule, lrFactor }: Config, hasValidation: boolean): void {
  if (schedule.startsWith("plateau") && lrFactor >= 1) {
    throw new UsageError(
      `Cannot use --lr-factor ${lrFactor} with --schedule ${schedule}: it must be below 1`,
    );
  }
  if (hasValidation) return;
  const setting = patience !== null
    ? "--patience"
    : schedule.startsWith("plateau")
    ? `--schedule ${schedule}`
    : undefined;
  if (setting === undefined) return;
  throw new UsageError(
    `Cannot use ${setting} without --validation: it must not use the test error`,
  );
}

function checkWeights({ weights, weightsPartial, weightsPrefix }: Config): void {
  if (weights !== null || (!weightsPartial && weightsPrefix === null)) return;
  const flag = weightsPartial ? "--weights-partial" : "--weights-prefix";
  throw new UsageError(`Cannot use ${flag} without --weights: it determines how they are loaded`);
}

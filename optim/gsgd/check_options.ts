import { checkChoice, checkOptions, formatFound, type OptionNames } from "../_arguments.ts";
import type { GsgdOptions } from "./gsgd.ts";
import type { SkeletonOptions } from "./tag_skeleton.ts";

/** The options that tell how scale nodes are found. */
export const skeletonNames: OptionNames<SkeletonOptions> = {
  residual: "optional",
  bn: "optional",
  segmentation: "optional",
  failedSegments: "optional",
  strict: "optional",
};

const gsgdNames: OptionNames<GsgdOptions> = {
  ...skeletonNames,
  ratioClamp: "optional",
  basisPathPenalty: "optional",
  telemetry: "optional",
  onReport: "optional",
};

/** Refuses unknown options, and choices that there are not. */
export function checkSkeletonOptions<Options extends SkeletonOptions>(
  action: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  checkOptions(action, options, names);
  const { residual = "cut", bn = "paper", segmentation = "whole" } = options;
  checkChoice(action, "residual", residual, ["cut", "tied"]);
  checkChoice(action, "bn", bn, ["paper", "none", "affine"]);
  const isLists = Array.isArray(segmentation) && segmentation.every(Array.isArray);
  if (!isLists) {
    checkChoice(action, "segmentation", segmentation, ["whole", "stages", "lists of names"]);
  }
}

/** Refuses what G-SGD cannot be told. */
export function checkGsgdOptions(options: GsgdOptions): void {
  checkSkeletonOptions("apply gsgd", options, gsgdNames);
  const { basisPathPenalty = 0, ratioClamp, telemetry } = options;
  if (telemetry !== undefined && !telemetry.smallestPathValue) {
    throw new TypeError(
      "Cannot apply gsgd: telemetry must come from gsgdTelemetry(): current is " +
        formatFound(telemetry),
    );
  }
  if (!(basisPathPenalty >= 0 && Number.isFinite(basisPathPenalty))) {
    throw new RangeError(
      "Cannot regularise basis paths: the strength must be a finite number of at least 0: " +
        `current is ${basisPathPenalty}`,
    );
  }
  if (ratioClamp === undefined) return;
  const isPair = Array.isArray(ratioClamp) && ratioClamp.length === 2;
  if (!isPair || !(ratioClamp[0] > 0 && ratioClamp[0] < ratioClamp[1])) {
    throw new RangeError(
      "Cannot clamp the ratios of path values: the bounds must be positive and in order: " +
        `current bounds are ${isPair ? ratioClamp.join(" and ") : formatFound(ratioClamp)}`,
    );
  }
}

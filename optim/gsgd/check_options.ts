import {
  checkOption,
  checkOptions,
  formatFound,
  listOf,
  nonNegativeNumber,
  nonNegativeWhole,
  numberIn,
  oneOf,
  optional,
  type OptionNames,
  trueOrFalse,
  type ValueRule,
} from "../../graph/mod.ts";
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

const segmentationRule: ValueRule = {
  text: '"whole", "stages" or lists of names',
  holds: (value) =>
    value === "whole" || value === "stages" || Array.isArray(value) && value.every(Array.isArray),
};

/** Refuses unknown options, and choices that there are not. */
export function checkSkeletonOptions<Options extends SkeletonOptions>(
  action: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  checkOptions(action, options, names);
  const { residual = "cut", bn = "paper", segmentation = "whole", failedSegments = [] } = options;
  checkOption(action, { residual }, oneOf(["cut", "tied"]));
  checkOption(action, { bn }, oneOf(["paper", "none", "affine"]));
  checkOption(action, { segmentation }, segmentationRule);
  checkOption(action, { failedSegments }, listOf(nonNegativeWhole));
  checkOption(action, { strict: options.strict }, optional(trueOrFalse));
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
  checkOption("apply gsgd", { basisPathPenalty }, nonNegativeNumber);
  if (ratioClamp === undefined) return;
  checkOption("apply gsgd", { ratioClamp }, listOf(numberIn("(0, Infinity]"), 2));
  if (ratioClamp[0] < ratioClamp[1]) return;
  throw new RangeError(
    `Cannot apply gsgd: the bounds of ratioClamp must be in order: current is ` +
      formatFound(ratioClamp),
  );
}

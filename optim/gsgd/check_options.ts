import {
  callable,
  checkOptions,
  formatFound,
  listOf,
  nonNegativeNumber,
  nonNegativeWhole,
  numberIn,
  oneOf,
  optional,
  type OptionRules,
  trueOrFalse,
  type ValueRule,
} from "../../graph/mod.ts";
import type { GsgdOptions } from "./gsgd.ts";
import type { SkeletonOptions } from "./tag_skeleton.ts";

const segmentationRule: ValueRule = {
  text: '"whole", "stages" or lists of names',
  holds: (value) =>
    value === "whole" || value === "stages" || Array.isArray(value) && value.every(Array.isArray),
};

const telemetryRule: ValueRule = {
  text: "a result of gsgdTelemetry()",
  holds: (value) => typeof value === "object" && value !== null && "smallestPathValue" in value,
};

/** What the options that decide how scale nodes are found must be. */
export const skeletonRules: OptionRules<SkeletonOptions> = {
  residual: optional(oneOf(["cut", "tied"])),
  bn: optional(oneOf(["paper", "none", "affine"])),
  segmentation: optional(segmentationRule),
  failedSegments: optional(listOf(nonNegativeWhole)),
  strict: optional(trueOrFalse),
};

const gsgdRules: OptionRules<GsgdOptions> = {
  ...skeletonRules,
  ratioClamp: optional(listOf(numberIn("(0, Infinity]"), 2)),
  basisPathPenalty: optional(nonNegativeNumber),
  telemetry: optional(telemetryRule),
  onReport: optional(callable),
};

/** Refuses options that G-SGD does not have, and values that they cannot have. */
export function checkGsgdOptions(options: GsgdOptions): void {
  checkOptions("apply gsgd", options, gsgdRules);
  const { ratioClamp } = options;
  if (ratioClamp === undefined || ratioClamp[0] < ratioClamp[1]) return;
  throw new RangeError(
    "Cannot apply gsgd: the bounds of ratioClamp must be in order: current is " +
      formatFound(ratioClamp),
  );
}

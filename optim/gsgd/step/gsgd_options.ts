import {
  callable,
  checkOptions,
  formatFound,
  listOf,
  nonNegativeNumber,
  numberIn,
  optional,
  type OptionRules,
  type ValueRule,
} from "../../../graph/mod.ts";
import type { GsgdReport } from "../report/report.ts";
import { type SkeletonOptions, skeletonRules } from "../skeleton/skeleton_options.ts";
import type { RatioClamp } from "./ratio_clamp.ts";
import type { Telemetry } from "./telemetry.ts";

/** Options for `gsgd` and `planGsgd`. */
export interface GsgdOptions extends SkeletonOptions {
  /**
   * Bounds of the ratio v′/v of trained skeleton weights, positive and in order.
   * Default: none [gsgd.md §9.1].
   */
  readonly ratioClamp?: RatioClamp;
  /**
   * λ of basis-path regularization, which draws path values of plain weights to 0 and those
   * of skeleton weights to ±1 [gsgd.md §13]. It does not act on weights outside. Default: 0.
   */
  readonly basisPathPenalty?: number;
  /** Variables that count numerical hazards; see `gsgdTelemetry`. */
  readonly telemetry?: Telemetry;
  /** Receives the report. */
  readonly onReport?: (report: GsgdReport) => void;
}

const telemetryRule: ValueRule = {
  text: "a result of gsgdTelemetry()",
  holds: (value) => typeof value === "object" && value !== null && "smallestPathValue" in value,
};

const gsgdRules: OptionRules<GsgdOptions> = {
  ...skeletonRules,
  ratioClamp: optional(listOf(numberIn("(0, Infinity]"), 2)),
  basisPathPenalty: optional(nonNegativeNumber),
  telemetry: optional(telemetryRule),
  onReport: optional(callable),
};

/** Throws for unknown options and for values out of range. */
export function checkGsgdOptions(options: GsgdOptions): void {
  checkOptions("apply gsgd", options, gsgdRules);
  const { ratioClamp } = options;
  if (ratioClamp === undefined || ratioClamp[0] < ratioClamp[1]) return;
  throw new RangeError(
    "Cannot apply gsgd: the bounds of ratioClamp must be in order: current is " +
      formatFound(ratioClamp),
  );
}

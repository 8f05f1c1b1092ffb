import type { OptionRules } from "../graph/check_options.ts";
import {
  either,
  nonNegativeNumber,
  oneOf,
  optional,
  positiveWhole,
  trueOrFalse,
  type ValueRule,
} from "../graph/check_value.ts";
import type { AdapterProfile } from "./adapter_table.ts";

/** Accepts an object with a positive whole number for each of these names. */
function wholeParts(names: readonly string[]): ValueRule {
  return {
    text: `positive whole numbers { ${names.join(", ")} }`,
    holds: (value) =>
      typeof value === "object" && value !== null &&
      names.every((name) => positiveWhole.holds(new Map(Object.entries(value)).get(name))),
  };
}

function tiles(names: readonly string[]): ValueRule {
  const tile = wholeParts(names);
  return {
    text: `a non-empty list of ${tile.text}`,
    holds: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((one) => tile.holds(one)),
  };
}

const workgroup = wholeParts(["most", "least", "groups"]);
const wholeOrNever = either(positiveWhole, oneOf([Infinity]));

/** Rules for the tuning parameters of an adapter profile. */
export const profileRules: OptionRules<Partial<AdapterProfile>> = {
  alternateKernels: optional(trueOrFalse),
  loopWorkgroup: optional(workgroup),
  matmulWorkgroup: optional(positiveWhole),
  parallelInvocations: optional(positiveWhole),
  matmulTiles: optional(tiles(["rows", "columns"])),
  conv2dWorkgroup: optional(workgroup),
  conv2dTiles: optional(tiles(["channels", "rows", "pixels"])),
  conv2dWeightTiles: optional(tiles(["out", "in"])),
  conv2dAccumulators: optional(positiveWhole),
  conv2dWeightInvocations: optional(positiveWhole),
  conv2dWeightTerms: optional(positiveWhole),
  loadCost: optional(nonNegativeNumber),
  compileCost: optional(nonNegativeNumber),
  workgroupMemoryFrom: optional(wholeOrNever),
  workgroupRowFrom: optional(wholeOrNever),
  maxTrips: optional(positiveWhole),
  longRow: optional(positiveWhole),
  parallelRows: optional(positiveWhole),
};

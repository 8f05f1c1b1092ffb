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
import type { AdapterProfile } from "./adapter_profile.ts";

const powerOfTwo: ValueRule = {
  text: "a power of two",
  holds: (value) =>
    typeof value === "number" && positiveWhole.holds(value) && Number.isInteger(Math.log2(value)),
};

/** Accepts an object with a value that fits `rule` for each of these names. */
function parts(names: readonly string[], rule: ValueRule = positiveWhole): ValueRule {
  return {
    text: `{ ${names.join(", ")} }, each ${rule.text}`,
    holds: (value) =>
      typeof value === "object" && value !== null &&
      names.every((name) => rule.holds(new Map(Object.entries(value)).get(name))),
  };
}

function tiles(names: readonly string[]): ValueRule {
  const tile = parts(names);
  return {
    text: `a non-empty list of ${tile.text}`,
    holds: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((one) => tile.holds(one)),
  };
}

const workgroupChoice: ValueRule = {
  text: "{ most, least, groups }: two powers of two and a positive whole number",
  holds: (value) =>
    parts(["most", "least"], powerOfTwo).holds(value) && parts(["groups"]).holds(value),
};
const wholeOrNever = either(positiveWhole, oneOf([Infinity]));

/** Rules for the tuning parameters of an adapter profile. */
export const profileRules: OptionRules<Partial<AdapterProfile>> = {
  alternateKernels: optional(trueOrFalse),
  joinsDispatches: optional(trueOrFalse),
  loopWorkgroup: optional(workgroupChoice),
  matmulWorkgroup: optional(powerOfTwo),
  parallelInvocations: optional(positiveWhole),
  matmulTiles: optional(tiles(["rows", "columns"])),
  matmulPointers: optional(trueOrFalse),
  matmulSharers: optional(powerOfTwo),
  matmulRegisters: optional(positiveWhole),
  conv2dWorkgroup: optional(workgroupChoice),
  channelsPerWorkgroup: optional(trueOrFalse),
  conv2dSharers: optional(powerOfTwo),
  conv2dWeightProducts: optional(trueOrFalse),
  conv2dTiles: optional(tiles(["channels", "rows", "pixels"])),
  conv2dWeightTiles: optional(tiles(["out", "in"])),
  conv2dAccumulators: optional(positiveWhole),
  conv2dWeightInvocations: optional(positiveWhole),
  conv2dWeightTerms: optional(positiveWhole),
  loadCost: optional(nonNegativeNumber),
  compileCost: optional(nonNegativeNumber),
  cooperativeWorkgroups: optional({
    text: "a list of squares of powers of two",
    holds: (value) =>
      Array.isArray(value) &&
      value.every((size) => powerOfTwo.holds(size) && Math.log2(size) % 2 === 0),
  }),
  cooperativeGroups: optional(positiveWhole),
  cooperativeUnroll: optional(oneOf([1, 2, 4, 8, 16])),
  workgroupMemoryFrom: optional(wholeOrNever),
  reductionWorkgroup: optional(powerOfTwo),
  leastTurns: optional(wholeOrNever),
  maxTrips: optional(positiveWhole),
  longRow: optional(positiveWhole),
  parallelRows: optional(positiveWhole),
};

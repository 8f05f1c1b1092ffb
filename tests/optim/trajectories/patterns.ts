import { convolutionPatterns, type LayeredPattern, mlpPatterns } from "../gsgd/layered_patterns.ts";
import { type OptimizerCase, plainRule } from "./optimizer_rules.ts";

/** Those with hidden units: without any G-SGD refuses to run. */
const all: readonly LayeredPattern[] = [...mlpPatterns, ...convolutionPatterns]
  .filter(({ net }) => net.units > 0);

/** Widths that come back part of the way, with biases, and convolutions of such widths. */
const risingAndFalling: readonly LayeredPattern[] = all.filter(({ name }) =>
  /^(3-4-6-5-3 with|12-4-8-6-3 with|2-6-3-4-2-5$|2-3-5-4-2 with)/.test(name)
);

/** Every pattern with plain SGD; what other optimizers add does not depend on the widths. */
export function patternsFor(optimizer: OptimizerCase): readonly LayeredPattern[] {
  return optimizer === plainRule ? all : risingAndFalling;
}

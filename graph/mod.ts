/**
 * Immutable graphs of nodes, the op table, the passes over graphs, and the plan that backends run.
 * @module
 */
import "./dispose.ts";
export * from "./format_found.ts";
export * from "./types.ts";
export { areDisjoint, groupBy, union } from "./collections.ts";
export * from "./check_value.ts";
export { checkOptions, type OptionRules } from "./check_options.ts";
export { didYouMean, nearestName } from "./nearest_name.ts";
export * from "./errors.ts";
export { MOST_BYTES, MOST_ELEMENTS } from "./sizes.ts";
export * from "./scalar/mod.ts";
export * from "./kernel.ts";
export * from "./plan.ts";
export { copiedGroup, type GroupLayout, groupLayout } from "./buffer_group.ts";
export * from "./node.ts";
export * from "./tags.ts";
export * from "./graph.ts";
export { print } from "./print.ts";
export * from "./ops/mod.ts";
export { ScanBody, type ScanInputs } from "./scan/body.ts";
export * from "./ops/conv_options.ts";
export { conv2dRules, pairOf, poolRules } from "./ops/window_options.ts";
export { streamOf, Streams } from "./streams.ts";
export { hostBits, hostUniform, type RandomSequence } from "./host_random.ts";
export * from "./passes/mod.ts";
export { type External, lower, type Lowered } from "./lower/mod.ts";
export * from "./interpret/mod.ts";

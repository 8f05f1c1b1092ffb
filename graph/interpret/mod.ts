/**
 * A plain interpreter of graphs in float64: what the rows of the op table mean.
 * @module
 */
export { inspect, interpret, type NodeBindings, type See } from "./interpret.ts";

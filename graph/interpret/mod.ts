/**
 * A simple interpreter of graphs in float64, which defines what the ops compute.
 * @module
 */
export { inspect, interpret, type NodeBindings, type See } from "./interpret.ts";

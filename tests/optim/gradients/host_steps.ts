/** Steps of networks of the tests of G-SGD, in float64. */
import type { Updates } from "../../../autograd/mod.ts";
import { type Graph, interpret, type Node } from "../../../graph/mod.ts";

/** Values of variables. */
export type Values = Map<Node, Float64Array>;

/** The graph of a step. */
export function graphOf(updates: Updates): Graph {
  const nodes = [...updates].map(([key, value]) => [key.node, value.node] as const);
  return { outputs: [], updates: new Map(nodes) };
}

/** Runs a step. */
export function runStep({ updates }: Graph, values: Values): void {
  const computed = interpret([...updates.values()], values);
  for (const [key, next] of updates) values.set(key, computed.get(next)!);
}

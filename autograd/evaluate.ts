import type { Backend, HostArray, Node } from "../graph/mod.ts";
import { resolveBackend } from "./backend.ts";
import { BoundGraph } from "./executable.ts";

/** How to evaluate. */
export interface EvaluateOptions {
  /** Where; the one given to `setBackend` unless told. */
  readonly backend?: Backend;
}

/** Computes tensors together and copies their values to the host, in one run. */
export async function evaluate(
  tensors: readonly { readonly node: Node }[],
  { backend }: EvaluateOptions = {},
): Promise<HostArray[]> {
  const graph = { outputs: tensors.map(({ node }) => node), updates: new Map() };
  using bound = await BoundGraph.create(graph, resolveBackend(backend), "evaluate");
  bound.run();
  return await bound.read();
}

import {
  anything,
  type Backend,
  checkOptions,
  type HostArray,
  type Node,
  optional,
  type OptionRules,
} from "../graph/mod.ts";
import { resolveBackend } from "./backend.ts";
import { BoundGraph } from "./executable.ts";

/** How to evaluate. */
export interface EvaluateOptions {
  /** Where; the one given to `setBackend` unless told. */
  readonly backend?: Backend;
}

const evaluateRules: OptionRules<EvaluateOptions> = { backend: optional(anything) };

/** Computes tensors together and copies their values to the host, in one run. */
export async function evaluate(
  tensors: readonly { readonly node: Node }[],
  options: EvaluateOptions = {},
): Promise<HostArray[]> {
  checkOptions("evaluate", options, evaluateRules);
  const { backend } = options;
  const graph = { outputs: tensors.map(({ node }) => node), updates: new Map() };
  using bound = await BoundGraph.create(graph, resolveBackend(backend), "evaluate");
  bound.run();
  return await bound.read();
}

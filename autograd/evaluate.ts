import {
  anything,
  type Backend,
  checkOptions,
  formatFound,
  type HostArray,
  literalsAsData,
  type Node,
  optional,
  type OptionRules,
  simplify,
} from "../graph/mod.ts";
import { resolveBackend } from "../program/backend.ts";
import { rememberValues } from "./_shown_values.ts";
import { bindGraph } from "./executable.ts";

/** Options for `evaluate`. */
export interface EvaluateOptions {
  /** Backend to compute on. Default: the one set by `setBackend`. */
  readonly backend?: Backend;
}

const evaluateRules: OptionRules<EvaluateOptions> = { backend: optional(anything) };

/** Computes tensors in one run and copies them to the host. Shared parts are computed once. */
export async function evaluate(
  tensors: readonly { readonly node: Node }[],
  options: EvaluateOptions = {},
): Promise<HostArray[]> {
  mustBeList(tensors);
  checkOptions("evaluate", options, evaluateRules);
  const { backend } = options;
  const asked = { outputs: tensors.map(({ node }) => node), updates: new Map() };
  const graph = literalsAsData(simplify(asked));
  const bound = await bindGraph(graph, resolveBackend(backend), "evaluate");
  try {
    bound.run();
    const values = await bound.read();
    tensors.forEach(({ node }, i) => rememberValues(node, values[i]!));
    return values;
  } finally {
    bound[Symbol.dispose]();
  }
}

function mustBeList(tensors: unknown): void {
  if (Array.isArray(tensors) && tensors.every((each) => Object(each).node !== undefined)) return;
  throw new TypeError(
    "Cannot evaluate: it needs a list of Tensors, as in evaluate([x, y]): current is " +
      formatFound(tensors),
  );
}

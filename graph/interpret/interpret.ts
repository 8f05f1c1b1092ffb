import { GraphError } from "../errors.ts";
import { type Graph, rootsOf, topological } from "../graph.ts";
import type { Node } from "../node.ts";
import { labelOf } from "../tags.ts";
import { elementCount, formatType } from "../types.ts";
import { computeElements } from "./element.ts";
import { computeKernel } from "./kernel.ts";
import { computeReduce } from "./reduce.ts";
import type { ScanAttrs } from "../scan/body.ts";
import { runScan, type ScanEvaluation, type ScanHistory, scanPartOf } from "./scan.ts";

/** Elements for the variables and inputs of a graph, or for any other node. */
export type NodeBindings = ReadonlyMap<Node, ArrayLike<number>>;

/** Receives every value of a graph, inputs first. */
export type See = (node: Node, label: string, value: Float64Array) => void;

/**
 * Computes every value of `graph` on the host: 32-bit integers exactly, floats in float64. It is
 * slow: the backends are tested against it. Use a backend for work.
 *
 * @throws {GraphError} if a variable or input has no binding, or one of another length
 */
export function interpret(
  graph: Graph | readonly Node[],
  bindings: NodeBindings = new Map(),
): Map<Node, Float64Array> {
  const roots = "outputs" in graph ? rootsOf(graph) : graph;
  const values = new Map<Node, Float64Array>();
  const histories = new Map<Node, ScanHistory<Float64Array>>();
  for (const node of topological(roots)) {
    values.set(node, bound(node, bindings) ?? compute(node, values, histories));
  }
  return values;
}

/**
 * Computes a graph one op at a time, as `interpret` does, and passes every value and its label to
 * `see`. Use it to look inside a model.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inspect, tensor } from "@gspace/gspace";
 *
 * const seen: string[] = [];
 * const y = tensor([1, -2]).relu().named("hidden").mul(3);
 * inspect({ outputs: [y.node], updates: new Map() }, new Map(), (_node, label, value) => {
 *   seen.push(`${label} ${[...value]}`);
 * });
 * assertEquals(seen[1], "hidden 1,0");
 * ```
 */
export function inspect(graph: Graph, bindings: NodeBindings, see: See): void {
  for (const [node, value] of interpret(graph, bindings)) see(node, labelOf(node), value);
}

const numbers: ScanEvaluation<Float64Array> = {
  slice: (value, start, end) => value.slice(start, end),
  join: (values) => Float64Array.from(values.flatMap((value) => [...value])),
  run: interpret,
};

function bound(node: Node, bindings: NodeBindings): Float64Array | undefined {
  if (node.op.lowering.kind === "scan") return undefined; // its parts need all of its steps
  const data = bindings.get(node) ?? constantData(node);
  if (data && data.length !== elementCount(node.type.shape)) {
    throw new GraphError(
      `Cannot bind "${labelOf(node)}": the number of elements must be that of ` +
        `${formatType(node.type)}: current data has ${data.length}`,
    );
  }
  return data && Float64Array.from(data);
}

function constantData({ attrs }: Node): ArrayLike<number> | undefined {
  return (attrs as { readonly data?: ArrayLike<number> }).data;
}

function compute(
  node: Node,
  values: ReadonlyMap<Node, Float64Array>,
  histories: Map<Node, ScanHistory<Float64Array>>,
): Float64Array {
  const inputs = node.inputs.map((input) => values.get(input)!);
  const { lowering } = node.op;
  switch (lowering.kind) {
    case "element":
      return computeElements(node, lowering, inputs);
    case "reduce":
      return computeReduce(node, lowering.combine, inputs[0]!);
    case "kernel":
      return computeKernel(node, inputs);
    case "scan":
      histories.set(node, runScan(node.attrs as ScanAttrs, inputs, numbers));
      return new Float64Array(0);
    case "scanPart":
      return scanPartOf(node, histories.get(node.inputs[0]!)!, numbers);
    case "source":
      throw new GraphError(
        `Cannot compute "${labelOf(node)}": it needs a binding: ${node.op.name} of type ` +
          `${formatType(node.type)} has none`,
      );
  }
}

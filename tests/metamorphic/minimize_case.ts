/** Shrinks the graph of a failing case node by node; sizes stay. */
import { hostArray } from "../../graph/host_array.ts";
import {
  elementCount,
  type Graph,
  type HostArray,
  type Node,
  rewrite,
  rootsOf,
  sameType,
  topological,
  variable,
} from "../../graph/mod.ts";
import { boundGraph, type Bounds, exactly } from "./bounds/mod.ts";
import type { Case } from "./program.ts";

/** Does this case fail in the way that is looked for? */
export type CaseFails = (subject: Case) => Promise<boolean>;

/** Replaces nodes by variables that hold their values, or by their inputs, while it fails. */
export async function minimizeCase(subject: Case, fails: CaseFails): Promise<Case> {
  let smallest = subject;
  for (let progress = true; progress;) {
    progress = false;
    for (const candidate of simpler(smallest)) {
      if (sizeOf(candidate) >= sizeOf(smallest)) continue;
      if (!await fails(candidate)) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

/** Nodes and roots: what a reader has to look at. Values that are computed count twice. */
function sizeOf({ graph, steps }: Case): number {
  const nodes = topological(rootsOf(graph));
  const computed = nodes.filter((node) => node.inputs.length > 0);
  return nodes.length + computed.length + rootsOf(graph).length + steps;
}

function* simpler(subject: Case): Iterable<Case> {
  const { graph, data } = subject;
  const roots = new Set(rootsOf(graph));
  const bounds = boundGraph(graph, new Map([...data].map(([node, list]) => [node, exactly(list)])));
  const computed = topological(roots).toReversed()
    .filter((node) => node.inputs.length > 0 && node.op.lowering.kind !== "scan");
  for (const node of computed.toReversed()) { // the first wrong one
    yield { ...subject, graph: { outputs: [node], updates: new Map() }, steps: 1 };
  }
  for (const i of graph.outputs.keys()) {
    yield { ...subject, graph: { ...graph, outputs: graph.outputs.toSpliced(i, 1) } };
  }
  for (const node of computed) {
    for (const input of node.inputs) {
      if (sameType(input.type, node.type)) yield { ...subject, graph: swap(graph, node, input) };
    }
  }
  for (const node of computed) {
    if (roots.has(node) || node.op.lowering.kind === "scan") continue; // a loop has no value
    const values = valuesOf(node, bounds.get(node)!);
    if (!values) continue;
    const source = variable(`w${elementCount(node.type.shape)}`, node.type);
    yield {
      ...subject,
      graph: swap(graph, node, source),
      data: new Map([...data, [source, values]]),
    };
  }
}

function swap(graph: Graph, from: Node, to: Node): Graph {
  return rewrite(graph, (_, original) => original === from ? to : undefined);
}

/** The middles of the intervals; nothing if they are not known. */
function valuesOf({ type }: Node, { low, high }: Bounds): HostArray | undefined {
  const values = hostArray(type);
  for (let i = 0; i < values.length; i++) {
    const middle = (low[i]! + high[i]!) / 2;
    if (!Number.isFinite(middle)) return undefined;
    values[i] = middle;
  }
  return values;
}

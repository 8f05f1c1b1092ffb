import { type Graph, rewriteNodes, topological } from "../graph.ts";
import { type Node, type ScanPart, withInputs } from "../node.ts";
import { input } from "../ops/source.ts";
import type { ScanAttrs, ScanBody, ScanPartAttrs } from "./body.ts";
import { labelOf } from "../tags.ts";
import { baseOfViews } from "./sources.ts";

/** What one step of a scan computes, as a graph that can be scheduled. */
export interface BodyGraph {
  /** The outputs are the values of the stacked parts, and the updates are the carried state. */
  readonly graph: Graph;
  /** Numbers of the carries that are updated, in order. */
  readonly carried: readonly number[];
  /** The parts that are stacked, in the order of the outputs. */
  readonly stacked: readonly Node[];
  /** The node of the graph for a placeholder of the body: for a capture, of what it is a view of. */
  nodeOf(placeholder: Node): Node;
}

/**
 * The graph of the values of a body that are used, with nodes of its own, because two scans may
 * have the same body.
 */
export function bodyGraph(scan: Node, parts: readonly Node[]): BodyGraph {
  const { body } = scan.attrs as ScanAttrs;
  const stacked = parts.filter((part) => isPart(part, "stacked"));
  const values = stacked.map((part) => body.values[indexOf(part)]!);
  const carried = carriesFor(body, values, parts);
  const next = carried.map((k) => body.next[k]!);
  const placeholders = [...body.carries, ...body.slices, ...body.captures];
  const bases = new Map<Node, Node>();
  const { captured } = body.divide(scan.inputs);
  const viewOf = new Map(body.captures.map((capture, i) => {
    const outer = captured[i]!;
    const base = input(labelOf(capture), baseOfViews(outer).type);
    bases.set(capture, base);
    return [capture, viewsOn(base, outer)] as const;
  }));
  const copies = rewriteNodes(
    [...values, ...next, ...placeholders],
    (node) => viewOf.get(node) ?? Object.freeze({ ...node }),
  );
  const copyOf = (node: Node) => copies.get(node)!;
  const nodeOf = (placeholder: Node) => bases.get(placeholder) ?? copyOf(placeholder);
  const graph = {
    outputs: values.map(copyOf),
    updates: new Map(carried.map((k, i) => [copyOf(body.carries[k]!), copyOf(next[i]!)])),
  };
  return { graph, carried, stacked, nodeOf };
}

/** The views that `outer` consists of, on another base. */
function viewsOn(base: Node, outer: Node): Node {
  const first = baseOfViews(outer);
  const chain: Node[] = [];
  for (let node = outer; node !== first; node = node.inputs[0]!) chain.push(node);
  return chain.reduceRight((node, view) => withInputs(view, [node]), base);
}

/** Whether a node is a part of this kind. */
export function isPart({ op: { lowering } }: Node, part: ScanPart): boolean {
  return lowering.kind === "scanPart" && lowering.part === part;
}

/** Number of the carry, or of the value, that a part is. */
export function indexOf(part: Node): number {
  return (part.attrs as ScanPartAttrs).index;
}

/** The carries that the values and parts depend on, directly or through other carries. */
function carriesFor(body: ScanBody, values: readonly Node[], parts: readonly Node[]): number[] {
  const needed = new Set(parts.filter((part) => isPart(part, "final")).map(indexOf));
  for (let known = -1; known !== needed.size;) {
    known = needed.size;
    const reached = new Set(topological([...values, ...[...needed].map((k) => body.next[k]!)]));
    body.carries.forEach((carry, k) => reached.has(carry) && needed.add(k));
  }
  return [...needed].sort((a, b) => a - b);
}

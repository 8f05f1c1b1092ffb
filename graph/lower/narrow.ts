import type { Node } from "../node.ts";
import type { Stored } from "./stored.ts";

/**
 * Stores more values, until no kernel has to read more slots than a dispatch may touch,
 * the one that it writes included.
 */
export function limitSources(
  order: readonly Node[],
  stored: Stored,
  slotsPerDispatch: number,
): Stored {
  const nodes = new Set(stored.nodes);
  const sources = new Map<Node, ReadonlySet<Node>>(); // the stored values under each node
  const under = (input: Node) => nodes.has(input) ? new Set([input]) : sources.get(input)!;
  for (const node of order) {
    const isRead = node.op.lowering.kind === "kernel"; // it reads memory, chosen elsewhere
    const union = () => new Set(isRead ? [] : node.inputs.flatMap((input) => [...under(input)]));
    for (let all = union(); ; all = union()) {
      sources.set(node, all);
      const widest = all.size < slotsPerDispatch ? undefined : widestInput(node, nodes, under);
      if (!widest) break;
      nodes.add(widest);
    }
  }
  return { ...stored, nodes };
}

/** The input that stands for most stored values, or what it is a view of. */
function widestInput(
  node: Node,
  stored: ReadonlySet<Node>,
  under: (node: Node) => ReadonlySet<Node>,
): Node | undefined {
  const open = node.inputs.map((input) => lookThrough(input, stored)).filter((input) =>
    !stored.has(input) && under(input).size > 1
  );
  return open.sort((a, b) => under(b).size - under(a).size)[0];
}

/** What a view of one value looks at: it is stored instead of the view. */
function lookThrough(node: Node, stored: ReadonlySet<Node>): Node {
  const { lowering } = node.op;
  const isView = lowering.kind === "element" && lowering.view && node.inputs.length === 1;
  return isView && !stored.has(node) ? lookThrough(node.inputs[0]!, stored) : node;
}

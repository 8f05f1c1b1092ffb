import { computes } from "../element.ts";
import { type Graph, rootsOf } from "../graph.ts";
import { makeNode, type Node, type Op } from "../node.ts";
import { LABEL, labelOf } from "../tags.ts";

const copyOp: Op = {
  name: "copy",
  lowering: computes(({ coords, read }) => read(0, coords)),
  infer: ([x]) => x!,
  vmap: { refused: "it is made when graphs are compiled, after they are batched" },
};

function copyOf(node: Node): Node {
  return LABEL.set(makeNode(copyOp, [node], {}), labelOf(node));
}

/** Gives every output and every update a node of its own that is computed. */
export function distinctRoots(graph: Graph): Graph {
  const taken = new Set<Node>();
  const distinct = (node: Node): Node => {
    const own = taken.has(node) || node.op.lowering.kind === "source" ? copyOf(node) : node;
    taken.add(own);
    return own;
  };
  const updates = new Map([...graph.updates].map(([key, node]) => [key, distinct(node)]));
  const outputs = graph.outputs.map(distinct);
  const result = { outputs, updates };
  if (new Set(rootsOf(result)).size !== outputs.length + updates.size) {
    throw new Error("Internal: roots are not distinct");
  }
  return result;
}

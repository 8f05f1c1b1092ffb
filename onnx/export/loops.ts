import {
  attrsOf,
  concat,
  full,
  is,
  type Node,
  reshape,
  rewriteNodes,
  scan,
  type ScanAttrs,
  scanFinal,
  scanStacked,
  slice,
} from "../../graph/mod.ts";

/** What the steps of a loop compute. */
interface Steps {
  /** The state after the last step. */
  readonly state: readonly Node[];
  /** For each step, the values of the body, in order of the steps' slices. */
  readonly values: readonly (readonly Node[])[];
}

/** Writes out the steps of all loops that the roots depend on: opset 17 has loops of graphs only. */
export function withoutLoops(roots: readonly Node[]): Node[] {
  const loops = new Map<Node, Steps>();
  const stepsOf = (loop: Node): Steps => {
    const known = loops.get(loop) ?? writeOut(loop, replaced);
    loops.set(loop, known);
    return known;
  };
  const replaced = (node: Node): Node | undefined => {
    if (is(node, scanFinal)) {
      return stepsOf(node.inputs[0]!).state[attrsOf(node, scanFinal)!.index];
    }
    if (!is(node, scanStacked)) return undefined;
    const { index } = attrsOf(node, scanStacked)!;
    const parts = stepsOf(node.inputs[0]!).values.map((values) => values[index]!);
    const { dtype, shape } = node.type;
    if (parts.length === 0) return full(0, shape, dtype);
    return concat(parts.map((part) => reshape(part, [1, ...part.type.shape])), 0);
  };
  const done = rewriteNodes(roots, replaced);
  return roots.map((root) => done.get(root)!);
}

function writeOut(loop: Node, replaced: (node: Node) => Node | undefined): Steps {
  const { body, steps, reverse } = attrsOf(loop, scan) as ScanAttrs;
  const [carries, slices] = [body.carries.length, body.slices.length];
  let state = loop.inputs.slice(0, carries);
  const xs = loop.inputs.slice(carries, carries + slices);
  const captured = loop.inputs.slice(carries + slices);
  const values: (readonly Node[])[] = [];
  for (let i = 0; i < steps; i++) {
    const t = reverse ? steps - 1 - i : i;
    const bound = new Map<Node, Node>([
      ...body.carries.map((node, k) => [node, state[k]!] as const),
      ...body.slices.map((node, k) => [node, sliceAt(xs[k]!, t)] as const),
      ...body.captures.map((node, k) => [node, captured[k]!] as const),
    ]);
    const done = rewriteNodes(
      [...body.next, ...body.values],
      (node, original) => bound.get(original) ?? replaced(node),
    );
    state = body.next.map((node) => done.get(node)!);
    values[t] = body.values.map((node) => done.get(node)!);
  }
  return { state, values };
}

/** Element t along the first axis. */
function sliceAt(x: Node, t: number): Node {
  const [, ...rest] = x.type.shape;
  return reshape(slice(x, [t, ...rest.map(() => 0)], [1, ...rest]), rest);
}

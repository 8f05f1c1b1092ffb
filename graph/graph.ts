/**
 * Graphs, and the functions that traverse, rewrite, and verify them.
 * @module
 */
import { DTypeError, GraphError } from "./errors.ts";
import { is, type Node, withInputs } from "./node.ts";
import { variable } from "./ops/source.ts";
import { labelOf } from "./tags.ts";
import { formatType, sameType } from "./types.ts";

/** A complete computation. After a run, the key of each update holds the update's value. */
export interface Graph {
  /** Values that can be read after a run. */
  readonly outputs: readonly Node[];
  /** Maps each updated variable to its next value. */
  readonly updates: ReadonlyMap<Node, Node>;
}

/** A function from graph to graph. The result shares all unchanged nodes. */
export type Pass = (graph: Graph) => Graph;

/** Composes passes, first to last. */
export function pipeline(...passes: readonly Pass[]): Pass {
  return (graph) => passes.reduce((current, pass) => pass(current), graph);
}

/** The results of a graph: its outputs and the values of its updates. */
export function rootsOf(graph: Graph): Node[] {
  return [...graph.outputs, ...graph.updates.values()];
}

/** All nodes reachable from `roots` in topological order: inputs first. */
export function topological(roots: Iterable<Node>): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack, because deep networks overflow the call stack.
  const stack = [...roots].toReversed();
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const missing = seen.has(node) ? [] : node.inputs.filter((input) => !seen.has(input));
    if (missing.length > 0) {
      for (const input of missing.toReversed()) stack.push(input); // may be too many for a spread
      continue;
    }
    stack.pop();
    if (!seen.has(node)) order.push(node);
    seen.add(node);
  }
  return order;
}

/**
 * Rewrites the nodes reachable from `roots`, inputs first. `replace` receives each node with its
 * new inputs.
 */
export function rewriteNodes(
  roots: Iterable<Node>,
  replace: (node: Node, original: Node) => Node | undefined,
): Map<Node, Node> {
  const done = new Map<Node, Node>();
  for (const original of topological(roots)) {
    const inputs = original.inputs.map((input) => done.get(input)!);
    const changed = inputs.some((input, i) => input !== original.inputs[i]);
    const node = changed ? withInputs(original, inputs) : original;
    done.set(original, replace(node, original) ?? node);
  }
  return done;
}

/** Rewrites a graph node by node, inputs first. `replace` returns `undefined` to keep a node. */
export function rewrite(
  graph: Graph,
  replace: (node: Node, original: Node) => Node | undefined,
): Graph {
  const done = rewriteNodes(rootsOf(graph), replace);
  return {
    outputs: graph.outputs.map((node) => done.get(node)!),
    updates: new Map([...graph.updates].map(([key, node]) => [key, done.get(node)!])),
  };
}

/**
 * Checks the invariants that every pass must preserve: each node has the type that its op infers,
 * the keys of updates are variables, and each update has the type of its key.
 * @throws {GraphError} naming the node
 * @throws {DTypeError} if an updated variable is of type u8
 */
export function verify(graph: Graph): void {
  for (const node of topological(rootsOf(graph))) {
    const inferred = node.op.infer(node.inputs.map(({ type }) => type), node.attrs);
    if (!sameType(inferred, node.type)) {
      throw new GraphError(
        `Cannot accept "${labelOf(node)}": its type must be the one that ${node.op.name} infers: ` +
          `current ${formatType(node.type)}, inferred ${formatType(inferred)}`,
      );
    }
  }
  for (const [key, value] of graph.updates) {
    if (!is(key, variable)) {
      throw new GraphError(`Cannot update "${labelOf(key)}": only variables can be updated`);
    }
    if (key.type.dtype === "u8") {
      throw new DTypeError(
        `Cannot update "${labelOf(key)}": u8 is for constant data: use ` +
          `an i32 or f32 variable and cast: current type is ${formatType(key.type)}`,
      );
    }
    if (!sameType(key.type, value.type)) {
      throw new GraphError(
        `Cannot update "${labelOf(key)}": the next value must have the variable's type ${
          formatType(key.type)
        }: current type is ${formatType(value.type)}`,
      );
    }
  }
}

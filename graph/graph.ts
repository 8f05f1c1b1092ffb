/**
 * Graphs: closed computations, and what is done with them as a whole.
 * @module
 */
import { DTypeError, GraphError } from "./errors.ts";
import { is, type Node, withInputs } from "./node.ts";
import { variable } from "./ops/source.ts";
import { labelOf } from "./tags.ts";
import { formatType, sameType } from "./types.ts";

/** A closed computation. After a run, each update's key holds its value. */
export interface Graph {
  /** Values that can be read after a run. */
  readonly outputs: readonly Node[];
  /** Variable → its next value. */
  readonly updates: ReadonlyMap<Node, Node>;
}

/** A function from graph to graph. It shares the nodes that it does not change. */
export type Pass = (graph: Graph) => Graph;

/** Runs passes one after the other. */
export function pipeline(...passes: readonly Pass[]): Pass {
  return (graph) => passes.reduce((current, pass) => pass(current), graph);
}

/** The values that a graph is there for. */
export function rootsOf(graph: Graph): Node[] {
  return [...graph.outputs, ...graph.updates.values()];
}

/** All nodes under `roots`, each after its inputs. */
export function topological(roots: Iterable<Node>): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack: deep networks are deeper than the call stack.
  const stack = [...roots].toReversed();
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const missing = seen.has(node) ? [] : node.inputs.filter((input) => !seen.has(input));
    if (missing.length > 0) {
      for (const input of missing.toReversed()) stack.push(input); // too many for a spread
      continue;
    }
    stack.pop();
    if (!seen.has(node)) order.push(node);
    seen.add(node);
  }
  return order;
}

/** Replaces nodes under `roots`; `replace` sees each node with its new inputs. */
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

/** A pass that replaces nodes one by one, inputs first. */
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
 * Checks what every pass must keep: nodes still have the types that their ops infer, keys
 * of updates are variables, and each update has its key's type.
 * @throws {GraphError} naming the node
 * @throws {DTypeError} if an updated variable is of type u8
 */
export function verify(graph: Graph): void {
  for (const node of topological(rootsOf(graph))) {
    const inferred = node.op.infer(node.inputs.map(({ type }) => type), node.attrs);
    if (!sameType(inferred, node.type)) {
      throw new GraphError(
        `Cannot accept "${labelOf(node)}": its type must be what ${node.op.name} infers: ` +
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
        `Cannot update "${labelOf(key)}": u8 is for data that does not change: cast it and keep ` +
          `an i32 or f32 variable: current type is ${formatType(key.type)}`,
      );
    }
    if (!sameType(key.type, value.type)) {
      throw new GraphError(
        `Cannot update "${labelOf(key)}": the next value must have its type ${
          formatType(key.type)
        }: current type is ${formatType(value.type)}`,
      );
    }
  }
}

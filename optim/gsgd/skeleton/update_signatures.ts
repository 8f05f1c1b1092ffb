import { gradient, type Graph, is, type Node, sameShape } from "../../../graph/mod.ts";
import { optimizerNodes, type TrainedWeight } from "./training_step.ts";

/**
 * Two weights have equal signatures if their updates are the same function of gradient,
 * weight and own state: same structure, same numbers, same shared variables [gsgd.md §10.5].
 */
export class UpdateSignatures {
  readonly #graph: Graph;
  readonly #numbers = new Map<Node, number>();

  /** `graph` tells which variables are the state of a weight. */
  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** A text that is the same for weights with the same update. */
  of({ weight, delta }: TrainedWeight): string {
    const own = new Set(this.#stateOf(weight, delta));
    const foreign = reachingOthers(delta, weight);
    const lines: string[] = [];
    const names = new Map<Node, string>([[weight, "weight"]]);
    const visit = (node: Node): string => {
      const known = names.get(node);
      if (known !== undefined) return known;
      const name = this.#leaf(node, weight, own, foreign);
      const line = name ?? `${describe(node, weight)}(${node.inputs.map(visit).join()})`;
      names.set(node, `%${names.size}`);
      lines.push(`${names.get(node)} = ${line}`);
      return names.get(node)!;
    };
    visit(delta);
    return lines.join("\n");
  }

  /** What a node is called that is not looked into. */
  #leaf(
    node: Node,
    weight: Node,
    own: ReadonlySet<Node>,
    foreign: ReadonlySet<Node>,
  ): string | undefined {
    if (is(node, gradient) && node.inputs[1] === weight) return "gradient";
    if (own.has(node)) return "state";
    // what all weights have in common, as the factor of clipping, is compared by identity
    const isCommon = foreign.has(node) && !sameShape(node.type.shape, weight.type.shape);
    return isCommon || node.op.lowering.kind === "source" ? this.#identity(node) : undefined;
  }

  /** The variables whose next values depend on this weight's gradient. */
  #stateOf(weight: Node, delta: Node): Node[] {
    return optimizerNodes(delta).filter((node) => {
      const next = this.#graph.updates.get(node);
      return node !== weight && next !== undefined &&
        optimizerNodes(next).some((part) => is(part, gradient) && part.inputs[1] === weight);
    });
  }

  #identity(node: Node): string {
    const number = this.#numbers.get(node) ?? this.#numbers.size;
    this.#numbers.set(node, number);
    return `shared ${number}`;
  }
}

/** Shapes and axes of a weight count as equal to those of any other. */
function normalized(value: unknown, { type: { shape } }: Node): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length === shape.length && value.every((size, i) => size === shape[i])) return "shape";
  return value.length === shape.length && value.every((axis, i) => axis === i) ? "axes" : value;
}

function describe(node: Node, weight: Node): string {
  const attrs = JSON.stringify(node.attrs, (_, value) => normalized(value, weight));
  return `${node.op.name}${attrs}`;
}

/** Optimizer nodes that depend on gradients of other weights as well, as clipping does. */
function reachingOthers(delta: Node, weight: Node): Set<Node> {
  const done = new Map<Node, boolean>();
  const visit = (node: Node): boolean => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const result = is(node, gradient)
      ? node.inputs[1] !== weight
      : node.inputs.map(visit).includes(true);
    done.set(node, result);
    return result;
  };
  visit(delta);
  return new Set([...done].flatMap(([node, reaches]) => reaches ? [node] : []));
}

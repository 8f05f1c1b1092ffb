import {
  applyUpdate,
  gradient,
  type Graph,
  is,
  isElementwise,
  type Node,
  topological,
  withInputs,
} from "../../../graph/mod.ts";
import { optimizerNodes } from "../skeleton/training_step.ts";

/**
 * The part of a graph that is its optimizer, moved into G-space: where it read the
 * gradient of a weight it reads that of the weight's path values, and where it read the
 * weight (to let it decay) it reads the path values [gsgd.md §8]. State follows by itself.
 */
export class PathOptimizer {
  readonly #graph: Graph;
  readonly #loss: Node | undefined;
  readonly #forward: ReadonlySet<Node>;
  readonly #gradients = new Map<Node, Node>();
  readonly #values = new Map<Node, () => Node>();
  readonly #done = new Map<Node, Node>();
  #weights: ReadonlyMap<Node, Node> = new Map();

  /** Starts with nothing replaced. */
  constructor(graph: Graph, loss: Node | undefined) {
    this.#graph = graph;
    this.#loss = loss;
    this.#forward = new Set(topological(loss ? [loss] : []));
  }

  /** Says what stands for the gradient of a weight, and for the weight. */
  replace(weight: Node, gradient: Node, value: () => Node): void {
    this.#gradients.set(weight, gradient);
    this.#values.set(weight, value);
  }

  /** A node of the optimizer as it is in G-space. */
  rewrite(node: Node): Node {
    const known = this.#done.get(node);
    if (known) return known;
    const result = this.#rewritten(node);
    this.#done.set(node, result);
    return result;
  }

  /**
   * The same with another gradient of one weight, which is right at some of its elements only:
   * so is the result. What sums over gradients, as a norm does, gets the whole ones.
   */
  rewriteWith(node: Node, weight: Node, gradient: Node): Node {
    const done = new Map<Node, Node>();
    const visit = (node: Node): Node => {
      const known = done.get(node);
      if (known) return known;
      const result = this.#isGradientOf(node, weight)
        ? gradient
        : isElementwise(node)
        ? withInputs(node, node.inputs.map(visit))
        : this.rewrite(node);
      done.set(node, result);
      return result;
    };
    return visit(node);
  }

  #isGradientOf(node: Node, weight: Node): boolean {
    return this.#isReplaced(node) && node.inputs[1] === weight;
  }

  #rewritten(node: Node): Node {
    const value = this.#values.get(node);
    if (value) return value();
    if (this.#forward.has(node)) return node;
    if (is(node, gradient)) return this.#isReplaced(node) ? this.#gradientOf(node) : node;
    const allocated = is(node, applyUpdate) && this.#weights.get(node.inputs[0]!);
    if (allocated) return allocated;
    const inputs = node.inputs.map((input) => this.rewrite(input));
    return inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
  }

  #gradientOf({ inputs: [, weight] }: Node): Node {
    return this.#gradients.get(weight!)!;
  }

  #isReplaced(node: Node): boolean {
    return is(node, gradient) && node.inputs[2] === this.#loss &&
      this.#gradients.has(node.inputs[1]!);
  }

  /** The graph with these next weights, and with the optimizer's state in G-space. */
  rewriteGraph(weights: ReadonlyMap<Node, Node>): Graph {
    this.#weights = weights;
    const readsWeights = (node: Node) =>
      is(node, applyUpdate) && this.#weights.has(node.inputs[0]!);
    const updates = [...this.#graph.updates].map(([key, next]): [Node, Node] => {
      const own = weights.get(key);
      const isState = optimizerNodes(next).some((node) =>
        this.#isReplaced(node) || readsWeights(node)
      );
      return [key, own ?? (isState ? this.rewrite(next) : next)];
    });
    // outputs that look at gradients go on seeing those of the weights
    const outputs = this.#graph.outputs.map((output) =>
      optimizerNodes(output).some(readsWeights) ? this.rewrite(output) : output
    );
    return { outputs, updates: new Map(updates) };
  }
}

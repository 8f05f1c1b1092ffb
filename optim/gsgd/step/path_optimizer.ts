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
import { type LossOf, optimizerReaders, type TrainingStep } from "../skeleton/training_step.ts";

/** What the optimizer reads in place of a weight and its gradient. */
interface PathInputs {
  /** g = ∂L/∂v, by loss. */
  readonly gradients: ReadonlyMap<LossOf, Node>;
  /** v where it decays, 0 elsewhere. Called only if the optimizer reads weights. */
  readonly value: () => Node;
}

/**
 * The optimizer of a training step, moved into G-space: where it read the gradient of a weight it
 * reads that of the weight's path values, and where it read the weight (to let it decay) it reads
 * the path values [gsgd.md §8]. State follows by itself.
 */
export class PathOptimizer {
  readonly #graph: Graph;
  readonly #step: TrainingStep;
  readonly #inputs: ReadonlyMap<Node, PathInputs>;
  readonly #forward: ReadonlySet<Node>;
  readonly #done = new Map<Node, Node>();
  #weights: ReadonlyMap<Node, Node> = new Map();

  /** `inputs` by weight. */
  constructor(graph: Graph, step: TrainingStep, inputs: ReadonlyMap<Node, PathInputs>) {
    this.#graph = graph;
    this.#step = step;
    this.#inputs = inputs;
    this.#forward = new Set(topological(step.losses));
  }

  /** v′ − v of the basis path through each element of a weight. */
  update(weight: Node): Node {
    return this.#moved(this.#step.trained.get(weight)!.delta);
  }

  /**
   * The same with other gradients of this weight, which are right at some of its elements only:
   * so is the result. What sums over gradients, as a norm does, gets the whole ones.
   */
  updateWith(weight: Node, gradients: ReadonlyMap<LossOf, Node>): Node {
    const done = new Map<Node, Node>();
    const visit = (node: Node): Node => {
      const known = done.get(node);
      if (known) return known;
      const result = this.#isReplaced(node) && node.inputs[1] === weight
        ? gradients.get(node.inputs[2])!
        : isElementwise(node) && !this.#forward.has(node)
        ? withInputs(node, node.inputs.map(visit))
        : this.#moved(node);
      done.set(node, result);
      return result;
    };
    return visit(this.#step.trained.get(weight)!.delta);
  }

  /** The graph with these next weights, and with the optimizer's state in G-space. */
  rewriteGraph(weights: ReadonlyMap<Node, Node>): Graph {
    this.#weights = weights;
    const { outputs, updates } = this.#graph;
    const isUpdate = (node: Node) => is(node, applyUpdate) && weights.has(node.inputs[0]!);
    const state = optimizerReaders(
      updates.values(),
      (node) => this.#isReplaced(node) || isUpdate(node),
    );
    const moved = [...updates].map(([key, next]): [Node, Node] => [
      key,
      weights.get(key) ?? (state.has(next) ? this.#moved(next) : next),
    ]);
    // outputs that read gradients keep reading those of the weights
    const readers = optimizerReaders(outputs, isUpdate);
    return {
      outputs: outputs.map((output) => readers.has(output) ? this.#moved(output) : output),
      updates: new Map(moved),
    };
  }

  /** A node of the optimizer as it is in G-space. */
  #moved(node: Node): Node {
    const result = this.#done.get(node) ?? this.#move(node);
    this.#done.set(node, result);
    return result;
  }

  #move(node: Node): Node {
    const own = this.#inputs.get(node);
    if (own) return own.value();
    if (this.#forward.has(node)) return node;
    if (is(node, gradient)) return this.#slopeOf(node) ?? node;
    const allocated = is(node, applyUpdate) && this.#weights.get(node.inputs[0]!);
    if (allocated) return allocated;
    const inputs = node.inputs.map((input) => this.#moved(input));
    return inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
  }

  #isReplaced(node: Node): boolean {
    return is(node, gradient) && this.#slopeOf(node) !== undefined;
  }

  #slopeOf({ inputs: [, weight, loss] }: Node): Node | undefined {
    return this.#inputs.get(weight!)?.gradients.get(loss);
  }
}

import {
  applyUpdate,
  formatFound,
  gradient,
  type Graph,
  GraphError,
  is,
  labelOf,
  type Node,
  topological,
} from "../../../graph/mod.ts";
import { notInGraph } from "./check_plan.ts";
import type { Skeleton } from "./skeleton.ts";

/** The loss that a gradient is of; `undefined` if the gradient was given without it. */
export type LossOf = Node | undefined;

/** A weight that is updated with gradients. */
export interface TrainedWeight {
  readonly weight: Node;
  /** ∂loss/∂weight of each loss that the update reads. */
  readonly gradients: ReadonlyMap<LossOf, Node>;
  /** What is added to the weight. */
  readonly delta: Node;
}

/** What a training step trains, and by which losses. */
export interface TrainingStep {
  /** In the order of the updates. Those of accumulated gradients are not computed by this step. */
  readonly losses: readonly Node[];
  readonly trained: ReadonlyMap<Node, TrainedWeight>;
  /** Parameters whose updates are of another form. */
  readonly others: readonly Node[];
}

/** Reads off the update nodes of a graph which weights are trained by which losses. */
export function readTrainingStep(graph: Graph): TrainingStep {
  const { updates } = graph ?? {};
  if (!(updates instanceof Map)) {
    throw new TypeError(
      "Cannot look at a training step: it must be a graph, such as trace(…).graph: current is " +
        formatFound(graph),
    );
  }
  const trained = new Map<Node, TrainedWeight>();
  const others: Node[] = [];
  for (const [weight, next] of updates) {
    if (!is(next, applyUpdate)) continue;
    const delta = next.inputs[1]!;
    const gradients = next.inputs[0] === weight ? gradientsIn(delta, weight) : undefined;
    if (gradients) trained.set(weight, { weight, delta, gradients });
    else others.push(weight);
  }
  const found = [...trained.values()].flatMap(({ gradients }) => [...gradients.keys()]);
  const losses = [...new Set(found)].filter((loss) => loss !== undefined);
  return { losses, trained, others };
}

/**
 * Reads the training step of a graph to which a plan is applied: the graph of the plan, or another
 * one that trains the same weights.
 * @throws {GraphError} if it does not train them, or a segment's weights follow different losses
 */
export function readPlannedStep(graph: Graph, { tensors }: Skeleton): TrainingStep {
  const step = readTrainingStep(graph);
  const missing = tensors.find(({ weight }) => !step.trained.has(weight));
  if (missing) throw notInGraph("apply gsgd to", missing.weight);
  const weights = tensors.filter(({ kind }) => kind !== "bias");
  for (const { weight, segment } of weights) {
    const first = weights.find((other) => other.segment === segment)!.weight;
    if (haveSameLosses(step, first, weight)) continue;
    throw new GraphError(
      `Cannot apply gsgd to "${labelOf(weight)}": the weights of a segment must follow the same ` +
        `losses: those of "${labelOf(first)}" are others`,
    );
  }
  return step;
}

/**
 * Checks that gradients were given with their losses, without which they do not show the network
 * [gsgd.md §8].
 * @throws {GraphError} if no loss is known
 */
export function checkLosses({ losses, trained }: TrainingStep): void {
  if (losses.length > 0 || trained.size === 0) return;
  throw new GraphError(
    "Cannot look at a training step: the gradients must show the network: those given to " +
      "optimizer.apply are not results of gradientsOf: make the plan from a step that minimizes " +
      "the loss, and use plan.apply",
  );
}

/** Whether the updates of two weights read gradients of the same losses. */
export function haveSameLosses({ trained }: TrainingStep, a: Node, b: Node): boolean {
  const [left, right] = [trained.get(a)!.gradients, trained.get(b)!.gradients];
  return left.size === right.size && [...left.keys()].every((loss) => right.has(loss));
}

/** The gradients of a weight that its update reads; `undefined` if there is not one per loss. */
function gradientsIn(delta: Node, weight: Node): ReadonlyMap<LossOf, Node> | undefined {
  const gradients = new Map<LossOf, Node>();
  for (const node of optimizerNodes(delta)) {
    const [slope, of, loss] = node.inputs;
    if (!is(node, gradient) || of !== weight) continue;
    if (gradients.has(loss) && gradients.get(loss) !== slope) return undefined;
    gradients.set(loss, slope!);
  }
  return gradients.size === 0 ? undefined : gradients;
}

/** The nodes under `roots` that are wanted, or read such a node on a way without a gradient. */
export function optimizerReaders(
  roots: Iterable<Node>,
  isWanted: (node: Node) => boolean,
): ReadonlySet<Node> {
  const readers = new Set<Node>();
  for (const node of topological(roots)) {
    const reads = !is(node, gradient) && node.inputs.some((input) => readers.has(input));
    if (reads || isWanted(node)) readers.add(node);
  }
  return readers;
}

/** The nodes of an update that belong to the optimizer: all down to the gradients. */
function optimizerNodes(root: Node): Node[] {
  const seen = new Set<Node>();
  const stack = [root];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    if (!is(node, gradient)) stack.push(...node.inputs);
  }
  return [...seen];
}

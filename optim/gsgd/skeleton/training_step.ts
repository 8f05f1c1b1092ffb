import {
  applyUpdate,
  formatFound,
  gradient,
  type Graph,
  is,
  type Node,
} from "../../../graph/mod.ts";

/** A weight that a gradient of the loss updates. */
export interface TrainedWeight {
  readonly weight: Node;
  /** ∂loss/∂weight. */
  readonly gradient: Node;
  /** What is added to the weight. */
  readonly delta: Node;
}

/** What a training step trains, and by which loss. */
export interface TrainingStep {
  readonly loss: Node | undefined;
  readonly trained: ReadonlyMap<Node, TrainedWeight>;
  /** Parameters whose updates are of another form, or follow another loss. */
  readonly others: readonly Node[];
}

/** Reads off the update nodes of a graph which weights are trained by which loss. */
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
  let loss: Node | undefined;
  for (const [weight, next] of updates) {
    if (!is(next, applyUpdate)) continue;
    const delta = next.inputs[1]!;
    const markers = optimizerNodes(delta).filter((node) =>
      is(node, gradient) && node.inputs[1] === weight
    );
    const [first] = markers;
    const agree = next.inputs[0] === weight && first !== undefined &&
      markers.every(({ inputs }) => inputs[0] === first.inputs[0] && inputs[2] === first.inputs[2]);
    if (agree) loss ??= first.inputs[2]!;
    if (agree && first.inputs[2] === loss) {
      trained.set(weight, { weight, delta, gradient: first.inputs[0]! });
    } else others.push(weight);
  }
  return { loss, trained, others };
}

/** The nodes of an update that belong to the optimizer: all down to the gradients. */
export function optimizerNodes(root: Node): Node[] {
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

import type { Graph, Node } from "../../../graph/mod.ts";
import type { NodeValues } from "../skeleton/node_vectors.ts";
import type { SkeletonPlan } from "../skeleton/plan_skeleton.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import type { Gradients } from "./inverse_chain_rule.ts";
import { PathOptimizer } from "./path_optimizer.ts";
import { plainPathValue, type RouteProducts } from "./path_values.ts";
import { gradientAtInEdges } from "./product_gradient.ts";
import { clampedUpdates, type RatioClamp, withTrained } from "./weight_allocation.ts";

/** What the updates of path values are computed from. */
export interface UpdateSources {
  /** The step, and its skeleton. */
  readonly plan: SkeletonPlan;
  /** The tensors whose updates are replaced. */
  readonly tensors: readonly SkeletonTensor[];
  /** P and Q before the step. */
  readonly routes: RouteProducts;
  /** δ = ∂L/∂w. */
  readonly gradients: Gradients;
  /** g = ∂L/∂v, given δ; right wherever δ is. */
  readonly slope: (tensor: SkeletonTensor, gradient: Node) => Node;
  /** Bounds of v′/v of trained skeleton weights. */
  readonly ratioClamp: RatioClamp | undefined;
}

/** v′ − v of the basis path through each weight, as the graph's own optimizer makes it of g. */
export class PathUpdates {
  readonly #sources: UpdateSources;
  readonly #optimizer: PathOptimizer;
  readonly #clamped: NodeValues | undefined;

  /** Moves the optimizer of a step into G-space. */
  constructor(graph: Graph, sources: UpdateSources) {
    const { plan: { step, skeleton }, tensors, routes, gradients, slope, ratioClamp } = sources;
    this.#sources = sources;
    this.#optimizer = new PathOptimizer(graph, step.loss);
    for (const tensor of tensors) {
      const gradient = slope(tensor, gradients(tensor));
      this.#optimizer.replace(tensor.weight, gradient, () => plainPathValue(tensor, routes));
    }
    this.#clamped = ratioClamp &&
      clampedUpdates(skeleton, (tensor) => this.wantedAtInEdges(tensor), routes, ratioClamp);
  }

  /** The updates of all weights of a tensor. */
  of(tensor: SkeletonTensor): Node {
    return this.#clamp(tensor, this.#optimizer.rewrite(this.#deltaOf(tensor)));
  }

  /** The same, right at in-edges only: all that the routes after the step depend on. */
  atInEdges(tensor: SkeletonTensor): Node {
    return this.#clamp(tensor, this.wantedAtInEdges(tensor));
  }

  /** The same before `ratioClamp`. The whole gradient need not be known for it. */
  wantedAtInEdges(tensor: SkeletonTensor): Node {
    const { gradients, slope } = this.#sources;
    const gradient = slope(tensor, gradientAtInEdges(tensor, gradients(tensor)));
    return this.#optimizer.rewriteWith(this.#deltaOf(tensor), tensor.weight, gradient);
  }

  /** The graph with these next weights, and with the optimizer's state in G-space. */
  rewriteGraph(weights: ReadonlyMap<Node, Node>): Graph {
    return this.#optimizer.rewriteGraph(weights);
  }

  #deltaOf({ weight }: SkeletonTensor): Node {
    return this.#sources.plan.step.trained.get(weight)!.delta;
  }

  #clamp(tensor: SkeletonTensor, update: Node): Node {
    return this.#clamped ? withTrained(tensor, update, this.#clamped) : update;
  }
}

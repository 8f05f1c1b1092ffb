import { add, type Graph, LABEL, labelOf, type Node } from "../../../graph/mod.ts";
import type { NodeValues, VectorSkeleton } from "../skeleton/node_vectors.ts";
import { SKELETON, type SkeletonTag } from "../skeleton/plan_skeleton.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import { penaltyGradient } from "./basis_path_penalty.ts";
import type { GsgdOptions } from "./gsgd_options.ts";
import { type Gradients, pathGradient, pathSums } from "./inverse_chain_rule.ts";
import { type RouteProducts, routeProducts } from "./path_values.ts";
import { PathUpdates } from "./path_updates.ts";
import { rescaledGradients } from "./rescaled_gradients.ts";
import { counterUpdates } from "./telemetry.ts";
import {
  allocate,
  type AllocateSoFar,
  type NextProducts,
  nextProducts,
} from "./weight_allocation.ts";

/** One step of G-SGD. `rewrite` is the algorithm; the other methods are its parts. */
export class GsgdStep {
  readonly #options: GsgdOptions;

  /** `options` as for `gsgd`. */
  constructor(options: GsgdOptions = {}) {
    this.#options = options;
  }

  /**
   * Algorithm 1 of the paper [gsgd.md §0]: replaces the updates of the weights that `tagSkeleton`
   * tagged. It reads nothing but the tags.
   */
  rewrite(graph: Graph): Graph {
    const tags = tagsOf(graph);
    if (!tags[0]) return graph;
    const { plan } = tags[0];
    const { skeleton } = plan;
    const tensors = tags.map(({ tensor }) => tensor);

    // The inverse chain rule: gradients δ = ∂L/∂w become g = ∂L/∂v [Meng 2019, Eq. 3].
    const gradients = rescaledGradients(plan);
    const routes = this.routeProducts(skeleton);
    const sums = this.pathSums(skeleton, gradients);
    const slope = (tensor: SkeletonTensor, gradient: Node) =>
      this.#penalized(tensor, routes, this.pathGradient(skeleton, tensor, gradient, routes, sums));

    // The graph's own optimizer acts on path values: v′ = v + update(v, g).
    const { ratioClamp } = this.#options;
    const updates = new PathUpdates(graph, { plan, tensors, routes, gradients, slope, ratioClamp });

    // Weight allocation, first layer first: the weights with these path values [Meng 2019, Eq. 6].
    const next = this.nextProducts(
      skeleton,
      routes,
      (tensor, soFar) => this.allocate(tensor, updates.atInEdges(tensor), routes, soFar),
    );
    const weights = new Map(tensors.map((tensor) => {
      const allocated = this.allocate(tensor, updates.of(tensor), routes, next);
      return [tensor.weight, LABEL.set(allocated, labelOf(tensor.weight))];
    }));
    const counters = counterUpdates(this.#options.telemetry, {
      skeleton,
      routes,
      next,
      updates,
      ratioClamp,
    });
    const rewritten = updates.rewriteGraph(weights);
    return { ...rewritten, updates: new Map([...rewritten.updates, ...counters]) };
  }

  /** P and Q of every node. */
  protected routeProducts(skeleton: VectorSkeleton): RouteProducts {
    return routeProducts(skeleton);
  }

  /** Phi of every node. */
  protected pathSums(skeleton: VectorSkeleton, gradients: Gradients): NodeValues {
    return pathSums(skeleton, gradients);
  }

  /** ∂L/∂v of the basis path through each weight. */
  protected pathGradient(
    skeleton: VectorSkeleton,
    tensor: SkeletonTensor,
    gradient: Node,
    routes: RouteProducts,
    sums: NodeValues,
  ): Node {
    return pathGradient(skeleton, tensor, gradient, routes, sums);
  }

  /** P of every node after the step. */
  protected nextProducts(
    skeleton: VectorSkeleton,
    routes: RouteProducts,
    allocateSoFar: AllocateSoFar,
  ): NextProducts {
    return nextProducts(skeleton, routes, allocateSoFar);
  }

  /** The next weights. */
  protected allocate(
    tensor: SkeletonTensor,
    update: Node,
    routes: RouteProducts,
    next: NextProducts,
  ): Node {
    return allocate(tensor, update, routes, next);
  }

  #penalized(tensor: SkeletonTensor, routes: RouteProducts, slope: Node): Node {
    const { basisPathPenalty = 0 } = this.#options;
    if (basisPathPenalty === 0) return slope;
    return add(slope, penaltyGradient(tensor, routes, basisPathPenalty));
  }
}

function tagsOf(graph: Graph): readonly SkeletonTag[] {
  return [...graph.updates.values()].flatMap((next) => SKELETON.get(next) ?? []);
}

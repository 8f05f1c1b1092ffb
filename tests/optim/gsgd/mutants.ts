/** Wrong implementations of G-SGD [gsgd.md §12.2]: the right one with one part overridden. */
import { add, div, fullLike, mul, neg, type Node, reduceSum, select } from "../../../graph/mod.ts";
import { GsgdStep } from "../../../optim/gsgd/step/gsgd_step.ts";
import type { Gradients } from "../../../optim/gsgd/step/inverse_chain_rule.ts";
import type { NextProducts } from "../../../optim/gsgd/step/weight_allocation.ts";
import type { NodeValues, VectorSkeleton } from "../../../optim/gsgd/skeleton/node_vectors.ts";
import { alongMap, freeMask, type RouteProducts } from "../../../optim/gsgd/step/path_values.ts";
import type { SkeletonTensor } from "../../../optim/gsgd/skeleton/skeleton.ts";

/** Which checks of gsgd.md §12 see that the implementation is wrong. */
export interface Caught {
  readonly invariance: boolean;
  readonly freeFixed: boolean;
  readonly unitSkeleton: boolean;
  readonly otherSkeleton: boolean;
}

/** A wrong implementation, and the checks that must catch it. */
export interface Mutant {
  readonly name: string;
  readonly step: GsgdStep;
  readonly caught: Caught;
}

const onlyBruteForce: Caught = {
  invariance: false,
  freeFixed: false,
  unitSkeleton: true,
  otherSkeleton: true,
};
const onlyOtherSkeletons: Caught = {
  invariance: true,
  freeFixed: false,
  unitSkeleton: false,
  otherSkeleton: true,
};

function changed(values: NodeValues, change: (x: Node) => Node): NodeValues {
  return new Map([...values].map(([vector, x]) => [vector, change(x)]));
}
const ones = (values: NodeValues) => changed(values, (x) => fullLike(x, 1));

/** The skeleton as if no weight were free. */
function withoutFree(skeleton: VectorSkeleton): VectorSkeleton {
  return {
    ...skeleton,
    tensors: skeleton.tensors.map((tensor) => ({
      ...tensor,
      outEdges: tensor.outEdges.map(() => undefined),
    })),
  };
}

/** `wrong` at the free weights of a tensor, `right` elsewhere. */
function atFree(tensor: SkeletonTensor, wrong: Node, right: Node): Node {
  const free = freeMask(tensor);
  return free ? select(free, wrong, right) : right;
}

class FlippedPhi extends GsgdStep {
  protected override pathSums(skeleton: VectorSkeleton, gradients: Gradients): NodeValues {
    return changed(super.pathSums(skeleton, gradients), neg);
  }
}

class NoPhi extends GsgdStep {
  protected override pathSums(skeleton: VectorSkeleton, gradients: Gradients): NodeValues {
    return changed(super.pathSums(skeleton, gradients), (x) => fullLike(x, 0));
  }
}

/** Phi as if no free weight led from an in-route to the next node of it. */
class PhiWithoutContinuation extends GsgdStep {
  protected override pathSums(skeleton: VectorSkeleton, gradients: Gradients): NodeValues {
    const cut = skeleton.vectors.map((vector) => ({ ...vector, next: vector.next.map(() => 0) }));
    const sums = super.pathSums({ ...skeleton, vectors: cut }, gradients);
    return new Map(skeleton.vectors.map((vector, i) => [vector, sums.get(cut[i]!)!]));
  }
}

class PhiWithFreeWeights extends GsgdStep {
  protected override pathSums(skeleton: VectorSkeleton, gradients: Gradients): NodeValues {
    return super.pathSums(withoutFree(skeleton), gradients);
  }
}

class PhiWithFirstLayer extends GsgdStep {
  protected override pathSums(skeleton: VectorSkeleton, gradients: Gradients): NodeValues {
    const sums = new Map(super.pathSums(skeleton, gradients));
    const first = skeleton.vectors[0]!;
    const tensor = skeleton.tensors.find(({ weight }) => weight === first.nodes[0]!.inEdge.weight)!;
    const below = reduceSum(mul(tensor.weight, gradients(tensor)), [1]);
    return sums.set(first, add(sums.get(first)!, below));
  }
}

class OldRoutes extends GsgdStep {
  protected override nextProducts(
    _: VectorSkeleton,
    { p, inverseP }: RouteProducts,
  ): NextProducts {
    return { inverseP, inverseRatio: changed(p, (x) => div(x, x)) };
  }
}

class GradientNotDivided extends GsgdStep {
  protected override pathGradient(
    skeleton: VectorSkeleton,
    tensor: SkeletonTensor,
    gradient: Node,
    routes: RouteProducts,
    sums: NodeValues,
  ): Node {
    const undivided = {
      ...routes,
      inverseP: ones(routes.inverseP),
      inverseQ: ones(routes.inverseQ),
    };
    return super.pathGradient(skeleton, tensor, gradient, undivided, sums);
  }
}

class QIgnored extends GsgdStep {
  protected override routeProducts(skeleton: VectorSkeleton): RouteProducts {
    const routes = super.routeProducts(skeleton);
    return { ...routes, q: ones(routes.q), inverseQ: ones(routes.inverseQ) };
  }
}

class FreeWeightsUpdated extends GsgdStep {
  protected override pathGradient(
    skeleton: VectorSkeleton,
    tensor: SkeletonTensor,
    gradient: Node,
    routes: RouteProducts,
    sums: NodeValues,
  ): Node {
    const right = super.pathGradient(skeleton, tensor, gradient, routes, sums);
    return atFree(tensor, gradient, right);
  }

  protected override allocate(
    tensor: SkeletonTensor,
    update: Node,
    routes: RouteProducts,
    next: NextProducts,
  ): Node {
    const right = super.allocate(tensor, update, routes, next);
    return atFree(tensor, add(tensor.weight, update), right);
  }
}

class BiasDividedByRatio extends GsgdStep {
  protected override allocate(
    tensor: SkeletonTensor,
    update: Node,
    routes: RouteProducts,
    next: NextProducts,
  ): Node {
    const allocated = super.allocate(tensor, update, routes, next);
    const inverseRatio = alongMap(next.inverseRatio, tensor.head, tensor.weight);
    return tensor.kind === "bias" && inverseRatio ? mul(allocated, inverseRatio) : allocated;
  }
}

/** Each must be caught by these checks, and by no others. */
export const mutants: readonly Mutant[] = [
  { name: "sign of Phi flipped", step: new FlippedPhi(), caught: onlyBruteForce },
  { name: "Phi omitted", step: new NoPhi(), caught: onlyBruteForce },
  {
    name: "Phi without the continuation along the chain",
    step: new PhiWithoutContinuation(),
    caught: onlyBruteForce,
  },
  { name: "Phi includes the free weights", step: new PhiWithFreeWeights(), caught: onlyBruteForce },
  { name: "Phi also sums layer-1 weights", step: new PhiWithFirstLayer(), caught: onlyBruteForce },
  { name: "no division by the ratio", step: new OldRoutes(), caught: onlyBruteForce },
  { name: "g not divided by s", step: new GradientNotDivided(), caught: onlyOtherSkeletons },
  { name: "Q ignored", step: new QIgnored(), caught: onlyOtherSkeletons },
  {
    name: "free weights updated",
    step: new FreeWeightsUpdated(),
    caught: { invariance: true, freeFixed: true, unitSkeleton: true, otherSkeleton: true },
  },
  {
    name: "hidden bias divided by the ratio",
    step: new BiasDividedByRatio(),
    caught: onlyBruteForce,
  },
];

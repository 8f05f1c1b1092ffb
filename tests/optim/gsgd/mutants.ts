/** Wrong implementations of G-SGD [gsgd.md §12], made of the right one with one step replaced. */
import { add, div, fullLike, mul, neg, type Node, reduceSum, select } from "../../../graph/mod.ts";
import { type GsgdSteps, gsgdSteps } from "../../../optim/gsgd/gsgd.ts";
import type { NodeValues, VectorSkeleton } from "../../../optim/gsgd/node_vectors.ts";
import { alongMap, freeMask } from "../../../optim/gsgd/path_values.ts";
import type { SkeletonTensor } from "../../../optim/gsgd/skeleton.ts";

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
  readonly steps: GsgdSteps;
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

/** Phi as if no free weight led from an in-route to the next node of it. */
const sumsWithoutContinuation: GsgdSteps["pathSums"] = (skeleton, gradients) => {
  const cut = skeleton.vectors.map((vector) => ({ ...vector, next: vector.next.map(() => 0) }));
  const sums = gsgdSteps.pathSums({ ...skeleton, vectors: cut }, gradients);
  return new Map(skeleton.vectors.map((vector, i) => [vector, sums.get(cut[i]!)!]));
};

const sumsWithFirstLayer: GsgdSteps["pathSums"] = (skeleton, gradients) => {
  const sums = new Map(gsgdSteps.pathSums(skeleton, gradients));
  const first = skeleton.vectors[0]!;
  const tensor = skeleton.tensors.find(({ weight }) => weight === first.nodes[0]!.inEdge.weight)!;
  const below = reduceSum(mul(tensor.weight, gradients(tensor)), [1]);
  return sums.set(first, add(sums.get(first)!, below));
};

const biasDividedByRatio: GsgdSteps["allocate"] = (tensor, update, products, next) => {
  const allocated = gsgdSteps.allocate(tensor, update, products, next);
  const shrink = alongMap(next.shrink, tensor.head, tensor.weight);
  return tensor.kind === "bias" && shrink ? mul(allocated, shrink) : allocated;
};

/** The table of gsgd.md §12, row by row. */
export const mutants: readonly Mutant[] = [
  {
    name: "sign of Phi flipped",
    steps: { ...gsgdSteps, pathSums: (...args) => changed(gsgdSteps.pathSums(...args), neg) },
    caught: onlyBruteForce,
  },
  {
    name: "Phi omitted",
    steps: {
      ...gsgdSteps,
      pathSums: (...args) => changed(gsgdSteps.pathSums(...args), (x) => fullLike(x, 0)),
    },
    caught: onlyBruteForce,
  },
  {
    name: "Phi without the continuation along the chain",
    steps: { ...gsgdSteps, pathSums: sumsWithoutContinuation },
    caught: onlyBruteForce,
  },
  {
    name: "Phi includes the free weights",
    steps: {
      ...gsgdSteps,
      pathSums: (skeleton, gradients) => gsgdSteps.pathSums(withoutFree(skeleton), gradients),
    },
    caught: onlyBruteForce,
  },
  {
    name: "Phi also sums layer-1 weights",
    steps: { ...gsgdSteps, pathSums: sumsWithFirstLayer },
    caught: onlyBruteForce,
  },
  {
    name: "no division by the ratio",
    steps: {
      ...gsgdSteps,
      nextProducts: (_, { into, perInto }) => ({
        perInto,
        shrink: changed(into, (x) => div(x, x)),
      }),
    },
    caught: onlyBruteForce,
  },
  {
    name: "g not divided by s",
    steps: {
      ...gsgdSteps,
      pathGradient: (skeleton, tensor, gradient, products, sums) =>
        gsgdSteps.pathGradient(skeleton, tensor, gradient, {
          ...products,
          perInto: ones(products.perInto),
          perOutOf: ones(products.perOutOf),
        }, sums),
    },
    caught: onlyOtherSkeletons,
  },
  {
    name: "Q ignored",
    steps: {
      ...gsgdSteps,
      routeProducts: (skeleton) => {
        const products = gsgdSteps.routeProducts(skeleton);
        return { ...products, outOf: ones(products.outOf), perOutOf: ones(products.perOutOf) };
      },
    },
    caught: onlyOtherSkeletons,
  },
  {
    name: "free weights updated",
    steps: {
      ...gsgdSteps,
      pathGradient: (skeleton, tensor, gradient, ...rest) =>
        atFree(tensor, gradient, gsgdSteps.pathGradient(skeleton, tensor, gradient, ...rest)),
      allocate: (tensor, update, ...rest) =>
        atFree(
          tensor,
          add(tensor.weight, update),
          gsgdSteps.allocate(tensor, update, ...rest),
        ),
    },
    caught: { invariance: true, freeFixed: true, unitSkeleton: true, otherSkeleton: true },
  },
  {
    name: "hidden bias divided by the ratio",
    steps: { ...gsgdSteps, allocate: biasDividedByRatio },
    caught: onlyBruteForce,
  },
];

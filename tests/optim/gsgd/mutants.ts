/** Wrong implementations of G-SGD [gsgd.md §12.2]: the right one with one part replaced. */
import { add, div, fullLike, mul, neg, type Node, reduceSum } from "../../../graph/mod.ts";
import type {
  NodePlace,
  NodeValues,
  VectorSkeleton,
} from "../../../optim/gsgd/skeleton/node_vectors.ts";
import { alongMap, selectFree } from "../../../optim/gsgd/step/path_values.ts";
import { rightParts, type StepParts } from "./step_parts.ts";

/** Which checks of gsgd.md §12 see that the implementation is wrong. */
export interface Caught {
  readonly invariance: boolean;
  readonly freeFixed: boolean;
  readonly unitSkeleton: boolean;
  readonly otherSkeleton: boolean;
}

/** A wrong implementation, and the checks that must catch it. */
interface Mutant {
  readonly name: string;
  /** The parts that are wrong. */
  readonly parts: Partial<StepParts>;
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
const zeros = (values: NodeValues) => changed(values, (x) => fullLike(x, 0));

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

const { routeProducts, pathSums, pathGradient, allocate } = rightParts;

/** Phi as if no free weight led from an in-route to the next node of it. */
const sumsWithoutContinuation: StepParts["pathSums"] = (skeleton, gradients) => {
  const places = new Map<number, NodePlace>();
  const cut = skeleton.vectors.map((vector) => {
    const copy = { ...vector, next: vector.next.map(() => 0), places };
    vector.nodes.forEach(({ id }, index) => places.set(id, { vector: copy, index }));
    return copy;
  });
  const sums = pathSums({ ...skeleton, vectors: cut }, gradients);
  return new Map(skeleton.vectors.map((vector, i) => [vector, sums.get(cut[i]!)!]));
};

const sumsWithFirstLayer: StepParts["pathSums"] = (skeleton, gradients) => {
  const sums = new Map(pathSums(skeleton, gradients));
  const first = skeleton.vectors[0]!;
  const below = reduceSum(mul(first.inTensor.weight, gradients(first.inTensor)), [1]);
  return sums.set(first, add(sums.get(first)!, below));
};

const undividedGradient: StepParts["pathGradient"] = (skeleton, tensor, gradient, routes, sums) => {
  const undivided = { ...routes, inverseP: ones(routes.inverseP), inverseQ: ones(routes.inverseQ) };
  return pathGradient(skeleton, tensor, gradient, undivided, sums);
};

const freeWeightsUpdated: Partial<StepParts> = {
  pathGradient: (skeleton, tensor, gradient, routes, sums) =>
    selectFree(tensor, gradient, pathGradient(skeleton, tensor, gradient, routes, sums)),
  allocate: (tensor, update, routes, next) =>
    selectFree(tensor, add(tensor.weight, update), allocate(tensor, update, routes, next)),
};

const biasDividedByRatio: StepParts["allocate"] = (tensor, update, routes, next) => {
  const allocated = allocate(tensor, update, routes, next);
  const inverseRatio = alongMap(next.inverseRatio, tensor.head, tensor.weight);
  return tensor.kind === "bias" && inverseRatio ? mul(allocated, inverseRatio) : allocated;
};

/** Each must be caught by these checks, and by no others. */
export const mutants: readonly Mutant[] = [
  {
    name: "sign of Phi flipped",
    parts: { pathSums: (skeleton, gradients) => changed(pathSums(skeleton, gradients), neg) },
    caught: onlyBruteForce,
  },
  {
    name: "Phi omitted",
    parts: { pathSums: (skeleton, gradients) => zeros(pathSums(skeleton, gradients)) },
    caught: onlyBruteForce,
  },
  {
    name: "Phi without the continuation along the chain",
    parts: { pathSums: sumsWithoutContinuation },
    caught: onlyBruteForce,
  },
  {
    name: "Phi includes the free weights",
    parts: { pathSums: (skeleton, gradients) => pathSums(withoutFree(skeleton), gradients) },
    caught: onlyBruteForce,
  },
  {
    name: "Phi also sums layer-1 weights",
    parts: { pathSums: sumsWithFirstLayer },
    caught: onlyBruteForce,
  },
  {
    name: "no division by the ratio",
    parts: {
      nextProducts: (_, { p, inverseP }) => ({
        inverseP,
        inverseRatio: changed(p, (x) => div(x, x)),
      }),
    },
    caught: onlyBruteForce,
  },
  {
    name: "g not divided by s",
    parts: { pathGradient: undividedGradient },
    caught: onlyOtherSkeletons,
  },
  {
    name: "Q ignored",
    parts: {
      routeProducts: (skeleton) => {
        const routes = routeProducts(skeleton);
        return { ...routes, q: ones(routes.q), inverseQ: ones(routes.inverseQ) };
      },
    },
    caught: onlyOtherSkeletons,
  },
  {
    name: "free weights updated",
    parts: freeWeightsUpdated,
    caught: { invariance: true, freeFixed: true, unitSkeleton: true, otherSkeleton: true },
  },
  {
    name: "hidden bias divided by the ratio",
    parts: { allocate: biasDividedByRatio },
    caught: onlyBruteForce,
  },
];

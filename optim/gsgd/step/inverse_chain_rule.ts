import {
  add,
  div,
  fullLike,
  mul,
  type Node,
  reduceSum,
  reshape,
  select,
  sqrt,
  sub,
} from "../../../graph/mod.ts";
import { spread, sumAtPlaces } from "../skeleton/index_vector.ts";
import {
  type NodeValues,
  type NodeVector,
  valuesOf,
  type VectorSkeleton,
  vectorsOf,
} from "../skeleton/node_vectors.ts";
import {
  alongRoutes,
  inEdgeMask,
  inWeights,
  type RouteProducts,
  selectFree,
} from "./path_values.ts";
import { elementsById } from "../scales/scale_map.ts";
import { gradientAtInEdges, sumOverSamples } from "./product_gradient.ts";
import type { SkeletonPlan } from "../skeleton/plan_skeleton.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import type { LossOf } from "../skeleton/training_step.ts";

/** ∂loss/∂w of each weight, of one loss. */
type WeightGradients = (tensor: SkeletonTensor) => Node;

/** The gradients of one loss, and the part of the skeleton that follows it. */
export interface LossGradients {
  readonly loss: LossOf;
  readonly part: VectorSkeleton;
  readonly gradients: WeightGradients;
}

/**
 * The gradients that the step works with, also inside Phi, by loss: δ, or in the mode "paper" for
 * weights before a batch normalization δ̃ = n_k·δ with n_k = ‖w[k]‖₂ the norm of all weights
 * into output channel k [Meng 2019, Eq. 30; gsgd.md §6].
 */
export function rescaledGradients(plan: SkeletonPlan): LossGradients[] {
  const { step: { trained }, skeleton } = plan;
  const gradientsOf = ({ weight }: SkeletonTensor) => trained.get(weight)!.gradients;
  const losses = new Set(skeleton.tensors.flatMap((tensor) => [...gradientsOf(tensor).keys()]));
  return [...losses].map((loss) => {
    const part = partOf(skeleton, (tensor) => gradientsOf(tensor).has(loss));
    const gradients = new Map(part.tensors.map((tensor) => {
      const gradient = gradientsOf(tensor).get(loss)!;
      const isRescaled = plan.trace.forward.options.bn === "paper" && tensor.isNormalized;
      return [tensor.weight, isRescaled ? mul(gradient, channelNorms(tensor)) : gradient];
    }));
    return { loss, part, gradients: ({ weight }) => gradients.get(weight)! };
  });
}

/** The tensors of some segments, and the nodes there. */
function partOf(
  skeleton: VectorSkeleton,
  isChosen: (tensor: SkeletonTensor) => boolean,
): VectorSkeleton {
  const tensors = skeleton.tensors.filter(isChosen);
  const vectors = skeleton.vectors.filter(({ inTensor }) => isChosen(inTensor));
  return { ...skeleton, tensors, vectors };
}

/** For each weight the norm of all weights into its output channel. */
function channelNorms({ weight, head }: SkeletonTensor): Node {
  const axes = head.shape.flatMap((size, axis) => size === 1 ? [axis] : []);
  const norms = sqrt(reduceSum(mul(weight, weight), axes));
  return spread(norms, head.shape, weight.type.shape);
}

/**
 * Phi of all scale nodes [gsgd.md §4.1]: Σ v_p ∂L/∂v_p over the basis paths that pass a node on
 * their in-route or start their non-free weight there,
 *
 *     Phi[x] = Σ_{non-free e=(x→y)} w_e δ_e + Phi[y] if the in-edge of y is x's free out-edge
 */
export function pathSums(skeleton: VectorSkeleton, gradients: WeightGradients): NodeValues {
  const leaving = new Map(
    skeleton.tensors.map((tensor) => [tensor, sumOverHeads(tensor, gradients(tensor))]),
  );
  const tensorsFrom = tensorsByTail(skeleton);
  const sums = new Map<NodeVector, Node>();
  for (const vector of skeleton.vectors.toReversed()) {
    const own = tensorsFrom.get(vector)!.flatMap((tensor) =>
      sumAtNodes(vector, tensor, leaving.get(tensor)) ?? []
    );
    const continued = valuesOf(sums, vector.next, 0);
    sums.set(vector, [...own, ...continued ? [continued] : []].reduce(add));
  }
  return sums;
}

/** The tensors that lead out of nodes of each vector, in order. */
function tensorsByTail({ tensors, vectors }: VectorSkeleton): Map<NodeVector, SkeletonTensor[]> {
  const found = new Map<NodeVector, SkeletonTensor[]>(vectors.map((vector) => [vector, []]));
  for (const tensor of tensors) {
    for (const vector of vectorsOf(vectors, tensor.tail.ids)) found.get(vector)?.push(tensor);
  }
  return found;
}

/** Σ w·δ over the non-free weights that leave each element of the tensor's tail map. */
function sumOverHeads(tensor: SkeletonTensor, gradient: Node): Node | undefined {
  const { weight, kind, tail } = tensor;
  if (kind === "bias" || tail.ids.every((id) => id === 0)) return undefined;
  const short = sumOverSamples(tensor, gradient);
  if (short) return short;
  const product = mul(weight, gradient);
  const counted = selectFree(tensor, fullLike(product, 0), product);
  const axes = tail.shape.flatMap((size, axis) => size === 1 ? [axis] : []);
  return reshape(reduceSum(counted, axes), [tail.ids.length]);
}

/** Collects the sums of the elements that belong to each node; several after a flatten. */
function sumAtNodes(
  { nodes }: NodeVector,
  { tail }: SkeletonTensor,
  sums: Node | undefined,
): Node | undefined {
  if (!sums) return undefined;
  const elements = elementsById(tail);
  const places = nodes.map(({ id }) => elements.get(id) ?? []);
  return places.some((list) => list.length > 0) ? sumAtPlaces(sums, places) : undefined;
}

/**
 * ∂L/∂v of the basis path through each weight [Meng 2019, Eq. 3; gsgd.md §4.1]: 0 for free
 * weights, (δ − Phi[v]/w) / (P[u]·Q[v]) for trained skeleton weights, δ / (P[u]·Q[v]) for
 * the others.
 */
export function pathGradient(
  { vectors }: VectorSkeleton,
  tensor: SkeletonTensor,
  gradient: Node,
  { inverseP, inverseQ }: RouteProducts,
  sums: NodeValues,
): Node {
  const holdsTrained = vectors.some(({ inTensor, trained }) =>
    inTensor === tensor && trained.includes(true)
  );
  const own = holdsTrained
    ? select(inEdgeMask(tensor)!, trainedGradient(tensor, gradient, sums), gradient)
    : gradient;
  const scaled = alongRoutes(own, tensor, inverseP, inverseQ);
  return selectFree(tensor, fullLike(scaled, 0), scaled);
}

/** δ − Phi[v]/w, right at the in-edges of a tensor; its values at free ones are not used. */
function trainedGradient(tensor: SkeletonTensor, gradient: Node, sums: NodeValues): Node {
  const { weight, head } = tensor;
  const perWeight = new Map<NodeVector, Node>();
  for (const vector of vectorsOf(sums.keys(), head.ids)) {
    const sum = sums.get(vector);
    if (sum) perWeight.set(vector, div(sum, inWeights(vector, vector.inTensor.weight)));
  }
  const shares = spread(valuesOf(perWeight, head.ids, 0)!, head.shape, weight.type.shape);
  return sub(gradientAtInEdges(tensor, gradient), shares);
}

/**
 * The network as a function of its path values, w(v) = v / (P·Q), for any graph: with the
 * chain rule done by dual numbers, it says what a step of G-SGD must be.
 */
import type { Node } from "../../../graph/mod.ts";
import { idAt, positionsOf } from "../../../optim/gsgd/scales/scale_map.ts";
import type { SkeletonEdge } from "../../../optim/gsgd/skeleton/skeleton.ts";
import type { GsgdPlan } from "../../../optim/gsgd/step/gsgd.ts";

/** Numbers of each weight tensor that touches a scale node, by weight. */
type TensorValues = ReadonlyMap<Node, Float64Array>;

/** One element of a weight tensor, with the scale nodes at its ends. */
interface Element {
  readonly weight: Node;
  readonly index: number;
  readonly tail: number;
  readonly head: number;
  readonly isFree: boolean;
}

/** A number and its derivative in one direction. */
interface Dual {
  readonly value: number;
  readonly slope: number;
}
const times = (a: Dual, b: Dual): Dual => ({
  value: a.value * b.value,
  slope: a.slope * b.value + a.value * b.slope,
});
const over = (a: Dual, b: Dual): Dual => ({
  value: a.value / b.value,
  slope: (a.slope - a.value / b.value * b.slope) / b.value,
});
const fixed = (value: number): Dual => ({ value, slope: 0 });

/** The elements of all tensors of a plan. */
export function elementsOf({ skeleton: { tensors, nodes } }: GsgdPlan): Element[] {
  const edges = nodes.map(({ outEdge }) => outEdge);
  return tensors.flatMap(({ weight, tail, head }) =>
    positionsOf(weight.type.shape).map((position, index) => ({
      weight,
      index,
      tail: idAt(tail, position),
      head: idAt(head, position),
      isFree: edges.some((edge) => edge.weight === weight && indexOf(edge) === index),
    }))
  );
}

function indexOf({ weight, position }: SkeletonEdge): number {
  return position.reduce((sum, i, axis) => sum * weight.type.shape[axis]! + i, 0);
}

/** P and Q of each node (0 is GROUND), from the weights of the routes. */
function routesOf(
  { skeleton: { nodes } }: GsgdPlan,
  inWeight: (edge: SkeletonEdge, before: Dual, after: Dual) => Dual,
  weights: TensorValues,
): { into: Dual[]; outOf: Dual[] } {
  const [into, outOf] = [[fixed(1)], [fixed(1)]];
  for (const { id, outEdge } of nodes.toSorted((a, b) => a.outDepth - b.outDepth)) {
    outOf[id] = times(fixed(at(weights, outEdge)), outOf[outEdge.head]!);
  }
  for (const { id, inEdge } of nodes.toSorted((a, b) => a.inDepth - b.inDepth)) {
    const before = into[inEdge.tail]!;
    into[id] = times(before, inWeight(inEdge, before, outOf[id]!));
  }
  return { into, outOf };
}

function at(values: TensorValues, edge: SkeletonEdge): number {
  return values.get(edge.weight)![indexOf(edge)]!;
}

/** v = P·w·Q of each element; free ones keep their weight. */
export function pathValuesOf(plan: GsgdPlan, weights: TensorValues): TensorValues {
  const { into, outOf } = routesOf(plan, (edge) => fixed(at(weights, edge)), weights);
  const values = new Map([...weights].map(([weight, data]) => [weight, data.slice()]));
  for (const { weight, index, tail, head, isFree } of elementsOf(plan)) {
    const data = values.get(weight)!;
    if (!isFree) data[index] = into[tail]!.value * data[index]! * outOf[head]!.value;
  }
  return values;
}

/** The weights with these path values, and their derivatives along one of the values. */
function weightsAlong(
  plan: GsgdPlan,
  values: TensorValues,
  direction: Element | undefined,
): Map<Node, Dual[]> {
  const elements = elementsOf(plan);
  const isFree = (edge: SkeletonEdge) =>
    plan.skeleton.nodes.some(({ outEdge }) =>
      outEdge.weight === edge.weight && indexOf(outEdge) === indexOf(edge)
    );
  const dual = (weight: Node, index: number): Dual => ({
    value: values.get(weight)![index]!,
    slope: Number(direction?.weight === weight && direction.index === index),
  });
  const inWeight = (edge: SkeletonEdge, before: Dual, after: Dual): Dual => {
    const value = dual(edge.weight, indexOf(edge));
    return isFree(edge) ? fixed(value.value) : over(value, times(before, after));
  };
  const { into, outOf } = routesOf(plan, inWeight, values);
  const result = new Map<Node, Dual[]>();
  for (const { weight, index, tail, head, isFree } of elements) {
    const list = result.get(weight) ?? [];
    result.set(weight, list);
    const value = dual(weight, index);
    list.push(isFree ? fixed(value.value) : over(value, times(into[tail]!, outOf[head]!)));
  }
  return result;
}

/** The weights with these path values. */
export function weightsOf(plan: GsgdPlan, values: TensorValues): TensorValues {
  return new Map(
    [...weightsAlong(plan, values, undefined)].map(([weight, duals]) => [
      weight,
      Float64Array.from(duals, ({ value }) => value),
    ]),
  );
}

/** ∂L/∂v = Σ_f ∂L/∂w_f ∂w_f/∂v of each element, 0 for free ones. */
export function pathGradientsOf(
  plan: GsgdPlan,
  weights: TensorValues,
  gradients: TensorValues,
): TensorValues {
  const values = pathValuesOf(plan, weights);
  const result = new Map([...weights].map(([weight, data]) => [weight, data.map(() => 0)]));
  for (const element of elementsOf(plan)) {
    if (element.isFree) continue;
    let sum = 0;
    for (const [weight, duals] of weightsAlong(plan, values, element)) {
      const slopes = gradients.get(weight)!;
      duals.forEach(({ slope }, i) => sum += slope * slopes[i]!);
    }
    result.get(element.weight)![element.index] = sum;
  }
  return result;
}

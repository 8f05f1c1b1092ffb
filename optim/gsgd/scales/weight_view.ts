import {
  attrsOf,
  broadcastTo,
  is,
  type Node,
  permute,
  reshape,
  type Shape,
  variable,
} from "../../../graph/mod.ts";
import { idAt, positionsOf, type ScaleMap, variesAlong } from "./scale_map.ts";

/** A variable as an op sees it: transposed, repeated, or with axes of size one. */
export interface WeightView {
  readonly weight: Node;
  /** For each axis of the view the axis of the weight; `null` where the view repeats it. */
  readonly axes: readonly (number | null)[];
}

/** A node as a view of a weight, given the view that its input is; `undefined` if it is none. */
export function viewOf(
  node: Node,
  views: ReadonlyMap<Node, WeightView>,
): WeightView | undefined {
  const { shape } = node.type;
  if (is(node, variable)) return { weight: node, axes: shape.map(axisUnlessSingle) };
  const [input] = node.inputs;
  const view = input && views.get(input);
  if (!view) return undefined;
  const order = attrsOf(node, permute)?.order;
  if (order) return { ...view, axes: order.map((axis) => view.axes[axis]!) };
  if (is(node, broadcastTo)) {
    const added = new Array<null>(shape.length - view.axes.length).fill(null);
    return { ...view, axes: [...added, ...view.axes] };
  }
  if (is(node, reshape)) return reshapedView(view, input.type.shape, shape);
  return undefined;
}

function axisUnlessSingle(size: number, axis: number): number | null {
  return size === 1 ? null : axis;
}

/** Adding and dropping axes of size one keeps a view a view. */
function reshapedView(view: WeightView, from: Shape, to: Shape): WeightView | undefined {
  const kept = view.axes.filter((_, axis) => from[axis] !== 1);
  const sizes = from.filter((size) => size !== 1);
  if (to.filter((size) => size !== 1).join() !== sizes.join()) return undefined;
  let next = 0;
  return { ...view, axes: to.map((size) => size === 1 ? null : kept[next++]!) };
}

/**
 * A map over the view as a map over the weight itself; `undefined` if one weight would get
 * several numbers because the view repeats it.
 */
export function mapOverWeight(map: ScaleMap, { weight, axes }: WeightView): ScaleMap | undefined {
  if (axes.some((axis, i) => axis === null && variesAlong(map, i))) return undefined;
  const shape = weight.type.shape.map((_, axis) => {
    const seen = axes.indexOf(axis);
    return seen < 0 ? 1 : map.shape[seen]!;
  });
  const ids = positionsOf(shape).map((position) =>
    idAt(map, axes.map((axis) => axis === null ? 0 : position[axis]!))
  );
  return { shape, ids };
}

import { groupBy, labelOf, type Node, rowMajorStrides, type Shape } from "../../../graph/mod.ts";
import { elementAt, elementsById, type ScaleMap, variesAlong } from "../scales/scale_map.ts";
import { GROUND } from "../scales/scale_variables.ts";
import {
  isInEdgeFree,
  type Skeleton,
  type SkeletonEdge,
  type SkeletonTensor,
} from "../skeleton/skeleton.ts";

/** Maximum number of units on one side of a layer; of more, the first `FEW_UNITS` are listed. */
const MOST_UNITS = 10;
/** Number of units that are listed if there are more than `MOST_UNITS`. */
const FEW_UNITS = 8;

/** The units on one side of a weight tensor. */
export interface LayerSide {
  /** Number of units or channels. */
  readonly count: number;
  /** For each of the first units whether it can be rescaled. */
  readonly scalable: readonly boolean[];
}

/** How a drawn weight takes part in G-SGD: a free skeleton weight never changes. */
export type LayerEdgeClass = "free" | "trained" | "plain";

/** An edge between units, counted from 0. The index after the listed units means one of the others. */
export interface LayerEdge {
  readonly from: number;
  readonly to: number;
  readonly class: LayerEdgeClass;
}

/** A weight tensor of a skeleton as edges between units. Plain data, for drawings. */
export interface SkeletonLayer {
  /** The parameter's name: `2.weight`. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  readonly tails: LayerSide;
  readonly heads: LayerSide;
  /** Whether its tails are the heads of the layer before. */
  readonly continues: boolean;
  /** Number of its skeleton weights that never change. */
  readonly free: number;
  /** Number of its skeleton weights that are trained through their own path value. */
  readonly trained: number;
  /** All plain edges between listed units, and the skeleton edges of listed units. */
  readonly edges: readonly LayerEdge[];
}

/** The weight tensors of a skeleton that connect units, in the order in which they are used. */
export function skeletonLayers(skeleton: Skeleton): readonly SkeletonLayer[] {
  const edges = edgesByWeight(skeleton);
  const tensors = skeleton.tensors.filter(({ kind }) => kind !== "bias");
  return tensors.map((tensor, i) =>
    layerOf(tensor, tensors[i - 1], edges.get(tensor.weight) ?? [])
  );
}

/** A skeleton weight, and whether it is trained. */
interface ChosenEdge {
  readonly edge: SkeletonEdge;
  readonly class: "free" | "trained";
}

function edgesByWeight(skeleton: Skeleton): ReadonlyMap<Node, readonly ChosenEdge[]> {
  const chosen = skeleton.nodes.flatMap((node): readonly ChosenEdge[] => [
    { edge: node.outEdge, class: "free" },
    ...(isInEdgeFree(skeleton, node) ? [] : [{ edge: node.inEdge, class: "trained" } as const]),
  ]);
  return groupBy(chosen, ({ edge }) => edge.weight);
}

function layerOf(
  tensor: SkeletonTensor,
  previous: SkeletonTensor | undefined,
  chosen: readonly ChosenEdge[],
): SkeletonLayer {
  const [from, to] = [new Units(tensor.tail), new Units(tensor.head)];
  const numberOf = (wanted: ChosenEdge["class"]) =>
    chosen.filter((each) => each.class === wanted).length;
  // a free edge belongs to the unit that it leaves, a trained one to the unit that it enters
  const skeleton = chosen.map(({ edge: { position }, class: kind }) => ({
    from: from.at(position),
    to: to.at(position),
    class: kind,
  })).filter((edge) => edge.class === "free" ? edge.from < from.listed : edge.to < to.listed);
  return {
    name: labelOf(tensor.weight),
    shape: tensor.weight.type.shape,
    tails: from.side,
    heads: to.side,
    continues: previous !== undefined && isSame(previous.head, tensor.tail),
    free: numberOf("free"),
    trained: numberOf("trained"),
    edges: [...plainEdges(from, to, skeleton), ...skeleton],
  };
}

/** Whether two maps hold the same nodes in the same order. */
function isSame(heads: ScaleMap, tails: ScaleMap): boolean {
  const [before, after] = [heads, tails].map((map) => new Units(map).roots);
  return before!.length === after!.length && before!.some((id) => id !== GROUND) &&
    before!.every((id, i) => id === after![i]);
}

function plainEdges(from: Units, to: Units, skeleton: readonly LayerEdge[]): LayerEdge[] {
  const taken = new Set(skeleton.map(({ from, to }) => `${from} ${to}`));
  const pairs: LayerEdge[] = [];
  for (let tail = 0; tail < from.listed; tail++) {
    for (let head = 0; head < to.listed; head++) {
      if (taken.has(`${tail} ${head}`) || !areConnected(from, tail, to, head)) continue;
      pairs.push({ from: tail, to: head, class: "plain" });
    }
  }
  return pairs;
}

/** Grouped weights connect only the units of a group: those that agree along shared axes. */
function areConnected(from: Units, tail: number, to: Units, head: number): boolean {
  const shared = [...from.map.shape.keys()].filter((axis) =>
    variesAlong(from.map, axis) && variesAlong(to.map, axis)
  );
  const places = (units: Units, unit: number) =>
    units.elements(unit).map((element) =>
      shared.map((axis) => coordinate(element, units.map.shape, axis)).join()
    );
  const heads = new Set(places(to, head));
  return places(from, tail).some((place) => heads.has(place));
}

function coordinate(element: number, shape: Shape, axis: number): number {
  return Math.floor(element / rowMajorStrides(shape)[axis]!) % shape[axis]!;
}

/** The units of a map: each scale node is one, and each element whose scale is fixed. */
class Units {
  readonly map: ScaleMap;
  /** The id of each unit; `GROUND` for those of fixed scale. */
  readonly roots: readonly number[];
  readonly #unitOf: readonly number[];

  constructor(map: ScaleMap) {
    this.map = map;
    const roots: number[] = [];
    const known = new Map<number, number>();
    this.#unitOf = map.ids.map((id) => {
      const unit = id === GROUND ? undefined : known.get(id);
      if (unit !== undefined) return unit;
      known.set(id, roots.length);
      return roots.push(id) - 1;
    });
    this.roots = roots;
  }

  /** Number of units that are listed. */
  get listed(): number {
    return this.roots.length > MOST_UNITS ? FEW_UNITS : this.roots.length;
  }

  get side(): LayerSide {
    const scalable = this.roots.slice(0, this.listed).map((id) => id !== GROUND);
    return { count: this.roots.length, scalable };
  }

  /** The unit at a position of the weight, or `listed` if it is not listed. */
  at(position: readonly number[]): number {
    return Math.min(this.#unitOf[elementAt(this.map, position)]!, this.listed);
  }

  /** The elements of the map that belong to a unit. */
  elements(unit: number): readonly number[] {
    const id = this.roots[unit]!;
    return id === GROUND ? [this.#unitOf.indexOf(unit)] : elementsById(this.map).get(id) ?? [];
  }
}

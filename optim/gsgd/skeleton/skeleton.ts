import type { Node } from "../../../graph/mod.ts";
import type { ScaleMap } from "../scales/scale_map.ts";
import { GROUND } from "../scales/scale_variables.ts";
import type { EdgeKind } from "../scales/weight_uses.ts";

/** One skeleton weight: an element of a weight tensor. */
export interface SkeletonEdge {
  /** The variable that holds it. */
  readonly weight: Node;
  /** Its position in the weight. */
  readonly position: readonly number[];
  /** The scale node that it leads out of; 0 is GROUND. */
  readonly tail: number;
  /** The scale node that it leads into; 0 is GROUND. */
  readonly head: number;
}

/** A hidden unit or feature map, with its place in both trees [gsgd.md §2.2]. */
export interface ScaleNode {
  /** From 1 on. */
  readonly id: number;
  /** Leads into the node on the in-route. */
  readonly inEdge: SkeletonEdge;
  /** Leads out of the node on the out-route: a free weight. */
  readonly outEdge: SkeletonEdge;
  /** Number of edges of its in-route. */
  readonly inDepth: number;
  /** Number of edges of its out-route. */
  readonly outDepth: number;
  /** The op that made its scale. */
  readonly origin: number;
  /** The segment it belongs to. */
  readonly segment: number;
}

/** A weight tensor whose edges touch scale nodes; the maps hold node ids. */
export interface SkeletonTensor {
  /** The variable. */
  readonly weight: Node;
  /** How it acts. */
  readonly kind: EdgeKind;
  /** The scale node that each element leads out of. */
  readonly tail: ScaleMap;
  /** The scale node that each element leads into. */
  readonly head: ScaleMap;
  /** By element of `tail`: the out-edge of that node, if this tensor holds it there. */
  readonly outEdges: readonly (SkeletonEdge | undefined)[];
  /** By element of `head`: the in-edge of that node, if this tensor holds it there. */
  readonly inEdges: readonly (SkeletonEdge | undefined)[];
  /** The segment that its nodes belong to. */
  readonly segment: number;
  /** Whether a batch normalization follows through which scales pass. */
  readonly isNormalized: boolean;
}

/** Scale nodes, their in-tree and out-tree, and the tensors that hold the edges. */
export interface Skeleton {
  /** In the order of their ids. */
  readonly nodes: readonly ScaleNode[];
  /** In the order in which they are used. */
  readonly tensors: readonly SkeletonTensor[];
}

/** Whether the in-edge of a node is a free weight, because it is an out-edge as well. */
export function isInEdgeFree({ nodes }: Skeleton, { inEdge }: ScaleNode): boolean {
  return inEdge.tail !== GROUND && sameEdge(nodes[inEdge.tail - 1]!.outEdge, inEdge);
}

function sameEdge(a: SkeletonEdge, b: SkeletonEdge): boolean {
  return a.weight === b.weight && a.position.every((index, axis) => index === b.position[axis]);
}

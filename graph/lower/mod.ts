import type { Graph } from "../graph.ts";
import type { Node } from "../node.ts";
import type { Limits, Plan } from "../plan.ts";
import type { HostArray } from "../types.ts";

/** What an external slot of a lowered plan is bound to. */
export type External =
  | { readonly kind: "variable"; readonly node: Node }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: HostArray }
  | { readonly kind: "output"; readonly index: number };

/** A plan, and what its external slots are. */
export interface Lowered {
  readonly plan: Plan;
  /** By slot number. */
  readonly externals: ReadonlyMap<number, External>;
}

/** Turns a graph into a plan: what is stored, what is fused, when, and where. */
export declare function lower(graph: Graph, limits: Limits, label: string): Lowered;

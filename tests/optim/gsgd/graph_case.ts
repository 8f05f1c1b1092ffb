import type { Tensor } from "../../../autograd/mod.ts";
import type { SkeletonOptions } from "../../../optim/gsgd/mod.ts";
import type { NetworkBuilder, TrainingNetwork } from "./network.ts";

/** Writes a network. */
export type Write = (x: Tensor, net: NetworkBuilder) => Tensor;

/** A graph, and what the pass must find in it. */
export interface GraphCase {
  readonly graph: string;
  readonly network: TrainingNetwork;
  readonly options?: SkeletonOptions;
  /** H, free, trained. */
  readonly counts: readonly [number, number, number];
  /** Class of each parameter, by name; for those outside with the reason. */
  readonly classes: Readonly<Record<string, string>>;
  readonly segments?: number;
}

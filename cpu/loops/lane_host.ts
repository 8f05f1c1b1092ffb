/** The part of a lane emitter that loads, stores, and bounds checks use. */
import type { SlotType } from "../compiled_kernel.ts";
import type { IndexEmitter, IndexHost } from "./index_emitter.ts";
import type { LinearForm, Value } from "./value.ts";

/** How the lanes of a kernel are laid out. */
export interface Lanes {
  /** The axis along which the lanes are; `undefined` if all lanes are equal. */
  readonly axis: number | undefined;
  /** Whether results of reductions differ between lanes. */
  readonly resultsVary: boolean;
}

/** Emits values as vectors of four lanes. */
export interface LaneHost extends IndexHost {
  readonly lanes: Lanes;
  readonly index: IndexEmitter;
  readonly slotType: (slot: number) => SlotType;
  /** Number of vectors past the position of the vector axis. */
  readonly copy: number;
  /** Number of lanes that count. */
  readonly active: number;
  /** Whether lanes can hold different values. */
  varies(value: Value): boolean;
  /** Whether the value can be computed in the open scopes. */
  available(value: Value): boolean;
  /** Pushes the value. */
  push(value: Value): void;
  /** Pushes `constant + Σ terms`, lane by lane. */
  pushSum(sum: LinearForm): void;
}

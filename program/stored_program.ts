import type { Plan } from "../graph/plan.ts";
import type { DType, HostArray, TensorType } from "../graph/types.ts";

/** A program without a backend: a plan, and all that it is bound to. */
export interface StoredProgram {
  /** The program. */
  readonly plan: Plan;
  /** The inputs by name, in order. */
  readonly inputs: ReadonlyMap<string, StoredInput>;
  /** The outputs by name, in order. */
  readonly outputs: ReadonlyMap<string, StoredOutput>;
  /** Constants and variables. */
  readonly values: readonly StoredValue[];
}

/** An input of a program. */
export interface StoredInput {
  readonly type: TensorType;
  /** Its slot; none if no kernel reads it. */
  readonly slot?: number;
}

/** An output of a program. */
export interface StoredOutput {
  /** Kernels write u8 values as i32. */
  readonly dtype: DType;
  readonly slot: number;
}

/** A constant, or a variable. */
export interface StoredValue {
  readonly slot: number;
  /** The elements at the start. */
  readonly data: HostArray;
  /** Whether runs change it. */
  readonly isUpdated: boolean;
}

/**
 * Plans (ordered lists of dispatches over numbered slots) and the `Backend` interface that runs
 * them.
 * @module
 */
import type { Kernel } from "./kernel.ts";
import type { HostArray, TensorType } from "./types.ts";

/**
 * A value that kernels read or write. An `external` slot (variable, input, constant, or output)
 * is bound to a buffer passed to `Backend.compile`. A `temporary` slot belongs to the executable;
 * temporaries with the same `memory` number share one buffer, because their lifetimes do not
 * overlap.
 */
export type Slot =
  & {
    readonly type: TensorType;
    /** Name for error messages, profiles, and debug labels. */
    readonly label: string;
  }
  & (
    | { readonly kind: "external" }
    | { readonly kind: "temporary"; readonly memory: number }
    | Window
  );

/**
 * A slot that is a part of another slot, a different part in each turn of a loop: in turn t, its
 * first element is element `start + t · stride` of the other slot. Both hold elements of 4 bytes.
 */
export interface Window {
  /** Distinguishes it from other slots. */
  readonly kind: "window";
  /** How many loops are around the one that moves it: 0 for an outermost loop. */
  readonly depth: number;
  /** Number of the other slot. If it is a window, too, a loop around this one moves it. */
  readonly base: number;
  /** Position of the first element in the first turn. */
  readonly start: number;
  /** Elements from one turn to the next; may be negative. */
  readonly stride: number;
}

/**
 * Dispatches that run several times. Only loops use windows: those that they move, and those of the
 * loops around them.
 */
export interface PlanLoop {
  /** Name for error messages and profiles. */
  readonly label: string;
  /** Number of its first dispatch. */
  readonly from: number;
  /** Number of the dispatch after its last. */
  readonly to: number;
  /** How often it runs: at least once. */
  readonly turns: number;
  /** The loops among its dispatches, in order: each turn runs all of their turns. Default: none. */
  readonly loops?: readonly PlanLoop[];
}

/**
 * Kernels that may run concurrently: none reads or writes what another writes. A backend may
 * launch them together.
 */
export interface Dispatch {
  /** The kernels, in any order. */
  readonly kernels: readonly Kernel[];
}

/** A finished program, as plain data. It contains no notion of models or gradients. */
export interface Plan {
  /** Name for error messages, profiles, and debug labels. */
  readonly label: string;
  /** The slots, indexed by slot number. */
  readonly slots: readonly Slot[];
  /** The dispatches, in order. Each sees the writes of the ones before it. */
  readonly dispatches: readonly Dispatch[];
  /** Which dispatches run several times: the outermost loops, in order. Default: none. */
  readonly loops?: readonly PlanLoop[];
  /** Byte length of each shared buffer of temporaries, by `memory` number. */
  readonly memories: readonly number[];
  /**
   * For a training step, the bytes of temporaries that forward computes and backward reads: a
   * lower bound on the sum of `memories`.
   */
  readonly keptBytes?: number;
}

/** Total bytes of the shared buffers of temporaries. */
export function temporaryBytes({ memories }: Plan): number {
  return memories.reduce((sum, bytes) => sum + bytes, 0);
}

/** Device memory that holds one value. Its owner must dispose it. */
export interface DeviceBuffer extends Disposable {
  /** Name for error messages, profiles, and debug labels. */
  readonly label: string;
  /** Element type and shape of the value. */
  readonly type: TensorType;
  /** Copies elements from the host, ordered before every later `run`. The length must match. */
  write(data: HostArray): void;
}

/** Buffers of f32 values whose elements the host can change in one round trip. */
export interface BufferGroup extends Disposable {
  /** One for each type, in order. They belong to the group. */
  readonly buffers: readonly DeviceBuffer[];
  /**
   * Waits for all submitted work, lets `change` change the elements of all buffers in place, and
   * copies them back, ordered before every later `run`. They are placed as in `groupLayout`; what
   * is in the gaps has no meaning.
   */
  exchange(change: (elements: Float32Array) => void | Promise<void>): Promise<void>;
}

/** A plan compiled for a device, with its own temporaries. */
export interface Executable extends Disposable {
  /** The plan it was compiled from. */
  readonly plan: Plan;
  /** Submits all dispatches together. May return before the device has finished. */
  run(): void;
}

/** The memory that a backend currently holds. */
export interface MemoryUse {
  /** Number of buffers. */
  readonly liveBuffers: number;
  /** Sum of their bytes. */
  readonly liveBytes: number;
}

/** Properties of a device that lowering depends on. */
export interface Limits {
  /** Maximum number of slots that one dispatch may access. */
  readonly slotsPerDispatch: number;
  /** Maximum number of slots that one merged kernel accesses. Default: `slotsPerDispatch`. */
  readonly slotsPerKernel?: number;
  /** Maximum size of a slot in bytes. */
  readonly bytesPerSlot: number;
  /**
   * A reduction of more elements than this with fewer than `parallelRows` results is split into
   * two stages, so that it has enough parallel work.
   */
  readonly longRow: number;
  /** Number of parallel results that saturates the device. */
  readonly parallelRows: number;
}

/** A device that runs plans. */
export interface Backend extends Disposable {
  /** `"gpu"` or `"cpu"`. */
  readonly name: string;
  /** Human-readable description: the adapter, or the threads and instruction set. */
  readonly description: string;
  /** Properties of the device that lowering depends on. */
  readonly limits: Limits;
  /** Allocates a buffer filled with zeros. */
  allocate(type: TensorType, label: string): DeviceBuffer;
  /** Allocates buffers of f32, filled with zeros, that the host can change together. */
  allocateGroup(types: readonly TensorType[], label: string): BufferGroup;
  /** Compiles a plan. `buffers` maps the number of each external slot to its buffer. */
  compile(plan: Plan, buffers: ReadonlyMap<number, DeviceBuffer>): Promise<Executable>;
  /** Waits for all submitted work, then copies the buffers to the host in one round trip. */
  read(buffers: readonly DeviceBuffer[]): Promise<HostArray[]>;
  /** Live buffers and bytes, including the temporaries of executables. */
  memory(): MemoryUse;
}

/**
 * The plan: an ordered list of dispatches over numbered slots, and the interface
 * through which a backend runs it.
 * @module
 */
import type { Kernel } from "./kernel.ts";
import type { HostArray, TensorType } from "./types.ts";

/**
 * What a slot holds. An `external` slot (variable, input, constant or output) is bound
 * to a buffer given to `Backend.compile`; a `temporary` one lives in the executable,
 * and temporaries with the same `memory` number share one buffer because they are never
 * alive at the same time.
 */
export type Slot =
  & {
    readonly type: TensorType;
    /** For messages, profiles and debug labels. */
    readonly label: string;
  }
  & ({ readonly kind: "external" } | { readonly kind: "temporary"; readonly memory: number });

/**
 * Kernels that may run at the same time: none reads or writes what another writes.
 * A backend may launch them as one.
 */
export interface Dispatch {
  /** In any order. */
  readonly kernels: readonly Kernel[];
}

/** A finished program. Plain data: it knows nothing of models or gradients. */
export interface Plan {
  /** For messages, profiles and debug labels. */
  readonly label: string;
  /** By slot number. */
  readonly slots: readonly Slot[];
  /** In order; each sees what the ones before it wrote. */
  readonly dispatches: readonly Dispatch[];
  /** Byte length of each shared buffer of temporaries, by `memory` number. */
  readonly memories: readonly number[];
  /**
   * Of a training step: bytes of the temporaries that are computed on the way to the loss and read
   * after it, by the backward part. The `memories` cannot take less in all.
   */
  readonly keptBytes?: number;
}

/** Bytes of the shared buffers of temporaries, all together. */
export function temporaryBytes({ memories }: Plan): number {
  return memories.reduce((sum, bytes) => sum + bytes, 0);
}

/** Device memory that holds one value. The owner disposes of it. */
export interface DeviceBuffer extends Disposable {
  /** For messages, profiles and debug labels. */
  readonly label: string;
  /** Element type and shape of the value. */
  readonly type: TensorType;
  /** Copies host elements in, ordered before every later `run`. The length must fit. */
  write(data: HostArray): void;
}

/** A plan made ready for a device, with its own temporaries. */
export interface Executable extends Disposable {
  /** The plan it was made from. */
  readonly plan: Plan;
  /** Encodes and submits every dispatch at once; may return before the device is done. */
  run(): void;
}

/** What a backend holds at the moment. */
export interface MemoryUse {
  /** Number of buffers. */
  readonly liveBuffers: number;
  /** Sum of their bytes. */
  readonly liveBytes: number;
}

/** What lowering must know of a device. */
export interface Limits {
  /** Most slots that one dispatch may touch. */
  readonly slotsPerDispatch: number;
  /** Most bytes that one slot may take. */
  readonly bytesPerSlot: number;
  /**
   * A reduction of more elements than this with fewer than `parallelRows` results is
   * split into two stages, so that it has enough parallel work.
   */
  readonly longRow: number;
  /** Results that keep the device busy. */
  readonly parallelRows: number;
}

/** A device that runs plans. */
export interface Backend extends Disposable {
  /** `"gpu"` or `"cpu"`. */
  readonly name: string;
  /** What runs the kernels, in words: the adapter, or threads and instruction set. */
  readonly description: string;
  /** What lowering must know of the device. */
  readonly limits: Limits;
  /** Makes a buffer filled with zeros. */
  allocate(type: TensorType, label: string): DeviceBuffer;
  /** Makes an executable; `buffers` binds each external slot, by slot number. */
  compile(plan: Plan, buffers: ReadonlyMap<number, DeviceBuffer>): Promise<Executable>;
  /** Waits for what was submitted, then copies out: one round trip for all buffers. */
  read(buffers: readonly DeviceBuffer[]): Promise<HostArray[]>;
  /** Live buffers and bytes, temporaries of executables included. */
  memory(): MemoryUse;
}

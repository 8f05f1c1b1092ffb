/** Buffers: typed blocks of the heap. */
import { DeviceError } from "../graph/errors.ts";
import { checkHostArray, hostArray } from "../graph/host_array.ts";
import type { DeviceBuffer, MemoryUse } from "../graph/plan.ts";
import { byteLength, type HostArray, type TensorType } from "../graph/types.ts";
import type { Heap } from "./runtime/heap.ts";

/** Memory from a {@linkcode BufferPool}. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Allocates buffers from a heap and counts what is in use. */
export class BufferPool {
  readonly heap: Heap;
  #liveBuffers = 0;
  #liveBytes = 0;
  #closed = false;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Closes the pool: {@linkcode check} throws from then on. */
  close(): void {
    this.#closed = true;
  }

  /** Throws once the backend is disposed; `action` completes "Cannot …". */
  check(action: string): void {
    if (this.#closed) throw new DeviceError(`Cannot ${action}: the cpu backend is disposed`);
  }

  /** Allocates `bytes` zeroed bytes, counted as one buffer. */
  allocate(bytes: number, label: string): Block {
    const address = this.heap.allocate(bytes, label);
    this.#liveBuffers++;
    this.#liveBytes += bytes;
    return { address, bytes };
  }

  /** Frees a block that workers only access during a run. */
  release({ address, bytes }: Block): void {
    this.heap.release(address, bytes);
    this.#uncount(bytes);
  }

  /** Frees a block that a late worker may still use. */
  retire({ address, bytes }: Block): void {
    this.heap.retire(address, bytes);
    this.#uncount(bytes);
  }

  #uncount(bytes: number): void {
    this.#liveBuffers--;
    this.#liveBytes -= bytes;
  }

  /** Buffers and bytes in use. */
  use(): MemoryUse {
    return { liveBuffers: this.#liveBuffers, liveBytes: this.#liveBytes };
  }
}

/** One value in the heap. */
export class CpuBuffer implements DeviceBuffer {
  readonly label: string;
  readonly type: TensorType;
  readonly #pool: BufferPool;
  #block: Block | undefined;

  /** Whether the memory belongs to a group. */
  readonly #isPart: boolean;

  /** `address`: where the buffer is in the memory of a group. Default: in memory of its own. */
  constructor(pool: BufferPool, type: TensorType, label: string, address?: number) {
    this.#pool = pool;
    this.type = type;
    this.label = label;
    const bytes = byteLength(type);
    this.#isPart = address !== undefined;
    this.#block = address === undefined ? pool.allocate(bytes, label) : { address, bytes };
  }

  /** Whether the buffer belongs to this pool. */
  belongsTo(pool: BufferPool): boolean {
    return this.#pool === pool;
  }

  /** Returns the buffer's address, or throws if it is disposed; `action` completes "Cannot …". */
  addressFor(action: string): number {
    this.#pool.check(action);
    if (this.#block) return this.#block.address;
    throw new DeviceError(`Cannot ${action}: buffer "${this.label}" is disposed`);
  }

  write(data: HostArray): void {
    const address = this.addressFor(`write "${this.label}"`);
    checkHostArray(this.label, this.type, data);
    const elements = this.#elements(address, data.length);
    if (this.type.dtype === "bool") elements.set(data.map((element) => element === 0 ? 0 : 1));
    else elements.set(data);
  }

  /** Copies the elements to a host array. */
  read(): HostArray {
    const address = this.addressFor(`read "${this.label}"`);
    const copy = hostArray(this.type);
    copy.set(this.#elements(address, copy.length));
    return copy;
  }

  /** A view of the elements in the heap, where booleans are stored as words. */
  #elements(address: number, count: number): HostArray {
    const { buffer } = this.#pool.heap.bytes;
    switch (this.type.dtype) {
      case "f32":
        return new Float32Array(buffer, address, count);
      case "i32":
      case "bool":
        return new Int32Array(buffer, address, count);
      case "u32":
        return new Uint32Array(buffer, address, count);
      case "u8":
        return new Uint8Array(buffer, address, count);
    }
  }

  [Symbol.dispose](): void {
    if (this.#block && !this.#isPart) this.#pool.release(this.#block);
    this.#block = undefined;
  }
}

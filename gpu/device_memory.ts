import { OutOfMemoryError } from "../graph/errors.ts";
import type { MemoryUse } from "../graph/plan.ts";
import { type DeviceFailures, inScope } from "./device_failures.ts";

/** Limits on the memory of a device, in bytes. */
export interface MemoryBounds {
  readonly perBuffer: number;
  readonly total: number;
}

/**
 * Creates, destroys, and counts the buffers of a device. Buffers are only freed by
 * `destroy`, because the garbage collector does not track device memory.
 */
export class DeviceMemory {
  readonly #device: GPUDevice;
  readonly #failures: DeviceFailures;
  readonly #bounds: MemoryBounds;
  readonly #live = new Map<GPUBuffer, number>();
  #liveBytes = 0;

  constructor(device: GPUDevice, failures: DeviceFailures, bounds: MemoryBounds) {
    this.#device = device;
    this.#failures = failures;
    this.#bounds = bounds;
  }

  /**
   * Creates a zeroed buffer: for storage, unless another use is given. Its size is a multiple of 16
   * bytes, so that it can be bound as vec4s.
   */
  create(
    label: string,
    byteLength: number,
    usage: number = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  ): GPUBuffer {
    const size = Math.max(16, Math.ceil(byteLength / 16) * 16);
    this.#checkRoom(label, size);
    const { made, error } = inScope(
      this.#device,
      `allocate ${size} bytes for "${label}"`,
      () => this.#device.createBuffer({ label, size, usage }),
    );
    error.then((found) => found && this.#failures.report(found));
    this.#live.set(made, size);
    this.#liveBytes += size;
    return made;
  }

  /** Frees a buffer. Previously submitted work still completes. */
  destroy(buffer: GPUBuffer): void {
    const size = this.#live.get(buffer);
    if (size === undefined) return;
    this.#live.delete(buffer);
    this.#liveBytes -= size;
    buffer.destroy();
  }

  /** Frees all buffers. */
  destroyAll(): void {
    for (const buffer of [...this.#live.keys()]) this.destroy(buffer);
  }

  /** Live buffers and bytes. */
  get use(): MemoryUse {
    return { liveBuffers: this.#live.size, liveBytes: this.#liveBytes };
  }

  // Counted here, because software adapters grant any amount and crash when it is used.
  #checkRoom(label: string, size: number): void {
    const { perBuffer, total } = this.#bounds;
    if (size > perBuffer) {
      throw new OutOfMemoryError(
        `Cannot allocate "${label}": a buffer of this adapter has at most ${perBuffer} bytes: ` +
          `current size is ${size}`,
      );
    }
    if (this.#liveBytes + size > total) {
      throw new OutOfMemoryError(
        `Cannot allocate "${label}": the memory limit is ${total} bytes, of which ` +
          `${this.#liveBytes} are in use: current request is ${size}`,
      );
    }
  }
}

import { OutOfMemoryError } from "../graph/errors.ts";
import type { MemoryUse } from "../graph/plan.ts";
import { type DeviceFailures, inScope } from "./device_failures.ts";

/** Bounds on the memory of a device, in bytes. */
export interface MemoryBounds {
  readonly perBuffer: number;
  readonly total: number;
}

/**
 * Makes and destroys the storage buffers of a device and counts them. Nothing frees a
 * buffer but `destroy`: the garbage collector does not see device memory.
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

  /** Makes a storage buffer of zeros, a multiple of 16 bytes long so that it can be bound in fours. */
  create(label: string, byteLength: number): GPUBuffer {
    const size = Math.max(16, Math.ceil(byteLength / 16) * 16);
    this.#checkRoom(label, size);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
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

  /** Frees a buffer; work that was submitted before still completes. */
  destroy(buffer: GPUBuffer): void {
    const size = this.#live.get(buffer);
    if (size === undefined) return;
    this.#live.delete(buffer);
    this.#liveBytes -= size;
    buffer.destroy();
  }

  /** Frees everything. */
  destroyAll(): void {
    for (const buffer of [...this.#live.keys()]) this.destroy(buffer);
  }

  /** Live buffers and bytes. */
  get use(): MemoryUse {
    return { liveBuffers: this.#live.size, liveBytes: this.#liveBytes };
  }

  // Software adapters promise any amount and die when it is touched, so this counts itself.
  #checkRoom(label: string, size: number): void {
    const { perBuffer, total } = this.#bounds;
    if (size > perBuffer) {
      throw new OutOfMemoryError(
        `Cannot allocate "${label}": a buffer of this adapter has at most ${perBuffer} bytes: ` +
          `current ${size}`,
      );
    }
    if (this.#liveBytes + size > total) {
      throw new OutOfMemoryError(
        `Cannot allocate "${label}": the memory limit is ${total} bytes, of which ` +
          `${this.#liveBytes} are in use: current ${size}`,
      );
    }
  }
}

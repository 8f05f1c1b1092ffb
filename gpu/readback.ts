import { DeviceError } from "../graph/errors.ts";

/** A buffer, and the number of bytes to read from it. */
export interface ReadPart {
  readonly buffer: GPUBuffer;
  /** Number of bytes, a multiple of 4. */
  readonly byteLength: number;
}

interface Staging {
  readonly buffer: GPUBuffer;
  readonly size: number;
}

const SMALLEST_STAGING = 4096;
const MOST_IDLE = 4;
/** Larger staging buffers are created on demand; the copy takes longer than the allocation. */
const MOST_IDLE_BYTES = 2 ** 28;

/**
 * Copies buffers to the host through reusable staging buffers. Deno resolves `mapAsync` ten
 * milliseconds late, although it has already waited for the device. If a self-test confirms that,
 * the mapped bytes are read immediately.
 */
export class Readback {
  readonly #device: GPUDevice;
  readonly #idle: Staging[] = [];
  #immediate = false;
  #stagingBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Total bytes of staging buffers. */
  get stagingBytes(): number {
    return this.#stagingBytes;
  }

  /** Tests whether mapped bytes can be read immediately. */
  async probe(): Promise<void> {
    if (!isKnownDeno()) return;
    const pattern = new Uint32Array([0x67737061, 0x63650001, 0x12345678, 0x9abcdef0]);
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = this.#device.createBuffer({ label: "readback probe", size: 16, usage });
    this.#device.queue.writeBuffer(buffer, 0, pattern);
    this.#immediate = true;
    const [bytes] = await this.read([{ buffer, byteLength: 16 }]);
    buffer.destroy();
    const isRight = bytes !== undefined &&
      new Uint32Array(bytes).every((word, i) => word === pattern[i]);
    this.#immediate = this.#immediate && isRight;
  }

  /** Reads all parts with one submit and one map. */
  async read(parts: readonly ReadPart[]): Promise<ArrayBuffer[]> {
    const offsets = parts.map(() => 0);
    let size = 0;
    parts.forEach(({ byteLength }, i) => {
      offsets[i] = size;
      size += Math.ceil(byteLength / 8) * 8;
    });
    if (size === 0) return parts.map(() => new ArrayBuffer(0));
    let staging: Staging | undefined;
    try {
      staging = this.#take(size);
      this.#copy(parts, offsets, staging);
      const mapped = await this.#map(staging, size);
      const result = parts.map(({ byteLength }, i) => {
        const offset = offsets[i] ?? 0;
        return mapped.slice(offset, offset + byteLength);
      });
      staging.buffer.unmap();
      this.#giveBack(staging);
      return result;
    } catch (error) {
      if (staging) this.#discard(staging);
      throw new DeviceError(`Cannot read ${size} bytes from the device: the copy failed`, {
        cause: error,
      });
    }
  }

  /** Frees all staging buffers. */
  dispose(): void {
    for (const staging of this.#idle.splice(0)) this.#discard(staging);
  }

  #copy(parts: readonly ReadPart[], offsets: readonly number[], { buffer: to }: Staging): void {
    const encoder = this.#device.createCommandEncoder({ label: "read" });
    parts.forEach(({ buffer, byteLength }, i) => {
      if (byteLength > 0) encoder.copyBufferToBuffer(buffer, 0, to, offsets[i] ?? 0, byteLength);
    });
    this.#device.queue.submit([encoder.finish()]);
  }

  async #map({ buffer }: Staging, size: number): Promise<ArrayBuffer> {
    const mapped = buffer.mapAsync(GPUMapMode.READ, 0, size);
    if (this.#immediate) {
      mapped.catch(() => {}); // rejected when the buffer is unmapped first
      try {
        return buffer.getMappedRange(0, size);
      } catch {
        this.#immediate = false; // not mapped yet: wait from now on
      }
    }
    await mapped;
    return buffer.getMappedRange(0, size);
  }

  #take(size: number): Staging {
    const found = this.#idle.findIndex((staging) => staging.size >= size);
    const [idle] = found < 0 ? [] : this.#idle.splice(found, 1);
    if (idle) return idle;
    const rounded = Math.max(SMALLEST_STAGING, 2 ** Math.ceil(Math.log2(size)));
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    // Mapped once at creation, because Deno 2.9 aborts the process if `getMappedRange` is called
    // before `mapAsync` resolves on a buffer that was never mapped.
    const descriptor = { label: "staging", size: rounded, usage, mappedAtCreation: true };
    const buffer = this.#device.createBuffer(descriptor);
    this.#stagingBytes += rounded;
    const staging = { buffer, size: rounded };
    try {
      buffer.getMappedRange();
      buffer.unmap();
    } catch (error) {
      this.#discard(staging);
      throw error;
    }
    return staging;
  }

  #giveBack(staging: Staging): void {
    this.#idle.push(staging);
    this.#idle.sort((a, b) => a.size - b.size);
    while (this.#idle.reduce((sum, { size }) => sum + size, 0) > MOST_IDLE_BYTES) {
      this.#discard(this.#idle.pop()!);
    }
    if (this.#idle.length <= MOST_IDLE) return;
    const [smallest] = this.#idle.splice(0, 1);
    if (smallest) this.#discard(smallest);
  }

  #discard({ buffer, size }: Staging): void {
    this.#stagingBytes -= size;
    buffer.destroy();
  }
}

/**
 * Whether this is a Deno version whose `mapAsync` is known to wait for the device before it
 * returns.
 */
function isKnownDeno(): boolean {
  if (!("Deno" in globalThis)) return false;
  const [major, minor, patch = 0] = Deno.version.deno.split(".").map((part) => parseInt(part));
  return major === 2 && minor === 9 && patch >= 6;
}

import { DeviceError } from "../graph/errors.ts";

/** Bytes to copy out of one buffer. */
export interface ReadPart {
  readonly buffer: GPUBuffer;
  /** A multiple of four. */
  readonly byteLength: number;
}

interface Staging {
  readonly buffer: GPUBuffer;
  readonly size: number;
}

const SMALLEST_STAGING = 4096;
const MOST_IDLE = 4;
/** Larger ones are made when they are needed: copying takes longer. */
const MOST_IDLE_BYTES = 2 ** 28;

/**
 * Copies buffers to the host through staging buffers, which are kept for the next time.
 * Deno resolves `mapAsync` ten milliseconds late although it has already waited for the
 * device; where a self-test shows that it has, the mapped bytes are taken at once.
 */
export class Readback {
  readonly #device: GPUDevice;
  readonly #idle: Staging[] = [];
  #immediate = false;
  #stagingBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Bytes of staging buffers. */
  get stagingBytes(): number {
    return this.#stagingBytes;
  }

  /** Tries out whether mapped bytes can be taken at once. */
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

  /** Copies the parts out, all in one submit and one map. */
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
      mapped.catch(() => {}); // unmapped before it resolves
      try {
        return buffer.getMappedRange(0, size);
      } catch {
        this.#immediate = false; // not mapped yet: from now on, wait
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
    // Mapped once now: Deno 2.9 aborts the process if a buffer that never was mapped is
    // asked for its range before `mapAsync` has resolved.
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

/** The Deno versions whose `mapAsync` was seen to wait for the device before it returns. */
function isKnownDeno(): boolean {
  if (!("Deno" in globalThis)) return false;
  const [major, minor, patch = 0] = Deno.version.deno.split(".").map((part) => parseInt(part));
  return major === 2 && minor === 9 && patch >= 6;
}

import { groupLayout } from "../graph/buffer_group.ts";
import { DeviceError } from "../graph/errors.ts";
import type { BufferGroup } from "../graph/plan.ts";
import type { TensorType } from "../graph/types.ts";
import { type Block, type BufferPool, CpuBuffer } from "./buffer.ts";

/** Buffers in one block of the heap, which the host changes in place. */
export class CpuBufferGroup implements BufferGroup {
  readonly buffers: readonly CpuBuffer[];
  readonly #pool: BufferPool;
  readonly #label: string;
  readonly #length: number;
  #block: Block | undefined;

  constructor(pool: BufferPool, types: readonly TensorType[], label: string) {
    const { offsets, length } = groupLayout(types);
    const block = pool.allocate(Float32Array.BYTES_PER_ELEMENT * length, label);
    this.buffers = types.map((type, i) => {
      const address = block.address + Float32Array.BYTES_PER_ELEMENT * offsets[i]!;
      return new CpuBuffer(pool, type, `${label} ${i}`, address);
    });
    this.#pool = pool;
    this.#label = label;
    this.#length = length;
    this.#block = block;
  }

  async exchange(change: (elements: Float32Array) => void | Promise<void>): Promise<void> {
    const action = `exchange "${this.#label}"`;
    this.#pool.check(action);
    if (!this.#block) throw new DeviceError(`Cannot ${action}: it is disposed`);
    const { buffer } = this.#pool.heap.bytes;
    await change(new Float32Array(buffer, this.#block.address, this.#length));
  }

  [Symbol.dispose](): void {
    for (const buffer of this.buffers) buffer[Symbol.dispose]();
    if (this.#block) this.#pool.release(this.#block);
    this.#block = undefined;
  }
}

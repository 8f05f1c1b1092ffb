/** The heap: the WebAssembly memory of all buffers, and its allocator. */
import { OutOfMemoryError } from "../../graph/errors.ts";
import { HEAP_START } from "./layout.ts";

const PAGE = 65536;
const ALIGNMENT = 64;
/** Number of bytes that vector loads may read past the end of a buffer. */
const SLACK = 16;
/** Number of pages that 32-bit addresses can reach. */
export const MAXIMUM_PAGES = 65536;
/** Initial number of pages. */
const INITIAL_PAGES = 16;

interface Block {
  address: number;
  size: number;
}

/** Options for creating a heap. */
interface HeapOptions {
  /** Whether to share the memory with workers. */
  readonly shared: boolean;
  /** Maximum size of the memory in bytes. */
  readonly maximumBytes?: number;
}

/** Holds blocks back until no other thread can use them. */
export interface Retirement {
  /** Returns a block to the heap as soon as no worker can use it. */
  retire(address: number, byteLength: number): void;
  /** Waits until no worker can use any of its blocks. Returns whether that released anything. */
  releaseAll(): boolean;
}

/** First-fit allocator over a growable memory. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly #maximumPages: number;
  /** Free blocks by address. No two are adjacent. */
  readonly #free: Block[] = [];
  #bytes: Uint8Array<ArrayBufferLike>;
  /** What holds back the blocks that workers read; `undefined` while there are no workers. */
  retirement: Retirement | undefined;

  constructor({ shared, maximumBytes = MAXIMUM_PAGES * PAGE }: HeapOptions) {
    this.shared = shared;
    const wantedPages = Math.min(MAXIMUM_PAGES, Math.floor(maximumBytes / PAGE));
    if (wantedPages < 1) {
      throw new RangeError(
        `Cannot open cpu: the memory limit must be at least one page of ${PAGE} bytes: ` +
          `current limit is ${maximumBytes}`,
      );
    }
    const initial = Math.min(INITIAL_PAGES, wantedPages);
    [this.memory, this.#maximumPages] = reserve({ initial, maximum: wantedPages, shared });
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#free.push({ address: HEAP_START, size: initial * PAGE - HEAP_START });
  }

  /** The whole memory. Get a new view after growth: earlier ones are too short or detached. */
  get bytes(): Uint8Array<ArrayBufferLike> {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /**
   * Allocates `byteLength` zeroed bytes and returns the address. `label` appears in error messages.
   */
  allocate(byteLength: number, label: string): number {
    const size = reserved(byteLength);
    const block = this.#find(size) ?? this.#grow(size) ??
      (this.retirement?.releaseAll() ? this.#find(size) ?? this.#grow(size) : undefined);
    if (!block) throw this.#outOfMemory(size, label);
    const { address } = block;
    block.address += size;
    block.size -= size;
    if (block.size === 0) this.#free.splice(this.#free.indexOf(block), 1);
    this.bytes.fill(0, address, address + size);
    return address;
  }

  /** Frees a block that `allocate` returned for `byteLength`. */
  release(address: number, byteLength: number): void {
    const block: Block = { address, size: reserved(byteLength) };
    let at = this.#free.findIndex((other) => other.address > address);
    if (at < 0) at = this.#free.length;
    const [before, after] = [this.#free[at - 1], this.#free[at]];
    if (after && block.address + block.size === after.address) {
      block.size += after.size;
      this.#free.splice(at, 1);
    }
    if (before && before.address + before.size === block.address) before.size += block.size;
    else this.#free.splice(at, 0, block);
  }

  /** Frees a block that a late worker may still read. */
  retire(address: number, byteLength: number): void {
    if (this.retirement) this.retirement.retire(address, byteLength);
    else this.release(address, byteLength);
  }

  #find(size: number): Block | undefined {
    return this.#free.find((candidate) => candidate.size >= size);
  }

  /**
   * A block of at least `size` bytes at the end of the memory, or `undefined` if it cannot grow
   * that far.
   */
  #grow(size: number): Block | undefined {
    const end = this.memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const usable = last && last.address + last.size === end ? last : undefined;
    const missing = Math.ceil((size - (usable?.size ?? 0)) / PAGE);
    const room = this.#maximumPages - end / PAGE;
    // Grows by a quarter to keep the number of steps small, but near the limit only as needed.
    const pages = Math.min(room, Math.max(missing, Math.ceil(end / PAGE / 4)));
    if (missing > room || !this.#tryGrow(pages)) return undefined;
    if (!usable) {
      const block: Block = { address: end, size: pages * PAGE };
      this.#free.push(block);
      return block;
    }
    usable.size += pages * PAGE;
    return usable;
  }

  #outOfMemory(size: number, label: string): OutOfMemoryError {
    const { byteLength } = this.memory.buffer;
    return new OutOfMemoryError(
      `Cannot allocate "${label}" on cpu: ${size} bytes do not fit: ` +
        `current memory is ${byteLength} of at most ${this.#maximumPages * PAGE} bytes`,
    );
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

/** Creates the memory. Hosts that are short of address space get a smaller reservation. */
function reserve(
  limits: { initial: number; maximum: number; shared: boolean },
): [WebAssembly.Memory, number] {
  for (let maximum = limits.maximum;; maximum = Math.floor(maximum / 2)) {
    try {
      return [new WebAssembly.Memory({ ...limits, maximum }), maximum];
    } catch (error) {
      if (!(error instanceof RangeError) || maximum / 2 < limits.initial) throw error;
    }
  }
}

/** Actual size of an allocation in bytes. */
function reserved(byteLength: number): number {
  return Math.ceil((byteLength + SLACK) / ALIGNMENT) * ALIGNMENT;
}

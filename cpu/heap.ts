/** The WebAssembly memory in which all buffers lie, and who owns which part of it. */
import { OutOfMemoryError } from "../graph/errors.ts";
import { HEAP_START } from "./layout.ts";

const PAGE = 65536;
const ALIGNMENT = 64;
/** Vectors may read this far beyond the end of a buffer. */
const SLACK = 16;
/** The most pages that 32-bit addresses reach. */
export const MAXIMUM_PAGES = 65536;
/** Pages at the start. */
const INITIAL_PAGES = 16;

interface Block {
  address: number;
  size: number;
}

/** How a heap is made. */
export interface HeapOptions {
  /** Whether workers are to see the memory. */
  readonly shared: boolean;
  /** Most bytes that the memory may grow to. */
  readonly maximumBytes?: number;
}

/** First-fit allocator over a growing memory. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly #maximumPages: number;
  /** Free blocks by address; no two of them touch. */
  readonly #free: Block[] = [];
  #bytes: Uint8Array<ArrayBufferLike>;
  /** Called when the memory cannot grow any more; says whether it has released anything. */
  onFull: () => boolean = () => false;

  constructor({ shared, maximumBytes = MAXIMUM_PAGES * PAGE }: HeapOptions) {
    this.shared = shared;
    const wantedPages = Math.min(MAXIMUM_PAGES, Math.floor(maximumBytes / PAGE));
    if (wantedPages < 1) {
      throw new RangeError(
        `Cannot open cpu: the memory needs room for one page of ${PAGE} bytes: ` +
          `current limit is ${maximumBytes}`,
      );
    }
    const initial = Math.min(INITIAL_PAGES, wantedPages);
    [this.memory, this.#maximumPages] = reserve({ initial, maximum: wantedPages, shared });
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#free.push({ address: HEAP_START, size: initial * PAGE - HEAP_START });
  }

  /** The whole memory; growing makes an earlier view too short, or empty. */
  get bytes(): Uint8Array<ArrayBufferLike> {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** Byte address of `byteLength` zeros. `label` names them in the error. */
  allocate(byteLength: number, label: string): number {
    const size = reserved(byteLength);
    const block = this.#find(size) ?? this.#grow(size) ??
      (this.onFull() ? this.#find(size) ?? this.#grow(size) : undefined);
    if (!block) throw this.#outOfMemory(size, label);
    const { address } = block;
    block.address += size;
    block.size -= size;
    if (block.size === 0) this.#free.splice(this.#free.indexOf(block), 1);
    this.bytes.fill(0, address, address + size);
    return address;
  }

  /** Gives back what `allocate` returned for `byteLength`. */
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

  #find(size: number): Block | undefined {
    return this.#free.find((candidate) => candidate.size >= size);
  }

  /** A block of at least `size` bytes at the end of the memory; none if it cannot grow so far. */
  #grow(size: number): Block | undefined {
    const end = this.memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const usable = last && last.address + last.size === end ? last : undefined;
    const missing = Math.ceil((size - (usable?.size ?? 0)) / PAGE);
    const room = this.#maximumPages - end / PAGE;
    // Growing by a quarter keeps the number of steps small; near the limit, by what is missing.
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

/** Makes the memory; hosts short of addresses reserve less than is wanted. */
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

/** Bytes that an allocation really takes. */
function reserved(byteLength: number): number {
  return Math.ceil((byteLength + SLACK) / ALIGNMENT) * ALIGNMENT;
}

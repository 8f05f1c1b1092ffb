/**
 * Vectors of literals that generated code loads from memory: that takes one instruction,
 * and writing the literal into the code takes three.
 */
import type { Heap } from "./heap.ts";
import { CONSTANTS, CONSTANTS_END } from "./layout.ts";

/** The literals of one backend; their addresses never change. */
export class ConstantPool {
  readonly #heap: Heap;
  readonly #addresses = new Map<string, number>();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** Address of a vector that holds the bits in all its lanes; none if there is no room. */
  address(bits: readonly [low: number, high: number]): number | undefined {
    const key = bits.join();
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const address = CONSTANTS + 16 * this.#addresses.size;
    if (address >= CONSTANTS_END) return undefined;
    new Int32Array(this.#heap.bytes.buffer, address, 4).set([...bits, ...bits]);
    this.#addresses.set(key, address);
    return address;
  }
}

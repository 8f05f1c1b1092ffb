/**
 * Vector literals in memory. Loading one takes one instruction; an immediate takes three.
 */
import type { Heap } from "./heap.ts";
import { CONSTANTS, CONSTANTS_END } from "./layout.ts";

/** The vector literals of one backend. Their addresses never change. */
export class ConstantPool {
  readonly #heap: Heap;
  readonly #addresses = new Map<string, number>();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** Address of a vector with these bits in every lane; `undefined` if there is no room left. */
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

import type { Guard } from "./wasm/guard.ts";

/**
 * Lays out a thread's scratch memory as a sequence of parts, each aligned for vectors. In guarded
 * code, there are gaps between the parts, so that the guard can tell which part an address is in.
 */
export class ScratchParts {
  readonly #guard: Guard | undefined;
  readonly #alignment: number;
  #count = 0;
  #end = 0;

  /**
   * @param guard the guard of the code that uses the parts
   * @param alignment bytes of a vector
   */
  constructor(guard: Guard | undefined, alignment: number = 16) {
    this.#guard = guard;
    this.#alignment = alignment;
  }

  /** Total bytes of all parts. */
  get byteLength(): number {
    return this.#end;
  }

  /** Adds a part and returns its byte offset. The name is for error messages. */
  take(name: string, byteLength: number): number {
    const place = this.#end;
    this.#end += this.#alignment * Math.ceil(byteLength / this.#alignment);
    if (!this.#guard) return place;
    const offset = place + this.#guard.scratchGap * this.#count++;
    this.#guard.addScratch({ name, place, offset, byteLength });
    return offset;
  }
}

import type { Guard } from "../wasm/guard.ts";

/**
 * Lays out a thread's scratch memory as a sequence of parts, each aligned for vectors. In guarded
 * code the parts are further apart, so that the guard knows which part an address belongs to.
 */
export class ScratchParts {
  readonly #guard: Guard | undefined;
  #count = 0;
  #end = 0;

  /** `guard` is the guard of the code that uses the parts. */
  constructor(guard: Guard | undefined) {
    this.#guard = guard;
  }

  /** Bytes of all parts together. */
  get byteLength(): number {
    return this.#end;
  }

  /** Adds a part and returns its byte offset; the name is for messages. */
  take(name: string, byteLength: number): number {
    const place = this.#end;
    this.#end += 16 * Math.ceil(byteLength / 16);
    if (!this.#guard) return place;
    const offset = place + this.#guard.scratchGap * this.#count++;
    this.#guard.addScratch({ name, place, offset, byteLength });
    return offset;
  }
}

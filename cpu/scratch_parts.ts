import type { Guard } from "./wasm/guard.ts";

/**
 * Lays out a thread's scratch memory as a sequence of parts, each aligned for vectors. In guarded
 * code, there are gaps between the parts, so that the guard can tell which part an address is in.
 */
export class ScratchParts {
  readonly #guard: Guard | undefined;
  #count = 0;
  #end = 0;

  /** @param guard the guard of the code that uses the parts */
  constructor(guard: Guard | undefined) {
    this.#guard = guard;
  }

  /** Total bytes of all parts. */
  get byteLength(): number {
    return this.#end;
  }

  /** Adds a part and returns its byte offset. The name is for error messages. */
  take(name: string, byteLength: number): number {
    const place = this.#end;
    this.#end += 16 * Math.ceil(byteLength / 16);
    if (!this.#guard) return place;
    const offset = place + this.#guard.scratchGap * this.#count++;
    this.#guard.addScratch({ name, place, offset, byteLength });
    return offset;
  }
}

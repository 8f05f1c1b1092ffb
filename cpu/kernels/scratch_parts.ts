import type { Guard } from "../wasm/guard.ts";

/**
 * Lays out a thread's scratch memory: takes parts one after the other, all aligned for vectors. In
 * guarded code they are further apart, so that the guard knows which part an address is meant for.
 */
export class ScratchParts {
  readonly #guard: Guard | undefined;
  #count = 0;
  #end = 0;

  /** `guard` is that of the code which uses the parts. */
  constructor(guard: Guard | undefined) {
    this.#guard = guard;
  }

  /** Bytes of all parts together. */
  get byteLength(): number {
    return this.#end;
  }

  /** The offset of a part of so many bytes; the name is for messages. */
  take(name: string, byteLength: number): number {
    const place = this.#end;
    this.#end += 16 * Math.ceil(byteLength / 16);
    if (!this.#guard) return place;
    const offset = place + this.#guard.scratchGap * this.#count++;
    this.#guard.addScratch({ name, place, offset, byteLength });
    return offset;
  }
}

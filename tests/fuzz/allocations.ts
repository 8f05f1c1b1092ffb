/** Counts what is allocated while something runs, and stops what would allocate too much. */

/** More was to be allocated than a file of this size may ask for. */
export class TooMuchMemory extends Error {
  override readonly name = "TooMuchMemory";
}

const kinds = [
  "ArrayBuffer",
  "Uint8Array",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "Array",
] as const;

type Constructor = new (...args: never[]) => object;

/** Bytes that a call of a constructor asks for; 0 for views of memory that is there. */
function bytesAsked(kind: typeof kinds[number], [first]: readonly unknown[]): number {
  const size = kind === "Array"
    ? 8
    : kind === "ArrayBuffer"
    ? 1
    : globalThis[kind].BYTES_PER_ELEMENT;
  if (typeof first === "number") return first * size;
  if (Array.isArray(first) || (ArrayBuffer.isView(first) && "length" in first)) {
    return Number(first.length) * size;
  }
  return 0;
}

/**
 * Counts between `begin` and `end`; constructors are exchanged for counting ones meanwhile.
 * Copies of what is there (`slice`, `map`) are not counted: they are as large as the file at most.
 */
export class AllocationMeter implements Disposable {
  #limit = Infinity;
  #bytes = 0;
  readonly #originals = kinds.map((kind) => [kind, globalThis[kind]] as const);

  /** Exchanges the constructors, until it is disposed of. */
  constructor() {
    for (const [kind, original] of this.#originals) {
      const counting: Constructor = new Proxy<Constructor>(original, {
        construct: (target, args, newTarget): object => {
          this.#count(bytesAsked(kind, args));
          // a subclass stays one; species of views see the constructor that was there before
          return Reflect.construct(target, args, newTarget === counting ? target : newTarget);
        },
      });
      Object.defineProperty(globalThis, kind, {
        value: counting,
        writable: true,
        configurable: true,
      });
    }
  }

  /** Begins to count anew, up to a limit. */
  begin(limit: number): void {
    this.#limit = limit;
    this.#bytes = 0;
  }

  /** Bytes since `begin`; counting goes on without a limit. */
  end(): number {
    this.#limit = Infinity;
    return this.#bytes;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limit) {
      throw new TooMuchMemory(`${this.#bytes} bytes were asked for: ${this.#limit} are allowed`);
    }
  }

  /** Puts the constructors back. */
  [Symbol.dispose](): void {
    for (const [kind, original] of this.#originals) {
      Object.defineProperty(globalThis, kind, {
        value: original,
        writable: true,
        configurable: true,
      });
    }
  }
}

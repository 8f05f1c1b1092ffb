/** Counts allocations, and stops a program that would allocate too much. */

/** A file of this size would have caused too large an allocation. */
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

/** Bytes that a constructor call allocates; 0 for views of existing memory. */
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
 * Counts between `begin` and `end` by replacing constructors. Copies of existing arrays (`slice`,
 * `map`) are not counted, because they are at most as large as the file.
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
          // subclasses remain subclasses, and views use the original constructor as their species
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

  /** Starts counting at 0, up to a limit. */
  begin(limit: number): void {
    this.#limit = limit;
    this.#bytes = 0;
  }

  /** Bytes since `begin`. Counting continues without a limit. */
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

import type { Scalar } from "./scalar.ts";

/**
 * Value numbering: structurally equal scalar expressions get equal numbers. Code generators use it
 * to compute a shared expression once; kernel merging uses it to compare expressions.
 *
 * Axes with the same number but different sizes are different: an expression simplified by the
 * range of one is not valid for the other.
 */
export class ScalarTable {
  readonly #byIdentity = new Map<Scalar, number>();
  readonly #byKey = new Map<string, number>();
  readonly #sources = new Map<unknown, number>();

  /** The number of this expression. */
  id(scalar: Scalar): number {
    const known = this.#byIdentity.get(scalar);
    if (known !== undefined) return known;
    const key = this.#key(scalar);
    const id = this.#byKey.get(key) ?? this.#byKey.size;
    this.#byKey.set(key, id);
    this.#byIdentity.set(scalar, id);
    return id;
  }

  /**
   * What the numbers mean. If the texts of two tables are equal, expressions with the same number
   * are, too. Sources are named by what `String` makes of them.
   */
  get text(): string {
    return JSON.stringify([[...this.#byKey.keys()], Array.from(this.#sources.keys(), String)]);
  }

  /** Whether both expressions are equal. */
  equal(a: Scalar, b: Scalar): boolean {
    return this.id(a) === this.id(b);
  }

  #key(scalar: Scalar): string {
    switch (scalar.op) {
      case "const":
        return `c ${scalar.type} ${Object.is(scalar.value, -0) ? "-0" : scalar.value}`;
      case "axis":
        return `x ${scalar.axis} ${scalar.size}`;
      case "load":
        return `l ${scalar.type} ${this.#sourceId(scalar.source)} ${this.id(scalar.index)}`;
      case "result":
        return `r ${scalar.result} ${scalar.type}`;
      default:
        return `${scalar.op} ${scalar.type} ${scalar.args.map((arg) => this.id(arg)).join(" ")}`;
    }
  }

  #sourceId(source: unknown): number {
    const id = this.#sources.get(source) ?? this.#sources.size;
    this.#sources.set(source, id);
    return id;
  }
}

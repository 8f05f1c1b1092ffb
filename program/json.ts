import { formatFound } from "../graph/format_found.ts";
import { ProgramError } from "./errors.ts";

/** A value of untrusted JSON, and where in the file it is. */
export class Json {
  readonly #value: unknown;
  readonly #place: string;

  constructor(value: unknown, place: string) {
    this.#value = value;
    this.#place = place;
  }

  /** Throws an error that names the place. */
  fail(rule: string): never {
    throw new ProgramError(
      `Cannot read program: ${this.#place} must be ${rule}: current is ${formatFound(this.#value)}`,
    );
  }

  /** The fields of an object that has the required ones, and no others but the optional ones. */
  fields<Name extends string, Option extends string = never>(
    required: readonly Name[],
    optional: readonly Option[] = [],
  ): Readonly<Record<Name, Json>> & Readonly<Partial<Record<Option, Json>>> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail("an object");
    const known: readonly string[] = [...required, ...optional];
    const entries = Object.entries(value);
    const isComplete = required.every((name) => Object.hasOwn(value, name));
    if (!isComplete || entries.some(([name]) => !known.includes(name))) {
      this.fail(`an object with the fields ${known.join(", ")}, not ${Object.keys(value)}`);
    }
    const fields = entries.map(([name, each]) =>
      [name, new Json(each, `${this.#place}.${name}`)] as const
    );
    return Object.fromEntries(fields) as Record<Name | Option, Json>;
  }

  /** One of the fields of an object. */
  field(name: string): Json {
    const value = this.#value;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) {
      this.fail(`an object with the field ${name}`);
    }
    return new Json(Reflect.get(value, name), `${this.#place}.${name}`);
  }

  /** The items of a list. */
  items(): readonly Json[] {
    const value = this.#value;
    if (!Array.isArray(value)) this.fail("a list");
    return value.map((each: unknown, i) => new Json(each, `${this.#place}[${i}]`));
  }

  /** The items of a list of this length. */
  tuple(length: number): readonly Json[] {
    const items = this.items();
    return items.length === length ? items : this.fail(`a list of ${length}`);
  }

  /** A whole number. */
  whole(least: number, most: number): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      this.fail(`a whole number from ${least} to ${most}`);
    }
    return value;
  }

  text(): string {
    return typeof this.#value === "string" ? this.#value : this.fail("a text");
  }

  flag(): boolean {
    return typeof this.#value === "boolean" ? this.#value : this.fail("true or false");
  }

  oneOf<Name extends string>(names: readonly Name[]): Name {
    return names.find((name) => name === this.#value) ?? this.fail(`one of ${names.join(", ")}`);
  }

  /** A number as `numberToJson` writes it. */
  number(): number {
    const value = this.#value;
    if (typeof value === "number") return value;
    return specials.find((special) => textOf(special) === value) ?? this.fail("a number");
  }
}

/** Numbers that JSON does not have. */
const specials: readonly number[] = [-0, NaN, Infinity, -Infinity];

function textOf(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A number as JSON: −0, NaN, and infinities are texts. */
export function numberToJson(value: number): number | string {
  return specials.some((each) => Object.is(each, value)) ? textOf(value) : value;
}

import { OnnxError } from "../errors.ts";
import { resultOf } from "./operators.ts";

/** Names of values and operators of a file, each of which is unique, also in graphs of attributes. */
export class Names {
  /** Names in use, and what each one names. */
  readonly #taken = new Map<string, string>();

  /**
   * Reserves a name.
   * @throws {OnnxError} if it is empty or in use
   */
  reserve(name: string, what: string): void {
    if (name === "") {
      throw new OnnxError(`Cannot export to ONNX: ${what} must have a name: current name is ""`);
    }
    const other = this.#taken.get(name);
    if (other !== undefined) {
      throw new OnnxError(
        `Cannot export to ONNX: every value must have a unique name: current name of both ` +
          `${other} and ${what} is "${name}"`,
      );
    }
    this.#taken.set(name, what);
  }

  /** Generates a name that is unused, as are the names of the results derived from it. */
  unique(base: string, results = 1): string {
    let name = base;
    const derived = () => [name, ...Array.from({ length: results }, (_, i) => resultOf(name, i))];
    for (let n = 2; derived().some((each) => this.#taken.has(each)); n++) name = `${base}_${n}`;
    for (const taken of derived()) this.#taken.set(taken, `"${base}"`);
    return name;
  }
}

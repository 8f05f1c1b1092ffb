import type { Printer } from "../wgsl/printer.ts";
import { range } from "./range.ts";

/**
 * Prints the stores of a 4×4 block, transposed: component `i` of each of the four lines goes to
 * `array[at(i)]`. `keep` wraps the value, for example to replace it with zeros.
 */
export function storeTransposed(
  printer: Printer,
  lines: readonly string[],
  { array, at, keep = (four) => four }: {
    readonly array: string;
    readonly at: (i: number) => string;
    readonly keep?: (four: string, i: number) => string;
  },
): void {
  for (const i of range(4)) {
    const four = `vec4f(${lines.map((name) => `${name}[${i}]`).join(", ")})`;
    printer.emit(`${array}[${at(i)}] = ${keep(four, i)};`);
  }
}

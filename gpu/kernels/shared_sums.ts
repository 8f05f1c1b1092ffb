import type { Printer } from "../wgsl/printer.ts";
import { type ShaderContext, shareArray } from "./kernel_code.ts";

/** Bytes of a `vec4f`. */
const VEC4_BYTES = 16;

/** Sums of which several invocations of a workgroup each have a part. */
export interface SharedSums {
  /** The array in workgroup memory to add them through, and its size. */
  readonly array: string;
  readonly bytes: number;
  /** The variables with the sums, each a `vec4f`. */
  readonly names: readonly string[];
  /** Invocations with parts of the same sums: `perSharer` lanes apart. */
  readonly sharers: number;
  readonly perSharer: number;
}

/**
 * Prints the addition of all sharers' sums to those of the first, for which the variable `share` is
 * 0. All invocations of the workgroup must reach this code.
 */
export function printSharedSums(
  printer: Printer,
  context: ShaderContext,
  { array, bytes, names, sharers, perSharer }: SharedSums,
): void {
  const others = (sharers - 1) * perSharer;
  const most = Math.max(1, Math.floor(bytes / VEC4_BYTES / others));
  shareArray(context, array, { element: "vec4f", length: Math.min(most, names.length) * others });
  for (let first = 0; first < names.length; first += most) {
    const some = names.slice(first, first + most);
    const place = (lane: string, i: number) => `${array}[${lane} + ${i * others}i]`;
    printer.emit("workgroupBarrier();");
    printer.block("if (share > 0i)", () => {
      printer.emit(`let own = lane - ${perSharer}i;`);
      some.forEach((name, i) => printer.emit(`${place("own", i)} = ${name};`));
    });
    printer.emit("workgroupBarrier();");
    printer.block(
      "if (share == 0i)",
      () =>
        printer.block(
          `for (var i = lane; i < ${others}i; i += ${perSharer}i)`,
          () => some.forEach((name, i) => printer.emit(`${name} += ${place("i", i)};`)),
        ),
    );
  }
}

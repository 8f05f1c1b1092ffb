import type { LoopKernel } from "../../../graph/kernel.ts";
import { elementCount } from "../../../graph/types.ts";
import type { Printer } from "../../wgsl/printer.ts";

/** A loop kernel and its wide axis. */
export interface LoopSpan {
  readonly kernel: LoopKernel;
  readonly wideAxis: number | undefined;
  /** Number of outer positions, or of groups of four if an outer axis is wide. */
  readonly count: number;
}

/** Number of inner positions of a row, or of groups of four if an inner axis is wide. */
export function innerTurns({ kernel, wideAxis }: LoopSpan): number {
  const isWide = wideAxis !== undefined && wideAxis >= kernel.outer.length;
  return elementCount(kernel.inner) / (isWide ? 4 : 1);
}

/**
 * Prints the decomposition of the linear index `id` into positions along the outer or inner axes.
 */
export function bindPosition(
  printer: Printer,
  { kernel, wideAxis }: LoopSpan,
  part: "outer" | "inner",
  id: string,
): void {
  const first = part === "outer" ? 0 : kernel.outer.length;
  let rest = `u32(${id})`;
  const sizes = kernel[part];
  const steps = sizes.map((size, i) => first + i === wideAxis ? size / 4 : size);
  const last = steps.findIndex((step) => step > 1);
  for (let i = sizes.length - 1; i >= 0; i--) {
    const step = steps[i] ?? 1;
    const axis = first + i;
    const wide = axis === wideAxis;
    if (step <= 1) {
      printer.bindAxis(axis, "0i", wide);
      continue;
    }
    const position = i === last ? `i32(${rest})` : `i32(${rest} % ${step}u)`;
    const name = printer.define("x", wide ? `4 * ${position}` : position);
    printer.bindAxis(axis, name, wide);
    if (i !== last) rest = printer.define("t", `${rest} / ${step}u`);
  }
}

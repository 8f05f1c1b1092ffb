import type { Scalar } from "../../../graph/scalar/mod.ts";
import { visitScalars } from "../../../graph/scalar/mod.ts";
import type { Printer } from "../../wgsl/printer.ts";
import { innerTurns, type LoopSpan } from "./position.ts";

/**
 * Prints a loop over the inner axes around `body`. `scalars` are the expressions that the body
 * computes; they determine how far to unroll.
 */
export type InnerLoop = (scalars: readonly Scalar[], body: () => void) => void;

/** Most subexpressions in the body of an unrolled loop. */
const UNROLLED_PARTS = 256;
/** Longest loop to unroll completely. Later loops then reuse its loads. */
const WHOLE = 16;
/** Copies of a longer loop's body. More would only take longer to compile. */
const COPIES = 4;

/** One invocation processes all inner positions: nested loops, the last one unrolled. */
export function invocationLoop(printer: Printer, { kernel, wideAxis }: LoopSpan): InnerLoop {
  return (scalars, body) => {
    const first = kernel.outer.length;
    const nest = (i: number): void => {
      const size = kernel.inner[i];
      if (size === undefined) return body();
      const axis = first + i;
      const wide = axis === wideAxis;
      const step = wide ? 4 : 1;
      const isLast = i === kernel.inner.length - 1;
      const unroll = isLast ? unrollOf(scalars, size / step) : size === 1 ? 1 : 0;
      if (unroll === size / step) {
        return repeat(printer, { axis, wide, step, unroll }, "", () => nest(i + 1));
      }
      const name = printer.name("i");
      const stride = step * Math.max(1, unroll);
      printer.block(`for (var ${name} = 0i; ${name} < ${size}i; ${name} += ${stride}i)`, () => {
        repeat(printer, { axis, wide, step, unroll: Math.max(1, unroll) }, name, () => nest(i + 1));
      });
    };
    nest(0);
  };
}

/** Prints a body at `unroll` successive positions, starting at variable `start`. */
function repeat(
  printer: Printer,
  { axis, wide, step, unroll }: { axis: number; wide: boolean; step: number; unroll: number },
  start: string,
  body: () => void,
): void {
  for (let copy = 0; copy < unroll; copy++) {
    const position = start === ""
      ? `${copy * step}i`
      : copy === 0
      ? start
      : `(${start} + ${copy * step}i)`;
    printer.bindAxis(axis, position, wide);
    body();
  }
}

/** The unroll factor of the last loop. */
export function unrollOf(scalars: readonly Scalar[], count: number): number {
  let parts = 0;
  visitScalars(scalars, () => parts++);
  const room = Math.max(1, Math.floor(UNROLLED_PARTS / Math.max(1, parts)));
  if (count <= Math.min(WHOLE, room)) return count;
  for (let copies = Math.min(COPIES, room); copies > 1; copies--) {
    if (count % copies === 0) return copies;
  }
  return 1;
}

/**
 * An upper bound on the loop trips of one invocation if `sharers` invocations share a row. Nested
 * loops count at every level.
 */
export function tripsPerInvocation(span: LoopSpan, sharers: number): number {
  const { kernel, wideAxis } = span;
  const wideInner = wideAxis !== undefined && wideAxis >= kernel.outer.length;
  const passes = kernel.reductions.length + (kernel.innerStores.length > 0 ? 1 : 0);
  if (sharers > 1) return passes * Math.ceil(innerTurns(span) / sharers);
  const scalars = [...kernel.reductions, ...kernel.innerStores].map(({ value }) => value);
  let trips = 0;
  let around = 1;
  kernel.inner.forEach((size, i) => {
    const isLast = i === kernel.inner.length - 1;
    const count = isLast && wideInner ? size / 4 : size;
    around *= isLast ? Math.ceil(count / Math.max(1, unrollOf(scalars, count))) : count;
    trips += around;
  });
  return passes * trips;
}

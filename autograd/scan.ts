import {
  formatType,
  input,
  type Node,
  scan as scanNode,
  scanFinal,
  scanStacked,
  ShapeError,
  variable,
} from "../graph/mod.ts";
import { closeBody } from "../graph/scan/close_body.ts";
import {
  checkOptions,
  nonNegativeWhole,
  optional,
  type OptionRules,
  trueOrFalse,
} from "../graph/mod.ts";
import { mustBeFunction } from "./_arguments.ts";
import { formOf, type Structure, tensorsIn, withTensors } from "./structure.ts";
import { Tensor } from "./tensor.ts";

/** Options for `scan`. */
export interface ScanOptions {
  /** Number of steps. Default: the first size of `xs`; required without `xs`. */
  readonly length?: number;
  /** Whether to run from the last slice of `xs` to the first. Default: false. */
  readonly reverse?: boolean;
  /**
   * Whether the gradient computes everything in a step again from the carry and `xs`, instead of
   * keeping some of it for each step. This takes less memory and more time. Default: false.
   */
  readonly recompute?: boolean;
}

const rules: OptionRules<ScanOptions> = {
  length: optional(nonNegativeWhole),
  reverse: optional(trueOrFalse),
  recompute: optional(trueOrFalse),
};

/**
 * A loop as one value of the graph, like `jax.lax.scan`: it is compiled once, whatever its length,
 * and its gradient is a loop in the other direction.
 *
 *     carry = init
 *     for t = 0 … length − 1:  carry, y[t] = body(carry, xs[t])
 *
 * `body` is called once, with symbolic tensors. The carried state keeps its shapes and types. `xs`
 * are stacked along their first axis, [length, …], and so are the results. Each of them is a tensor,
 * or tensors in arrays and objects. The body may use tensors from outside, such as weights. What
 * does not depend on the carry or on `xs` is computed once, before the loop: this includes random
 * numbers, so draw those of all steps outside and pass them in `xs`.
 *
 * The body may contain loops, of any length. The gradient runs these again in each of its steps. On
 * a GPU, `compile` refuses loops that are nested more than 8 deep; a `checkpoint` is a loop, too.
 *
 * @returns the state after the last step, and the outputs of all steps
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, scan, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const [total, sums] = scan((sum, x) => [sum.add(x), sum.add(x)], tensor(0), tensor([1, 2, 3]));
 * assertEquals([...await sums.data({ backend })], [1, 3, 6]);
 * assertEquals(await total.item({ backend }), 6);
 * ```
 *
 * @throws {ShapeError} if the stacked inputs differ in length, or the carry changes its type
 * @throws {TypeError} if the body returns anything but `[carry, output]`
 */
export function scan<X extends Structure, Y extends Structure>(
  body: (carry: Tensor, x: X) => readonly [carry: Tensor, output: Y],
  init: Tensor,
  xs: X,
  options?: ScanOptions,
): [carry: Tensor, outputs: Y];
/** A loop whose state is several tensors. */
export function scan<C extends Structure, X extends Structure, Y extends Structure>(
  body: (carry: C, x: X) => readonly [carry: C, output: Y],
  init: C,
  xs: X,
  options?: ScanOptions,
): [carry: C, outputs: Y];
export function scan(
  body: (carry: never, x: never) => unknown,
  init: Structure,
  xs: Structure,
  options: ScanOptions = {},
): [carry: unknown, outputs: unknown] {
  mustBeFunction("scan", body);
  checkOptions("scan", options, rules);
  const { reverse = false, recompute = false } = options;
  const first = tensorsIn(init, "scan").map(({ node }) => node);
  const stacked = tensorsIn(xs, "scan").map(({ node }) => node);
  const steps = stepCount(stacked, options);
  const carries = first.map(({ type }, k) => variable(`carry ${k}`, type));
  const slices = stacked.map(({ type: { dtype, shape } }, k) =>
    input(`x ${k}`, { dtype, shape: shape.slice(1) })
  );
  const wrap = (nodes: readonly Node[]) => nodes.map((node) => new Tensor(node));
  const given = [withTensors(init, wrap(carries)), withTensors(xs, wrap(slices))];
  const traced = body(...given as [never, never]);
  const [next, output] = checkTraced(traced, init);
  const closed = closeBody({
    carries,
    slices,
    next: tensorsIn(next, "scan").map(({ node }) => node),
    outputs: tensorsIn(output, "scan").map(({ node }) => node),
  });
  const loop = scanNode(
    { init: first, xs: stacked, captured: closed.captured },
    { body: closed.body, steps, reverse, recompute },
  );
  const last = withTensors(init, wrap(carries.map((_, k) => scanFinal(loop, k))));
  const outputs = withTensors(output, wrap(closed.outputs.map((each) => scanStacked(loop, each))));
  return [last, outputs];
}

/** The length that all stacked inputs have, or the one that is given. */
function stepCount(stacked: readonly Node[], { length }: ScanOptions): number {
  const steps = length ?? stacked[0]?.type.shape[0];
  if (steps === undefined) {
    throw new ShapeError("Cannot scan: the length is required without stacked inputs");
  }
  for (const { type } of stacked) {
    if (type.shape[0] === steps) continue;
    throw new ShapeError(
      `Cannot scan: every stacked input must have the length ${steps}: ` +
        `current type is ${formatType(type)}`,
    );
  }
  return steps;
}

/** Checks the result of a body that may not have been type-checked. */
function checkTraced(traced: unknown, init: Structure): readonly [Structure, Structure] {
  if (!Array.isArray(traced) || traced.length !== 2) {
    throw new TypeError("Cannot scan: the body must return [carry, output]");
  }
  const [next, output]: readonly Structure[] = traced;
  const [expected, found] = [formOf(init), formOf(next)];
  if (expected === found) return [next, output];
  throw new TypeError(
    `Cannot scan: the body must return the carry that it is given: expected ${expected}, ` +
      `current is ${found}`,
  );
}

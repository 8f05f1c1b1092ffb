import { attrsOf, type Node } from "../node.ts";
import { scanStacked } from "../ops/scan.ts";
import type { ScanAttrs, ScanPartAttrs } from "../scan/body.ts";
import { elementCount } from "../types.ts";

/** How a loop computes with values of one kind. */
export interface ScanEvaluation<V> {
  /** The elements from `start` to `end`. */
  slice(value: V, start: number, end: number): V;
  /** The elements of all values, one after the other. */
  join(values: readonly V[]): V;
  /** The values of the body, given those of its placeholders. */
  run(roots: readonly Node[], given: ReadonlyMap<Node, V>): ReadonlyMap<Node, V>;
}

/** Everything that the loop of a scan computed. */
export interface ScanHistory<V> {
  /** The values of the body by step, in the order of the stacked inputs. */
  readonly steps: readonly ReadonlyMap<Node, V>[];
  /** The state after the last step. */
  readonly last: readonly V[];
}

/** Runs the loop of a scan, given the values of its inputs. */
export function runScan<V>(
  { body, steps: count, reverse }: ScanAttrs,
  inputs: readonly V[],
  { slice, run }: ScanEvaluation<V>,
): ScanHistory<V> {
  const { carries, slices, captures } = body;
  const { init, xs, captured } = body.divide(inputs);
  const steps = new Array<ReadonlyMap<Node, V>>(count);
  let state = init;
  for (let i = 0; i < count; i++) {
    const step = reverse ? count - 1 - i : i;
    const given = new Map<Node, V>();
    carries.forEach((carry, k) => given.set(carry, state[k]!));
    slices.forEach((node, k) => {
      const size = elementCount(node.type.shape);
      given.set(node, slice(xs[k]!, step * size, (step + 1) * size));
    });
    captures.forEach((capture, k) => given.set(capture, captured[k]!));
    const values = run([...body.values, ...body.next], given);
    steps[step] = values;
    state = body.next.map((node) => values.get(node)!);
  }
  return { steps, last: state };
}

/** A value that the loop of a scan computed. */
export function scanPartOf<V>(
  part: Node,
  { steps, last }: ScanHistory<V>,
  { join }: ScanEvaluation<V>,
): V {
  const { index } = part.attrs as ScanPartAttrs;
  if (!attrsOf(part, scanStacked)) return last[index]!;
  const { body } = part.inputs[0]!.attrs as ScanAttrs;
  return join(steps.map((values) => values.get(body.values[index]!)!));
}

import { batchNodes, repeated } from "../batch_nodes.ts";
import type { Node, VmapContext } from "../node.ts";
import { input, variable } from "../ops/source.ts";
import { permute } from "../ops/views.ts";
import { nameOf } from "../tags.ts";
import { type ScanAttrs, ScanBody, type ScanInputs } from "./body.ts";

/** Builds a scan. */
type BuildScan = (inputs: ScanInputs, attrs: ScanAttrs) => Node;

/** A scan over a batch of examples: the body is batched, and so is all of the carried state. */
export function batchScan(
  { attrs, inputs, isBatched, size }: VmapContext<ScanAttrs>,
  build: BuildScan,
): Node {
  const { body } = attrs;
  const { carries, slices, captures } = body;
  const { init, xs, captured } = body.divide(inputs);
  const batchedOf = body.divide(isBatched);
  const examples = new Map(
    carries.map((carry) => [carry, variable(nameOf(carry)!, batchedType(carry, size))] as const),
  );
  const addExamples = (placeholders: readonly Node[], isBatched: readonly boolean[]) =>
    placeholders.forEach((node, k) => {
      if (!isBatched[k]) return;
      examples.set(node, input(nameOf(node)!, batchedType(node, size)));
    });
  addExamples(slices, batchedOf.xs);
  addExamples(captures, batchedOf.captured);
  const batched = batchNodes([...body.next, ...body.values], examples, size);
  const values = body.values.map((node) => batched.get(node) ?? node);
  const own = (node: Node) => examples.get(node) ?? node;
  const made = new ScanBody({
    carries: carries.map(own),
    slices: slices.map(own),
    captures: captures.map(own),
    next: body.next.map((node) => batched.get(node) ?? repeated(node, size)),
    outputs: values,
    batchOf: new Map(body.values.map((node, i) => [node, values[i]!])),
  });
  return build({
    init: init.map((node, k) => batchedOf.init[k] ? node : repeated(node, size)),
    xs: xs.map((x, k) => batchedOf.xs[k] ? swapped(x) : x),
    captured,
  }, { ...attrs, body: made });
}

/** A value at all steps, for each example: `scan` is batched, and `part` is of one example. */
export function batchStacked(
  { output: part, inputs: [scan], attrs: { index }, size }: VmapContext<{ readonly index: number }>,
  build: (scan: Node, value: Node) => Node,
): Node {
  const value = (part.inputs[0]!.attrs as ScanAttrs).body.values[index]!;
  const batched = (scan!.attrs as ScanAttrs).body.batchOf.get(value)!;
  const stacked = build(scan!, batched);
  return batched === value ? repeated(stacked, size) : swapped(stacked);
}

function batchedType({ type: { dtype, shape } }: Node, size: number): Node["type"] {
  return { dtype, shape: [size, ...shape] };
}

/** Swaps steps and examples. */
function swapped(x: Node): Node {
  return permute(x, [1, 0, ...x.type.shape.map((_, axis) => axis).slice(2)]);
}

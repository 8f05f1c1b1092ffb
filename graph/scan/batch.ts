import { batchNodes, repeated } from "../batch_nodes.ts";
import type { Node, VmapContext } from "../node.ts";
import { input, variable } from "../ops/source.ts";
import { permute } from "../ops/views.ts";
import { nameOf } from "../tags.ts";
import { type ScanAttrs, ScanBody } from "./body.ts";

/** Builds a scan. */
type BuildScan = (
  inputs: Readonly<Record<"init" | "xs" | "captured", readonly Node[]>>,
  attrs: ScanAttrs,
) => Node;

/** A scan over a batch of examples: the body is batched, and so is all of the carried state. */
export function batchScan(
  { attrs, inputs, isBatched, size }: VmapContext<ScanAttrs>,
  build: BuildScan,
): Node {
  const { body } = attrs;
  const { carries, slices, captures } = body;
  const first = { slice: carries.length, capture: carries.length + slices.length };
  const examples = new Map(
    carries.map((carry) => [carry, variable(nameOf(carry)!, batchedType(carry, size))] as const),
  );
  const addExamples = (placeholders: readonly Node[], from: number) =>
    placeholders.forEach((node, k) => {
      if (!isBatched[from + k]) return;
      examples.set(node, input(nameOf(node)!, batchedType(node, size)));
    });
  addExamples(slices, first.slice);
  addExamples(captures, first.capture);
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
    init: carries.map((_, k) => isBatched[k] ? inputs[k]! : repeated(inputs[k]!, size)),
    xs: slices.map((_, k) => {
      const x = inputs[first.slice + k]!;
      return isBatched[first.slice + k] ? swapped(x) : x;
    }),
    captured: inputs.slice(first.capture),
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

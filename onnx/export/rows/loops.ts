/** Rows of loops: the operator Scan, whose body is a graph. */
import {
  attrsOf,
  type Node,
  scan,
  type ScanAttrs,
  scanFinal,
  scanStacked,
} from "../../../graph/mod.ts";
import type { InnerType, OnnxBuilder } from "../builder.ts";
import { resultOf } from "../operators.ts";
import { type EmitInner, fixedAttrs, type Row } from "../row.ts";
import { isFixed, type Size, sizeInFile, type Traces } from "../traces.ts";
import { countedTo } from "./views.ts";

/** The number of steps; `undefined` if it is not a linear function of the batch size. */
function stepsOf(loop: Node, traces: Traces): Size | undefined {
  return traces.number(loop, (twin) => attrsOf(twin, scan)!.steps);
}

/** Whether a loop has no steps. onnxruntime cannot run one, so its results are written without it. */
function isEmpty(loop: Node, traces: Traces): boolean {
  const count = stepsOf(loop, traces);
  return count !== undefined && isFixed(count, 0);
}

/** The values of the body that are results of the loop at all steps. */
function stackedIndices(loop: Node, { order }: Traces): number[] {
  const indices = order.flatMap((node) =>
    node.inputs[0] === loop ? attrsOf(node, scanStacked)?.index ?? [] : []
  );
  return [...new Set(indices)];
}

function typesOf(nodes: readonly Node[], traces: Traces): InnerType[] {
  return nodes.map((node) => ({
    dtype: node.type.dtype,
    shape: traces.sizes(node).map(sizeInFile),
  }));
}

/** A loop of which everything is decided. */
interface DecidedLoop extends ScanAttrs {
  /** The number of steps for each batch size. */
  readonly count: Size;
  /** The next state, and then the values that are stacked. */
  readonly outputs: readonly Node[];
  readonly inner: Traces;
  readonly emitBody: EmitInner;
}

/** The results of the operator are the last state, and then the stacked values. */
const scanRow: Row = (node, traces, decideInner) => {
  const stacked = stackedIndices(node, traces);
  const partsOf = (twin: Node) => {
    const { body } = attrsOf(twin, scan)!;
    const outputs = [...body.next, ...stacked.map((index) => body.values[index]!)];
    return { leaves: [...body.carries, ...body.slices, ...body.captures], outputs };
  };
  const count = stepsOf(node, traces);
  const mayVary = ["body", ...count ? ["steps" as const] : []] as const;
  const attrs = fixedAttrs(node, scan, { traces, mayVary });
  const { leaves, outputs } = partsOf(node);
  const inner = traces.within(node, (twin) => Object.values(partsOf(twin)).flat());
  const emitBody = decideInner(inner, new Set(leaves));
  const loop = { ...attrs, count: count!, outputs, inner, emitBody };
  return { operands: node.inputs, emit: (inputs, onnx) => emitScan(loop, inputs, onnx) };
};

function emitScan(
  { body, reverse, count, outputs, inner, emitBody }: DecidedLoop,
  inputs: readonly string[],
  onnx: OnnxBuilder,
): string {
  const { carries, slices, captures } = body;
  const { init, xs, captured } = body.divide(inputs);
  // the operator takes the number of steps from a stacked input: there must be one
  const read = xs.length > 0 ? xs : [countedTo(onnx, count)];
  const step: InnerType[] = xs.length > 0 ? typesOf(slices, inner) : [{ dtype: "i32", shape: [] }];
  const graph = onnx.subgraph({
    name: "body",
    inputs: [...typesOf(carries, inner), ...step],
    outputs: typesOf(outputs, inner),
  }, (names) => {
    const leaves = [...carries, ...slices].map((leaf, i) => [leaf, names[i]!] as const);
    const outside = captures.map((leaf, i) => [leaf, captured[i]!] as const);
    const values = emitBody(new Map([...leaves, ...outside]), onnx);
    return outputs.map((output) => values.get(output)!);
  });
  const stacked = outputs.slice(carries.length);
  const attributes = {
    body: { graph },
    num_scan_inputs: read.length,
    ...reverse && { scan_input_directions: read.map(() => 1) },
    ...reverse && stacked.length > 0 && { scan_output_directions: stacked.map(() => 1) },
  };
  return onnx.addOperator("Scan", [...init, ...read], attributes, outputs.length);
}

const finalRow: Row = (node, traces) => {
  const { index } = fixedAttrs(node, scanFinal, { traces, mayVary: ["type"] });
  const [loop] = node.inputs as [Node];
  if (isEmpty(loop, traces)) {
    return { operands: [loop.inputs[index]!], emit: ([name]) => name! };
  }
  return { operands: node.inputs, emit: ([loop]) => resultOf(loop!, index) };
};

const stackedRow: Row = (node, traces) => {
  const { index } = fixedAttrs(node, scanStacked, { traces, mayVary: ["type"] });
  const [loop] = node.inputs as [Node];
  if (isEmpty(loop, traces)) {
    const zero = (onnx: OnnxBuilder) => onnx.scalar(0, node.type.dtype);
    const sizes = traces.sizes(node);
    return { operands: [], emit: (_, onnx) => onnx.add("Expand", [zero(onnx), onnx.sizes(sizes)]) };
  }
  const { carries } = attrsOf(loop, scan)!.body;
  const place = carries.length + stackedIndices(loop, traces).indexOf(index);
  return { operands: node.inputs, emit: ([name]) => resultOf(name!, place) };
};

/** The rows, by op. */
export const loops = { scan: scanRow, scanStacked: stackedRow, scanFinal: finalRow } as const;

/**
 * Export of a model as an ONNX file.
 * @module
 */
import { readVariables, type Tensor, trace, variableOf } from "../../autograd/mod.ts";
import {
  anything,
  checkOptions,
  type DType,
  type HostArray,
  is,
  type Node,
  nonEmptyText,
  optional,
  type OptionRules,
  owned,
  positiveWhole,
  shapeSizes,
  variable,
} from "../../graph/mod.ts";
import { OnnxBuilder } from "./builder.ts";
import { OnnxError } from "../errors.ts";
import { decide, emit } from "./lower.ts";
import { encodeOnnxModel } from "../file/encode.ts";
import { type OnnxModel, type OnnxValue, OPSET } from "../file/model.ts";
import { type Size, Traces } from "./traces.ts";

/** Anything with a forward pass from one tensor to one tensor, such as a module. */
export interface Exportable {
  /** Computes the output for `x` in inference. */
  forward(x: Tensor): Tensor;
}

/** Options for `exportOnnx`. */
export interface OnnxOptions {
  /** Shape of one sample: that of the input without the batch axis. */
  readonly sampleShape: readonly number[];
  /** Dtype of the input. Default: f32. */
  readonly dtype?: DType;
  /** Fixed batch size of the exported model. Default: none; it accepts batches of any size. */
  readonly batch?: number;
  /** Name of the input, which must be unique. Default: `input`. */
  readonly input?: string;
  /** Name of the output, which must be unique. Default: `output`. */
  readonly output?: string;
  /** Name of the graph. Default: `gspace`. */
  readonly name?: string;
  /** Metadata to store in the file. */
  readonly metadata?: ReadonlyMap<string, string>;
}

const optionRules: OptionRules<OnnxOptions> = {
  sampleShape: shapeSizes,
  dtype: optional(anything),
  batch: optional(positiveWhole),
  input: optional(nonEmptyText),
  output: optional(nonEmptyText),
  name: optional(nonEmptyText),
  metadata: optional(anything),
};

/** Batch sizes to trace a model with. Size 1 is not among them: it would broadcast. */
const COUNTS: readonly number[] = [2, 3, 5];

/** Name of the batch axis. */
const SAMPLES = "batch";

/**
 * Exports a model as an ONNX file of opset 17. The file holds the forward pass in inference mode:
 * batch normalization uses the running statistics, and dropout is off. Weights are named as in the
 * model's state.
 *
 * @throws {OnnxError} if a node cannot be exported, or two values have the same name
 *
 * @example A model of two layers, for any batch size
 * ```ts
 * import { assert } from "@std/assert";
 * import { exportOnnx, initialize, Linear, ReLU, Sequential } from "@gspace/gspace";
 *
 * const model = initialize(
 *   new Sequential([new Linear(4, 8), new ReLU(), new Linear(8, 3)]),
 *   { seed: 1 },
 * );
 * const bytes = await exportOnnx(model, { sampleShape: [4] });
 * // await Deno.writeFile("model.onnx", bytes);
 * assert(bytes.length > 4 * (4 * 8 + 8 + 8 * 3 + 3));
 * ```
 */
export async function exportOnnx(
  model: Exportable,
  options: OnnxOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return encodeOnnxModel(await onnxModel(model, options));
}

/**
 * Converts a model to ONNX as plain data, which you can inspect or change before `encodeOnnxModel`.
 * @throws {OnnxError} if a node cannot be exported
 */
export async function onnxModel(model: Exportable, options: OnnxOptions): Promise<OnnxModel> {
  checkOptions("export a model", options, optionRules);
  const { sampleShape, dtype = "f32", batch, name = "gspace", output = "output" } = owned(options);
  const metadata = new Map(options.metadata);
  const counts = batch === undefined ? COUNTS : [batch];
  const outputs = counts.map((count) => {
    const { graph } = trace({ x: { dtype, shape: [count, ...sampleShape] } }, ({ x }) => ({
      outputs: { y: model.forward(x) },
    }));
    return graph.outputs[0]!;
  });
  const traces = new Traces(outputs, counts);
  const decisions = decide(traces);
  const onnx = new OnnxBuilder(options.input ?? "input");
  onnx.reserve(output, "the output");
  await addWeights([...decisions.keys()], onnx);
  onnx.nameOutput(emit(decisions, onnx), output);
  const sizes: readonly Size[] = traces.sizes(outputs[0]!);
  return {
    name,
    nodes: onnx.nodes,
    initializers: onnx.initializers,
    inputs: [{ name: onnx.input, dtype, shape: [batch ?? SAMPLES, ...sampleShape] }],
    outputs: [{ name: output, dtype: outputs[0]!.type.dtype, shape: sizes.map(sizeInFile) }],
    metadata,
    opset: OPSET,
  };
}

function sizeInFile({ fixed, perSample }: Size): OnnxValue["shape"][number] {
  if (perSample === 0) return fixed;
  const samples = perSample === 1 ? SAMPLES : `${perSample}*${SAMPLES}`;
  return fixed === 0 ? samples : `${samples}+${fixed}`;
}

/** Reads the variables in one round trip and adds them under their own names. */
async function addWeights(nodes: readonly Node[], onnx: OnnxBuilder): Promise<void> {
  const sources = nodes.filter((node) => is(node, variable));
  const values = await readVariables(sources.map(variableOf));
  sources.forEach((node, i) => {
    const { name, type } = variableOf(node);
    const bytes = bytesOf(values[i]!);
    onnx.addWeight(node, { name, dtype: type.dtype, shape: type.shape, bytes });
  });
}

function bytesOf(data: HostArray): Uint8Array {
  if (!littleEndian) {
    throw new OnnxError("Cannot export to ONNX: the machine must be little-endian");
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

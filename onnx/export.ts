/**
 * A model as an ONNX file.
 * @module
 */
import { readVariables, type Tensor, trace, variableOf } from "../autograd/mod.ts";
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
} from "../graph/mod.ts";
import { OnnxBuilder } from "./builder.ts";
import { OnnxError } from "./errors.ts";
import { decide, emit } from "./lower.ts";
import { encodeOnnxModel, type OnnxModel, type OnnxValue } from "./model.ts";
import { type Size, Traces } from "./traces.ts";

/** What can be exported: a module, or anything else that makes one tensor of one. */
export interface Exportable {
  /** Adds the nodes that compute the output for `x` when the model is used, not trained. */
  forward(x: Tensor): Tensor;
}

/** How a model is exported. */
export interface OnnxOptions {
  /** Sizes of one sample: those of the input without the first axis. */
  readonly sampleShape: readonly number[];
  /** Element type of the input; f32 unless told. */
  readonly dtype?: DType;
  /** Number of samples that the file takes at once; any unless told. */
  readonly batch?: number;
  /** Name of the input, different from all others. Default: `input`. */
  readonly input?: string;
  /** Name of the output, different from all others. Default: `output`. */
  readonly output?: string;
  /** Name of the graph; `gspace` unless told. */
  readonly name?: string;
  /** Texts that go along in the file. */
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

/** Numbers of samples that a model is traced with: 1 is left out, as it broadcasts. */
const COUNTS: readonly number[] = [2, 3, 5];

/** What the axis of the samples is called. */
const SAMPLES = "batch";

/**
 * Exports a model as an ONNX file of opset 17: its forward as it is when the model is used, with
 * batch normalisation by the running statistics and without dropout. Weights have the names that
 * they have in the model's state; the input and the output have the given ones.
 *
 * @throws {OnnxError} naming the node that cannot be exported, or the name that two values have
 *
 * @example A model of two layers, for any number of samples
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
 * The same as plain data, to look at or to change before `encodeOnnxModel`.
 * @throws {OnnxError} naming the node that cannot be exported
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
  };
}

function sizeInFile({ fixed, perSample }: Size): OnnxValue["shape"][number] {
  if (perSample === 0) return fixed;
  const samples = perSample === 1 ? SAMPLES : `${perSample}*${SAMPLES}`;
  return fixed === 0 ? samples : `${samples}+${fixed}`;
}

/** Reads the variables, in one round trip, and puts them in under their own names. */
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
  if (!littleEndian) throw new OnnxError("Cannot export to ONNX: the machine is big-endian");
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

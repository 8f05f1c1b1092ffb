/**
 * Export of a model as an ONNX file.
 * @module
 */
import { readVariables, type Tensor, variableOf } from "../../autograd/mod.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import {
  anything,
  checkOptions,
  type HostArray,
  is,
  listOf,
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
import { type OnnxModel, OPSET } from "../file/model.ts";
import {
  type Exportable,
  inputDType,
  namedInputs,
  type OnnxInput,
  type OnnxInputDType,
  outputNames,
  traceFor,
  valueOf,
} from "./signature.ts";
import { BATCH_AXIS, sizeInFile, Traces } from "./traces.ts";

/** Options for `exportOnnx`, whatever the inputs of the model are. */
export interface OnnxFileOptions {
  /** Fixed batch size of the exported model. Default: none; it accepts batches of any size. */
  readonly batch?: number;
  /**
   * Unique names of the outputs. Default: their names if `forward` returns tensors by name, else
   * `output`, `output_2`, and so on.
   */
  readonly outputs?: readonly string[];
  /** Name of the only output. Default: `output`. */
  readonly output?: string;
  /** Name of the graph. Default: `gspace`. */
  readonly name?: string;
  /** Metadata to store in the file. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** Options for `exportOnnx` of a model that takes one tensor. */
export interface OnnxOptions extends OnnxFileOptions {
  /** Shape of one sample: that of the input without the batch axis. */
  readonly sampleShape: readonly number[];
  /** Element type of the input in the file. Default: f32. */
  readonly dtype?: OnnxInputDType;
  /** Name of the input, which must be unique. Default: `input`. */
  readonly input?: string;
}

/** Options for `exportOnnx` of a model that takes tensors by name. */
export interface OnnxInputsOptions<Inputs = Readonly<Record<string, Tensor>>>
  extends OnnxFileOptions {
  /** The inputs, by name. */
  readonly inputs: { readonly [Name in keyof Inputs]: OnnxInput };
}

const fileRules: OptionRules<OnnxFileOptions> = {
  batch: optional(positiveWhole),
  outputs: optional(listOf(nonEmptyText)),
  output: optional(nonEmptyText),
  name: optional(nonEmptyText),
  metadata: optional(anything),
};

const optionRules: OptionRules<OnnxOptions> = {
  ...fileRules,
  sampleShape: shapeSizes,
  dtype: optional(inputDType),
  input: optional(nonEmptyText),
};

const inputsRules: OptionRules<OnnxInputsOptions> = { ...fileRules, inputs: anything };

/** Batch sizes to trace a model with. Size 1 is not among them: it would broadcast. */
const COUNTS: readonly number[] = [2, 3, 5];

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
 *
 * @example Several inputs and outputs
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exportOnnx, importOnnx, type Tensor } from "@gspace/gspace";
 *
 * const model = {
 *   forward: ({ ids, mask }: { ids: Tensor; mask: Tensor }) => ({
 *     kept: ids.mul(mask.cast("i32")),
 *     count: mask.cast("f32").sum(1),
 *   }),
 * };
 * const bytes = await exportOnnx(model, {
 *   inputs: { ids: { sampleShape: [6], dtype: "i64" }, mask: { sampleShape: [6], dtype: "bool" } },
 * });
 * assertEquals(importOnnx(bytes).outputs, ["kept", "count"]);
 * ```
 */
export function exportOnnx(
  model: Exportable,
  options: OnnxOptions,
): Promise<Uint8Array<ArrayBuffer>>;
/** Exports a model that takes tensors by name. */
export function exportOnnx<Inputs>(
  model: Exportable<Inputs>,
  options: OnnxInputsOptions<Inputs>,
): Promise<Uint8Array<ArrayBuffer>>;
export async function exportOnnx<Inputs>(
  model: Exportable<Inputs>,
  options: OnnxOptions | OnnxInputsOptions<Inputs>,
): Promise<Uint8Array<ArrayBuffer>> {
  return encodeOnnxModel(await plainModel(model, options));
}

/**
 * Converts a model to ONNX as plain data, which you can inspect or change before `encodeOnnxModel`.
 * @throws {OnnxError} if a node cannot be exported
 */
export function onnxModel(model: Exportable, options: OnnxOptions): Promise<OnnxModel>;
/** Converts a model that takes tensors by name. */
export function onnxModel<Inputs>(
  model: Exportable<Inputs>,
  options: OnnxInputsOptions<Inputs>,
): Promise<OnnxModel>;
export function onnxModel<Inputs>(
  model: Exportable<Inputs>,
  options: OnnxOptions | OnnxInputsOptions<Inputs>,
): Promise<OnnxModel> {
  return plainModel(model, options);
}

async function plainModel<Inputs>(
  model: Exportable<Inputs>,
  options: OnnxOptions | OnnxInputsOptions<Inputs>,
): Promise<OnnxModel> {
  const { inputs, forward } = callOf(model, options);
  const { batch, name = "gspace", output, outputs = output === undefined ? output : [output] } =
    owned<OnnxFileOptions>(options);
  if (options.outputs && output !== undefined) {
    throw new OnnxError(
      "Cannot export to ONNX: either output or outputs must be given: current are both",
    );
  }
  const metadata = new Map(options.metadata);
  const counts = batch === undefined ? COUNTS : [batch];
  const isFree = batch === undefined;
  const traced = counts.map((count) => traceFor({ count, isFree }, inputs, forward));
  const traces = new Traces(traced.map(({ nodes }) => nodes), counts);
  const decisions = decide(traces);
  const onnx = new OnnxBuilder(inputs);
  const names = outputNames(traced[0]!.names, outputs);
  for (const name of names) onnx.reserve(name);
  await addWeights([...decisions.keys()], onnx);
  const values = emit(decisions, onnx);
  traces.outputs.forEach((node, i) => onnx.nameOutput(values.get(node)!, names[i]!));
  return {
    name,
    nodes: onnx.nodes,
    initializers: onnx.initializers,
    inputs: inputs.map((input) => valueOf(input, batch ?? BATCH_AXIS)),
    outputs: traces.outputs.map((node, i) => ({
      name: names[i]!,
      dtype: node.type.dtype,
      shape: traces.sizes(node).map(sizeInFile),
    })),
    metadata,
    opset: OPSET,
  };
}

/** The inputs of the file, and the model as a function of them in order. */
function callOf<Inputs>(
  model: Exportable<Inputs>,
  options: OnnxOptions | OnnxInputsOptions<Inputs>,
) {
  const action = "export a model";
  if ("inputs" in options) {
    checkOptions(action, options, inputsRules);
    const inputs = namedInputs(options.inputs);
    const byName = (tensors: readonly Tensor[]) =>
      Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]])) as Inputs;
    return { inputs, forward: (tensors: readonly Tensor[]) => model.forward(byName(tensors)) };
  }
  checkOptions(action, options, optionRules);
  const { sampleShape, dtype = "f32", input: name = "input" } = owned(options);
  const forward = ([x]: readonly Tensor[]) => model.forward(x as Inputs);
  return { inputs: [{ name, sampleShape, dtype }], forward };
}

/** Reads the variables in one round trip and adds them under their own names. */
async function addWeights(nodes: readonly Node[], onnx: OnnxBuilder): Promise<void> {
  const sources = nodes.filter((node) => is(node, variable));
  const values = await readVariables(sources.map(variableOf));
  sources.forEach((node, i) => {
    const { name, type } = variableOf(node);
    const bytes = littleEndianBytes(values[i]!);
    onnx.addWeight(node, { name, dtype: type.dtype, shape: type.shape, bytes });
  });
}

function littleEndianBytes(data: HostArray): Uint8Array {
  if (!littleEndian) {
    throw new OnnxError("Cannot export to ONNX: the machine must be little-endian");
  }
  return bytesOf(data);
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

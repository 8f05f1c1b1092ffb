/**
 * The inputs and outputs of an exported model.
 * @module
 */
import { Tensor, trace } from "../../autograd/mod.ts";
import {
  checkOptions,
  type DType,
  FREE_SIZES,
  hostArrays,
  type Node,
  oneOf,
  optional,
  type OptionRules,
  shapeSizes,
  trueOrFalse,
} from "../../graph/mod.ts";
import { OnnxError } from "../errors.ts";
import type { OnnxValue } from "../file/model.ts";

/** Results of a model: a tensor, a list of tensors, or tensors by name. */
export type OnnxOutputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** Anything with a forward pass, such as a module. */
export interface Exportable<Inputs = Tensor> {
  /** Computes the outputs in inference. */
  forward(inputs: Inputs): OnnxOutputs;
}

/** Element type of an input in the file. The model gets `i64`, the usual type of indices, as i32. */
export type OnnxInputDType = DType | "i64";

/** An input of an exported model. */
export interface OnnxInput {
  /** Its shape without the batch axis. */
  readonly sampleShape: readonly number[];
  /** Its element type in the file. Default: f32. */
  readonly dtype?: OnnxInputDType;
  /** Whether its first axis is the batch. Default: true. */
  readonly batched?: boolean;
}

/** An input and its name. */
export interface NamedInput extends OnnxInput {
  readonly name: string;
}

/** Rule of `OnnxInputDType`. */
export const inputDType = oneOf([...Object.keys(hostArrays), "i64"]);

const inputRules: OptionRules<OnnxInput> = {
  sampleShape: shapeSizes,
  dtype: optional(inputDType),
  batched: optional(trueOrFalse),
};

/** Checks inputs by name. */
export function namedInputs(inputs: Readonly<Record<string, OnnxInput>>): NamedInput[] {
  const entries = Object.entries(inputs);
  if (entries.length === 0) {
    throw new OnnxError("Cannot export to ONNX: there must be at least one input");
  }
  return entries.map(([name, input]) => {
    checkOptions(`export the input "${name}"`, input, inputRules);
    return { ...input, name, sampleShape: [...input.sampleShape] };
  });
}

/** The dtype of an input in the model. */
function dtypeInModel({ dtype = "f32" }: OnnxInput): DType {
  return dtype === "i64" ? "i32" : dtype;
}

/** An input as the file describes it. */
export function valueOf(
  { name, sampleShape, dtype = "f32", batched = true }: NamedInput,
  batch: number | string,
): OnnxValue {
  return { name, dtype, shape: batched ? [batch, ...sampleShape] : sampleShape };
}

/**
 * Runs the model once for a batch size. `forward` receives the inputs in order.
 * @param isFree whether the file is for batches of any size, of which this one is an example
 */
export function traceFor(
  { count, isFree }: { readonly count: number; readonly isFree: boolean },
  inputs: readonly NamedInput[],
  forward: (inputs: readonly Tensor[]) => OnnxOutputs,
): { readonly names: readonly (string | undefined)[]; readonly nodes: readonly Node[] } {
  const types = inputs.map((input) => {
    const { shape } = valueOf(input, count);
    return [input.name, { dtype: dtypeInModel(input), shape: shape.map(Number) }] as const;
  });
  let names: readonly (string | undefined)[] = [];
  const { graph } = trace(Object.fromEntries(types), (given) => {
    const tensors = inputs.map(({ name }) => isFree ? withFreeSizes(given[name]!) : given[name]!);
    const results = resultsOf(forward(tensors));
    names = results.map(([name]) => name);
    return { outputs: Object.fromEntries(results.map(([, tensor], i) => [`${i}`, tensor])) };
  });
  return { names, nodes: graph.outputs };
}

function withFreeSizes({ node }: Tensor): Tensor {
  return new Tensor(FREE_SIZES.set(node, true));
}

/** The results with their names, which a single tensor and the tensors of a list do not have. */
function resultsOf(outputs: OnnxOutputs): (readonly [string | undefined, Tensor])[] {
  if (outputs instanceof Tensor) return [[undefined, outputs]];
  const list = Array.isArray(outputs)
    ? outputs.map((tensor: Tensor) => [undefined, tensor] as const)
    : Object.entries<Tensor>(outputs as Readonly<Record<string, Tensor>>);
  if (list.length > 0 && list.every(([, tensor]) => tensor instanceof Tensor)) return list;
  throw new OnnxError(
    "Cannot export to ONNX: forward must return a tensor, a list of tensors, or tensors by name",
  );
}

/**
 * Names the outputs: by their keys, by the given names, or `output`, `output_2`, and so on.
 * @throws {OnnxError} if there are more or fewer names than outputs
 */
export function outputNames(
  own: readonly (string | undefined)[],
  given: readonly string[] | undefined,
): string[] {
  if (given && given.length !== own.length) {
    throw new OnnxError(
      `Cannot export to ONNX: there must be a name for each of the ${own.length} outputs: current ` +
        `names are ${given.join(", ")}`,
    );
  }
  return own.map((name, i) => given?.[i] ?? name ?? (i === 0 ? "output" : `output_${i + 1}`));
}

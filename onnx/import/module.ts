import type { Tensor } from "../../autograd/mod.ts";
import { type DType, formatType, GraphError, type HostArray } from "../../graph/mod.ts";
import { type ForwardContext, inference, Module, type ParameterSpec } from "../../layers/mod.ts";
import { OnnxError } from "../errors.ts";
import type { OnnxValue } from "../file/model.ts";
import { Operands } from "./operands.ts";
import type { Body, RunBody, Step } from "./row.ts";
import type { Program } from "./program.ts";
import { constantTensor, dtypeHere, elementsHere } from "./values.ts";

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/**
 * A model that was imported from an ONNX file. Each call builds the graph for the shapes that it is
 * given, so a size that the file leaves open can be of any value.
 */
export class OnnxModule extends Module {
  /** The inputs: names, element types of the file, and shapes. */
  readonly inputs: readonly OnnxValue[];
  /** Names of the outputs. */
  readonly outputs: readonly string[];
  readonly #steps: readonly Step[];
  readonly #weights: ReadonlyMap<string, ParameterSpec>;
  readonly #constants: ReadonlyMap<string, Tensor>;

  /** `program`: the checked contents of a file. */
  constructor({ inputs, outputs, steps, tensors }: Program) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.#steps = steps;
    const all = tensors.map(({ tensor, role }) => ({ tensor, role, data: elementsHere(tensor) }));
    this.#constants = new Map(
      all.filter(({ role }) => role === "constant").map((
        { tensor: { name, dtype, shape }, data },
      ) => [
        name,
        constantTensor(data, { dtype: dtypeHere[dtype], shape }),
      ]),
    );
    this.#weights = new Map(
      all.filter(({ role }) => role !== "constant").map((
        { tensor: { name, shape }, role, data },
      ) => [
        name,
        specOf(shape, data, role === "parameter"),
      ]),
    );
  }

  /** The floating-point tensors of the file, by their names there. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return Object.fromEntries(this.#weights);
  }

  /**
   * The output for the input of a model that has one of each.
   * @throws {OnnxError} if it has several, or an operator cannot be applied
   */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    const [input, ...others] = this.inputs;
    if (!input || others.length > 0 || this.outputs.length !== 1) {
      throw new OnnxError(
        "Cannot apply the imported model to a tensor: it must have one input and one output: " +
          `current are ${this.inputs.length} and ${this.outputs.length}: call run({ ${
            this.inputs.map(({ name }) => name).join(", ")
          } })`,
      );
    }
    return this.run({ [input.name]: x }, context)[this.outputs[0]!]!;
  }

  /**
   * The outputs by name, for inputs by name. 64-bit integers of the file are i32 here, and all
   * floating-point numbers f32.
   *
   * @throws {OnnxError} if an input is missing or of another type, or an operator cannot be applied
   */
  run(inputs: NamedTensors, context: ForwardContext = inference): NamedTensors {
    checkInputs(this.inputs, inputs);
    const values = new Map<string, Tensor>([
      ...this.#constants,
      ...[...this.#weights.keys()].map((name) => [name, this.variable(name)] as const),
      ...Object.entries(inputs),
    ]);
    this.#applyAll(this.#steps, values, context);
    return Object.fromEntries(this.outputs.map((name) => [name, values.get(name)!]));
  }

  #applyAll(steps: readonly Step[], values: Map<string, Tensor>, context: ForwardContext): void {
    for (const step of steps) this.#apply(step, values, context);
  }

  /** Computes the results of an operator. */
  #apply({ operator, apply }: Step, values: Map<string, Tensor>, context: ForwardContext): void {
    const { node } = operator;
    const inputs = node.inputs.map((name) => name === "" ? undefined : values.get(name));
    const path = [this.path, node.name || node.op].filter((part) => part !== "").join(".");
    const operands = new Operands(operator, inputs, { context, path });
    const run: RunBody = (body, given, captured) => {
      const inner = valuesOf(body, given, captured);
      this.#applyAll(body.steps, inner, context);
      return body.outputs.map((name) => inner.get(name)!);
    };
    const results = applied(() => apply(operands, run), operands);
    node.outputs.forEach((name, i) => {
      const result = results[i];
      if (name === "" || values.has(name)) return; // one that is given replaces the computed one
      if (!result) throw operands.refuse(`result ${i} is not supported`);
      const isNew = result.node.op.lowering.kind !== "source" &&
        !inputs.some((input) => input?.node === result.node);
      values.set(name, isNew ? result.named(node.name || node.op) : result);
    });
  }
}

/** The values of a graph before its operators are applied. */
function valuesOf(
  { inputs, captures, constants }: Body,
  given: readonly Tensor[],
  captured: readonly Tensor[],
): Map<string, Tensor> {
  return new Map([
    ...constants,
    ...inputs.map((name, i) => [name, given[i]!] as const),
    ...captures.map((name, i) => [name, captured[i]!] as const),
  ]);
}

function specOf(shape: readonly number[], data: HostArray, trained: boolean): ParameterSpec {
  const floats = data as Float32Array<ArrayBuffer>;
  return { shape, fanIn: 1, initializer: () => floats, trained };
}

/** Runs a function; refuses the operator if the library refuses its operands. */
function applied(compute: () => Tensor | readonly Tensor[], operands: Operands): readonly Tensor[] {
  try {
    const results = compute();
    return Array.isArray(results) ? results : [results as Tensor];
  } catch (error) {
    const isRefusal = error instanceof RangeError || error instanceof GraphError ||
      (error instanceof TypeError && error.name !== "TypeError");
    throw isRefusal ? operands.refuse(error.message, { cause: error }) : error;
  }
}

/** Checks names, types, and shapes. Sizes of one name must be equal. */
function checkInputs(wanted: readonly OnnxValue[], inputs: NamedTensors): void {
  const names = wanted.map(({ name }) => name);
  const other = Object.keys(inputs).find((name) => !names.includes(name));
  if (other !== undefined) {
    throw new OnnxError(
      `Cannot run the imported model: its inputs are ${names.join(", ")}: current has "${other}"`,
    );
  }
  const sizes = new Map<string, number>();
  for (const value of wanted) {
    const x = Object.hasOwn(inputs, value.name) ? inputs[value.name] : undefined;
    const current = x ? `current is ${formatType(x.node.type)}` : "current inputs have none";
    if (x && isOfType(x, value, sizes)) continue;
    throw new OnnxError(
      `Cannot run the imported model: "${value.name}" must be ${dtypeOf(value)}[${
        value.shape.join(", ")
      }]: ${current}`,
    );
  }
}

function dtypeOf({ dtype }: OnnxValue): DType {
  return dtype === "u8" ? "u8" : dtypeHere[dtype];
}

function isOfType(x: Tensor, value: OnnxValue, sizes: Map<string, number>): boolean {
  const { shape } = value;
  const isOpen = shape.length === 1 && shape[0] === "...";
  if (isOpen) return true;
  if (x.dtype !== dtypeOf(value) || x.rank !== shape.length) return false;
  return shape.every((size, axis) => {
    if (typeof size === "number") return x.shape[axis] === size;
    const known = size === "?" ? undefined : sizes.get(size);
    sizes.set(size, x.shape[axis]!);
    return known === undefined || known === x.shape[axis];
  });
}

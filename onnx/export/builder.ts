/**
 * Builds an ONNX graph: assigns unique names and shares equal constants.
 * @module
 */
import type { DType, Node } from "../../graph/mod.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import { hostArray } from "../../graph/host_array.ts";
import {
  dataTypes,
  type OnnxAttribute,
  type OnnxDType,
  type OnnxInitializer,
  type OnnxNode,
} from "../file/model.ts";
import { OnnxError } from "../errors.ts";
import type { NamedInput } from "./signature.ts";
import type { Size } from "./traces.ts";

/** Attributes as rows write them: integers, `float(x)`, lists of integers, strings. */
export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

/** Data of a constant. */
type Elements = Float32Array | Int32Array | Uint32Array | Uint8Array | BigInt64Array;

/** An ONNX graph under construction. */
export class OnnxBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxInitializer>();
  /** Names in use, and what each one names. */
  readonly #names = new Map<string, string>();
  readonly #constants = new Map<string, string>();
  readonly #weights = new Map<Node, string>();
  /** Names of results that are outputs of the graph, by the names that they had before. */
  readonly #outputs = new Map<string, string>();
  readonly #inputs: readonly NamedInput[];
  /** Label of the node being lowered; a prefix of the names of its operators. */
  label = "";

  /** `inputs`: the graph's inputs. */
  constructor(inputs: readonly NamedInput[]) {
    this.#inputs = inputs;
    for (const { name } of inputs) this.reserve(name, "the input");
  }

  /** Adds what the model gets as an input, and returns its name. */
  input(name: string): string {
    const input = this.#inputs.find((other) => other.name === name);
    if (!input) throw new Error("Internal: the model has an input that was not declared");
    return input.dtype === "i64" ? this.add("Cast", [name], { to: dataTypes.i32 }) : name;
  }

  /**
   * Reserves a name.
   * @throws {OnnxError} if it is empty or in use
   */
  reserve(name: string, what: string): void {
    if (name === "") {
      throw new OnnxError(`Cannot export to ONNX: ${what} must have a name: current name is ""`);
    }
    const other = this.#names.get(name);
    if (other !== undefined) {
      throw new OnnxError(
        `Cannot export to ONNX: every value must have a unique name: current name of both ` +
          `${other} and ${what} is "${name}"`,
      );
    }
    this.#names.set(name, what);
  }

  /** Operators added so far. */
  get nodes(): readonly OnnxNode[] {
    return this.#nodes;
  }

  /** Weights and constants added so far. */
  get initializers(): readonly OnnxInitializer[] {
    return [...this.#initializers.values()];
  }

  /** Generates a name that is unused, as is the name of the result derived from it. */
  #unique(base: string): string {
    let name = base;
    const isTaken = () => this.#names.has(name) || this.#names.has(resultOf(name));
    for (let n = 2; isTaken(); n++) name = `${base}_${n}`;
    for (const taken of [name, resultOf(name)]) this.#names.set(taken, `"${base}"`);
    return name;
  }

  /** Adds an operator and returns the name of its result. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.#unique(this.label === "" ? op : `${this.label}/${op}`);
    const output = resultOf(name);
    const entries = Object.entries(attributes).map(([key, value]) => [key, attribute(value)]);
    this.#nodes.push({
      op,
      name,
      inputs,
      outputs: [output],
      attributes: Object.fromEntries(entries),
    });
    return output;
  }

  /**
   * Adds the value of a variable under its own name.
   * @throws {OnnxError} if the name is empty or in use
   */
  addWeight(node: Node, initializer: OnnxInitializer): void {
    const { name } = initializer;
    this.reserve(name, "a weight");
    this.#initializers.set(name, initializer);
    this.#weights.set(node, name);
  }

  /** Returns the name of a variable's value. */
  weight(node: Node): string {
    const name = this.#weights.get(node);
    if (name === undefined) throw new Error("Internal: the value of a variable was not read");
    return name;
  }

  /** Adds a constant, unless an equal one exists, and returns its name. */
  constant(data: Elements, shape: readonly number[], dtype: OnnxDType = dtypeOf(data)): string {
    const bytes = bytesOf(data).slice();
    const key = bytes.length > 256 ? "" : [dtype, ...shape, "", ...bytes].join();
    const known = key === "" ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#makeConstant({ name: this.#unique("constant"), dtype, shape, bytes });
    if (key !== "") this.#constants.set(key, name);
    return name;
  }

  /**
   * Adds a constant and returns its name. Readers take floating-point initializers with axes for
   * weights, so such a constant is made by an operator.
   */
  #makeConstant(tensor: OnnxInitializer): string {
    const { name, dtype, shape } = tensor;
    if (dtype !== "f32" || shape.length === 0) {
      this.#initializers.set(name, tensor);
      return name;
    }
    const attributes = { value: { kind: "tensor", value: tensor } } as const;
    this.#nodes.push({ op: "Constant", name, inputs: [], outputs: [resultOf(name)], attributes });
    return resultOf(name);
  }

  /** Adds a scalar constant. */
  scalar(value: number, dtype: DType): string {
    return this.filled(value, [], dtype);
  }

  /** Adds a constant with all elements equal. */
  filled(value: number, shape: readonly number[], dtype: DType = "f32"): string {
    return this.constant(hostArray({ dtype, shape }).fill(value), shape, dtype);
  }

  /** Adds a vector of integers: i64 [values.length]. */
  ints(values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** Adds a size: i64 [1]. It is computed at run time if it depends on the number of samples. */
  size({ fixed, perSample }: Size): string {
    if (perSample === 0) return this.ints([fixed]);
    const batched = this.#inputs.find((input) => input.batched ?? true);
    if (!batched) throw new Error("Internal: a size depends on the batch, but no input does");
    const samples = this.add("Shape", [batched.name], { start: 0, end: 1 });
    const scaled = perSample === 1 ? samples : this.add("Mul", [samples, this.ints([perSample])]);
    return fixed === 0 ? scaled : this.add("Add", [scaled, this.ints([fixed])]);
  }

  /** Adds a vector of sizes: i64 [sizes.length]. */
  sizes(sizes: readonly Size[]): string {
    if (sizes.every(({ perSample }) => perSample === 0)) {
      return this.ints(sizes.map(({ fixed }) => fixed));
    }
    return this.add("Concat", sizes.map((size) => this.size(size)), { axis: 0 });
  }

  /** Gives a result the reserved name of an output of the graph. */
  nameOutput(value: string, name: string): void {
    const known = this.#outputs.get(value);
    const at = this.#nodes.findIndex(({ outputs }) => outputs[0] === value);
    if (known !== undefined || at < 0) {
      const identity = { op: "Identity", name: this.#unique("Identity"), attributes: {} };
      this.#nodes.push({ ...identity, inputs: [known ?? value], outputs: [name] });
      return;
    }
    this.#outputs.set(value, name);
    const rename = (other: string) => other === value ? name : other;
    this.#nodes.forEach((node, i) => {
      this.#nodes[i] = {
        ...node,
        inputs: node.inputs.map(rename),
        outputs: node.outputs.map(rename),
      };
    });
  }
}

/** Name of the result of an operator. */
function resultOf(operator: string): string {
  return `${operator}:0`;
}

function dtypeOf(data: Elements): OnnxDType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array) return "u32";
  return data instanceof Uint8Array ? "u8" : "i64";
}

function attribute(value: Attributes[string]): OnnxAttribute {
  if (typeof value === "number") return { kind: "int", value };
  if (typeof value === "string") return { kind: "text", value };
  return "float" in value ? { kind: "float", value: value.float } : { kind: "ints", value };
}

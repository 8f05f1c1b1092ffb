/**
 * Builds an ONNX graph: assigns unique names and shares equal constants.
 * @module
 */
import type { DType, Node } from "../../graph/mod.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import { hostArray } from "../../graph/host_array.ts";
import {
  dataTypes,
  type OnnxDType,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxNode,
  type OnnxValue,
} from "../file/model.ts";
import { Names } from "./names.ts";
import { attributeOf, type Attributes, renamed, resultOf } from "./operators.ts";
import type { NamedInput } from "./signature.ts";
import type { Size } from "./traces.ts";

/** Type of a value of a graph in an attribute. */
export type InnerType = Pick<OnnxValue, "dtype" | "shape">;

/** Data of a constant. */
type Elements = Float32Array | Int32Array | Uint32Array | Uint8Array | BigInt64Array;

/** An ONNX graph under construction. */
export class OnnxBuilder {
  readonly #nodes: OnnxNode[] = [];
  /** Where operators are added: the model's graph, or one in an attribute. */
  #scope: OnnxNode[] = this.#nodes;
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #names = new Names();
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
    for (const { name } of inputs) this.#names.reserve(name, "the input");
  }

  /** Adds what the model gets as an input, and returns its name. */
  input(name: string): string {
    const input = this.#inputs.find((other) => other.name === name);
    if (!input) throw new Error("Internal: the model has an input that was not declared");
    return input.dtype === "i64" ? this.add("Cast", [name], { to: dataTypes.i32 }) : name;
  }

  /**
   * Reserves the name of an output.
   * @throws {OnnxError} if it is empty or in use
   */
  reserve(name: string): void {
    this.#names.reserve(name, "the output");
  }

  /** Operators added so far. */
  get nodes(): readonly OnnxNode[] {
    return this.#nodes;
  }

  /** Weights and constants added so far. */
  get initializers(): readonly OnnxInitializer[] {
    return [...this.#initializers.values()];
  }

  /** Adds an operator and returns the name of its result. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return resultOf(this.addOperator(op, inputs, attributes));
  }

  /** Adds an operator with any number of results and returns its own name: see `resultOf`. */
  addOperator(
    op: string,
    inputs: readonly string[],
    attributes: Attributes,
    results = 1,
  ): string {
    const name = this.#names.unique(this.label === "" ? op : `${this.label}/${op}`, results);
    const entries = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)]);
    this.#scope.push({
      op,
      name,
      inputs,
      outputs: Array.from({ length: results }, (_, i) => resultOf(name, i)),
      attributes: Object.fromEntries(entries),
    });
    return name;
  }

  /**
   * Builds a graph for an attribute.
   * @param build adds operators, given the names of the inputs, and returns the names of the outputs
   */
  subgraph(
    { name, inputs, outputs }: {
      readonly name: string;
      readonly inputs: readonly InnerType[];
      readonly outputs: readonly InnerType[];
    },
    build: (inputs: readonly string[]) => readonly string[],
  ): OnnxGraph {
    const [scope, label, own]: [OnnxNode[], string, OnnxNode[]] = [this.#scope, this.label, []];
    this.#scope = own;
    const given = inputs.map((type) => ({ name: this.#names.unique(`${name} input`), ...type }));
    const values = build(given.map((input) => input.name));
    this.label = label;
    // each output must be the result of an operator of this graph, and no other output
    const free = new Set(own.flatMap((node) => node.outputs));
    const results = values.map((value) =>
      free.delete(value) ? value : this.add("Identity", [value])
    );
    this.#scope = scope;
    return {
      name: this.#names.unique(name),
      nodes: own,
      initializers: [],
      inputs: given,
      outputs: outputs.map((type, i) => ({ name: results[i]!, ...type })),
    };
  }

  /** Adds operators to the model's graph, whose values all others can use. */
  #atTop<T>(build: () => T): T {
    const scope = this.#scope;
    this.#scope = this.#nodes;
    const result = build();
    this.#scope = scope;
    return result;
  }

  /**
   * Adds the value of a variable under its own name.
   * @throws {OnnxError} if the name is empty or in use
   */
  addWeight(node: Node, initializer: OnnxInitializer): void {
    const { name } = initializer;
    this.#names.reserve(name, "a weight");
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
    const name = this.#makeConstant({ name: this.#names.unique("constant"), dtype, shape, bytes });
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
  size(size: Size): string {
    return this.#atTop(() => this.#size(size));
  }

  #size({ fixed, perSample }: Size): string {
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
    return this.#atTop(() =>
      this.add("Concat", sizes.map((size) => this.#size(size)), { axis: 0 })
    );
  }

  /** Gives a result the reserved name of an output of the graph. */
  nameOutput(value: string, name: string): void {
    const known = this.#outputs.get(value);
    const isMade = this.#nodes.some(({ outputs }) => outputs.includes(value));
    if (known !== undefined || !isMade) {
      const identity = { op: "Identity", name: this.#names.unique("Identity"), attributes: {} };
      this.#nodes.push({ ...identity, inputs: [known ?? value], outputs: [name] });
      return;
    }
    this.#outputs.set(value, name);
    const rename = (other: string) => other === value ? name : other;
    this.#nodes.forEach((node, i) => this.#nodes[i] = renamed(node, rename));
  }
}

function dtypeOf(data: Elements): OnnxDType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array) return "u32";
  return data instanceof Uint8Array ? "u8" : "i64";
}

import { quoteName } from "../../checkpoint/errors.ts";
import { escapeName } from "../../checkpoint/escape.ts";
import { OnnxError } from "../errors.ts";
import type { OnnxAttribute, OnnxGraph, OnnxInitializer, OnnxNode } from "../file/model.ts";

/** The kinds of attributes, and the types of their values. */
type Kinds = { readonly [A in OnnxAttribute as A["kind"]]: A["value"] };

/** An operator of a file, with typed access to its attributes. */
export class Operator {
  /** The operator as plain data. */
  readonly node: OnnxNode;
  /** Version of the operator set. */
  readonly opset: number;
  readonly #read = new Set<string>();

  /** `opset`: version of the operator set of its file. */
  constructor(node: OnnxNode, opset: number) {
    this.node = node;
    this.opset = opset;
  }

  /** Name and type, for messages and labels. */
  get label(): string {
    return labelOf(this.node);
  }

  /** Number of results that are used. */
  get results(): number {
    return this.node.outputs.findLastIndex((name) => name !== "") + 1;
  }

  /** An integer. */
  int(name: string, otherwise?: number): number {
    return this.#value("int", name) ?? this.#required(name, otherwise);
  }
  /** An integer; `undefined` if it is missing. */
  maybeInt(name: string): number | undefined {
    return this.#value("int", name);
  }
  /** 0 or 1 as a boolean. */
  flag(name: string, otherwise = false): boolean {
    return this.int(name, otherwise ? 1 : 0) !== 0;
  }
  /** A number. */
  float(name: string, otherwise?: number): number {
    return this.#value("float", name) ?? this.#required(name, otherwise);
  }
  /** A number; `undefined` if it is missing. */
  maybeFloat(name: string): number | undefined {
    return this.#value("float", name);
  }
  /** A list of texts; `undefined` if it is missing. */
  texts(name: string): readonly string[] | undefined {
    return this.#value("texts", name);
  }
  /** A list of integers; `undefined` if it is missing. */
  ints(name: string): readonly number[] | undefined {
    return this.#value("ints", name);
  }
  /** A list of numbers; `undefined` if it is missing. */
  floats(name: string): readonly number[] | undefined {
    return this.#value("floats", name);
  }
  /** A tensor; `undefined` if it is missing. */
  tensor(name: string): OnnxInitializer | undefined {
    return this.#value("tensor", name);
  }
  /** A text. */
  text(name: string, otherwise?: string): string {
    return this.#value("text", name) ?? this.#required(name, otherwise);
  }
  /** A graph. */
  graph(name: string): OnnxGraph {
    return this.#value("graph", name) ?? this.#required<OnnxGraph>(name, undefined);
  }
  /** A text out of a list. */
  choice<T extends string>(name: string, choices: readonly T[], otherwise?: T): T {
    const value = this.text(name, otherwise);
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw this.refuse(`${name} must be ${choices.join(" or ")}: current is ${value}`);
  }

  /** Throws unless the operator has only one result. */
  mustHaveOneResult(): void {
    if (this.results > 1) throw this.refuse("only its first result is supported");
  }

  /** Throws if the operator has an attribute that its row did not read. */
  mustBeRead(): void {
    const other = Object.keys(this.node.attributes).find((name) => !this.#read.has(name));
    if (other !== undefined) throw this.refuse(`the attribute ${other} is not supported`);
  }

  /** Returns the error for an operator that is not supported. */
  refuse(rule: string, options?: ErrorOptions): OnnxError {
    return new OnnxError(`Cannot import ${this.label}: ${rule}`, this.node.name, options);
  }

  #value<K extends keyof Kinds>(kind: K, name: string): Kinds[K] | undefined {
    this.#read.add(name);
    const { attributes } = this.node;
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (attribute === undefined) return undefined;
    if (attribute.kind === kind) return attribute.value as Kinds[K];
    throw this.refuse(
      `the attribute ${name} must be of kind ${kind}: current is ${
        attribute.kind === "other" ? attribute.value : attribute.kind
      }`,
    );
  }

  #required<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw this.refuse(`the attribute ${name} is required`);
    return value;
  }
}

/** Name and type of an operator: `"/layer1/Conv" (Conv)`. */
export function labelOf({ name, op, domain = "" }: OnnxNode): string {
  const type = domain === "" ? op : `${domain}.${op}`;
  return name === "" || name === op ? quoteName(type) : `${quoteName(name)} (${escapeName(type)})`;
}

/**
 * What rows of the operator table read and return. A row is called twice: with the operator when a
 * file is imported, where it checks all attributes, and then with the operands for each graph that
 * is built.
 * @module
 */
import type { Tensor } from "../../autograd/mod.ts";
import { formatType } from "../../graph/mod.ts";
import type { ForwardContext } from "../../layers/mod.ts";
import { OnnxError } from "../errors.ts";
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from "../file/model.ts";
import { knownElements } from "./values.ts";

/** Computes the results of an operator: one, or a list. */
export type Apply = (operands: Operands) => Tensor | readonly Tensor[];

/** How an operator is imported. */
export interface Row {
  /**
   * Reads the attributes.
   * @throws {OnnxError} if the operator is outside what is supported
   */
  read(operator: Operator): Apply;
  /** Positions of inputs whose values must be known before the model runs, such as a shape. */
  readonly known?: readonly number[];
  /** Positions of running statistics, which are kept but not trained. */
  readonly statistics?: readonly number[];
}

/** Row of an operator without attributes. */
export function plain(apply: Apply, options: Pick<Row, "known"> = {}): Row {
  return { read: () => apply, ...options };
}

/** Row of an operator with attributes. */
export function row(read: Row["read"], options: Omit<Row, "read"> = {}): Row {
  return { read, ...options };
}

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
      `the attribute ${name} must be of kind ${kind}: current is ${attribute.kind}`,
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
  return name === "" || name === op ? `"${type}"` : `"${name}" (${type})`;
}

const MOST_POSITIONS = 2 ** 20;

/** The inputs of an operator while a graph is built. */
export class Operands {
  readonly #operator: Operator;
  readonly #values: readonly (Tensor | undefined)[];
  /** How the model is run. */
  readonly context: ForwardContext;
  /** Path of the operator in its model: the name of its random numbers. */
  readonly path: string;

  /** `values`: the inputs; `undefined` for omitted ones. */
  constructor(
    operator: Operator,
    values: readonly (Tensor | undefined)[],
    { context, path }: { readonly context: ForwardContext; readonly path: string },
  ) {
    this.#operator = operator;
    this.#values = values;
    this.context = context;
    this.path = path;
  }

  /** Number of inputs. */
  get count(): number {
    return this.#values.length;
  }
  /** All inputs. */
  all(): Tensor[] {
    return this.#values.map((_, i) => this.at(i));
  }
  /** An input. */
  at(position: number): Tensor {
    const value = this.#values[position];
    if (value) return value;
    throw this.refuse(`input ${position} is required`);
  }
  /** An optional input. */
  maybe(position: number): Tensor | undefined {
    return this.#values[position];
  }
  /** The elements of an input, if they are known before the model runs. */
  ifKnown(position: number): readonly number[] | undefined {
    return knownElements(this.at(position));
  }
  /** The elements of an input that must be known before the model runs. */
  known(position: number): readonly number[] {
    const elements = this.ifKnown(position);
    if (elements) return elements;
    const value = this.at(position);
    throw this.refuse(
      `input ${position} must be known before the model runs: current input is computed from ` +
        `weights or inputs: ${formatType(value.node.type)}`,
    );
  }
  /** The elements of an optional input that must be known. */
  maybeKnown(position: number): readonly number[] | undefined {
    return this.maybe(position) && this.known(position);
  }
  /** The only element of an input that must be known. */
  number(position: number): number {
    const [value, ...others] = this.known(position);
    if (value !== undefined && others.length === 0) return value;
    throw this.refuse(`input ${position} must have one element: current has ${others.length + 1}`);
  }
  /** The only element of an optional input that must be known. */
  maybeNumber(position: number): number | undefined {
    return this.maybe(position) && this.number(position);
  }
  /** An axis of `x`, counted from its start. */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) {
      return axis < 0 ? axis + rank : axis;
    }
    throw this.refuse(`an axis must be in [${-rank}, ${rank}): current axis is ${axis}`);
  }
  /** Axes, counted from the start. */
  axes(axes: readonly number[], rank: number): number[] {
    return axes.map((axis) => this.axis(axis, rank));
  }

  /** Checks a number of positions that are listed on the host: a small file must not ask for much. */
  mustBeFew(count: number): void {
    if (count <= MOST_POSITIONS) return;
    throw this.refuse(`an axis must have at most ${MOST_POSITIONS} positions: current is ${count}`);
  }

  /** Returns the error for operands that are not supported. */
  refuse(rule: string, options?: ErrorOptions): OnnxError {
    return this.#operator.refuse(rule, options);
  }
}

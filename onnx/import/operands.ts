import type { Tensor } from "../../autograd/mod.ts";
import { formatType } from "../../graph/mod.ts";
import type { ForwardContext } from "../../layers/mod.ts";
import type { OnnxError } from "../errors.ts";
import type { Operator } from "./operator.ts";
import { knownElements } from "./values.ts";

/** Most positions that are listed on the host, and most iterations of a loop. */
export const MOST_POSITIONS = 2 ** 20;

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
    const { 0: value, length } = this.known(position);
    if (value !== undefined && length === 1) return value;
    throw this.refuse(`input ${position} must have one element: current has ${length}`);
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

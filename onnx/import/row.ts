/**
 * What rows of the operator table read and return. A row is called twice: with the operator when a
 * file is imported, where it checks all attributes, and then with the operands for each graph that
 * is built.
 * @module
 */
import type { Tensor } from "../../autograd/mod.ts";
import type { OnnxGraph } from "../file/model.ts";
import type { Operands } from "./operands.ts";
import type { Operator } from "./operator.ts";

/** Computes the results of an operator: one, or a list. */
export type Apply = (operands: Operands, run: RunBody) => Tensor | readonly Tensor[];

/** Computes the outputs of a graph for its inputs and the values that it captures, in order. */
export type RunBody = (
  body: Body,
  inputs: readonly Tensor[],
  captured: readonly Tensor[],
) => Tensor[];

/** An operator and how its results are computed. */
export interface Step {
  readonly operator: Operator;
  readonly apply: Apply;
}

/** The graph of an attribute, checked. */
export interface Body {
  /** Names of its inputs. */
  readonly inputs: readonly string[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
  /** Names of values outside of it that it uses. */
  readonly captures: readonly string[];
  readonly steps: readonly Step[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** How an operator is imported. */
export interface Row {
  /**
   * Reads the attributes. `bodyOf` checks a graph, of which the values that it captures are further
   * inputs of the operator.
   * @throws {OnnxError} if the operator is outside what is supported
   */
  read(operator: Operator, bodyOf: (graph: OnnxGraph) => Body): Apply;
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

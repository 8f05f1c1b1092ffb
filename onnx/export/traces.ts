/**
 * Finds which sizes of a graph depend on the batch size, by tracing the model with several batch
 * sizes and comparing the traces.
 * @module
 */
import { type Node, ScanBody, topological } from "../../graph/mod.ts";
import { cannotExport, OnnxError } from "../errors.ts";
import type { OnnxValue } from "../file/model.ts";

/** A size: `fixed + perSample · n` for batch size n. */
export interface Size {
  /** The constant part. */
  readonly fixed: number;
  /** Increase per sample. */
  readonly perSample: number;
}

/** Returns whether two sizes are equal for all batch sizes. */
export function sameSize(a: Size, b: Size): boolean {
  return a.fixed === b.fixed && a.perSample === b.perSample;
}

/** Returns whether a size is `value` for all batch sizes. */
export function isFixed({ fixed, perSample }: Size, value: number): boolean {
  return perSample === 0 && fixed === value;
}

/** Name of the batch axis in files. */
export const BATCH_AXIS = "batch";

/** A size as files state it. */
export function sizeInFile({ fixed, perSample }: Size): OnnxValue["shape"][number] {
  if (perSample === 0) return fixed;
  const samples = perSample === 1 ? BATCH_AXIS : `${perSample}*${BATCH_AXIS}`;
  return fixed === 0 ? samples : `${samples}+${fixed}`;
}

/** Traces of one model with different batch sizes: graphs of the same structure. */
export class Traces {
  /** The nodes of the first trace, in topological order. */
  readonly order: readonly Node[];
  readonly #counts: readonly number[];
  readonly #twins = new Map<Node, readonly Node[]>();

  /** The model's outputs in the first trace. */
  readonly outputs: readonly Node[];

  /**
   * `outputs[i]`: the model's outputs for batch size `counts[i]`.
   * @throws {OnnxError} if the structure of the graph depends on the batch size
   */
  constructor(outputs: readonly (readonly Node[])[], counts: readonly number[]) {
    const orders = outputs.map((list) => topological(list));
    this.outputs = outputs[0]!;
    this.order = orders[0]!;
    this.#counts = counts;
    const places = orders.map((order) => new Map(order.map((node, i) => [node, i])));
    this.order.forEach((node, i) => {
      const twins = orders.map((order) => order[i]);
      const inputsOf = (twin: Node | undefined, trace: number) =>
        twin?.inputs.map((input) => places[trace]!.get(input)).join();
      const same = twins.every((twin, trace) =>
        twin?.op === node.op && inputsOf(twin, trace) === inputsOf(node, 0)
      );
      if (!same || orders.some(({ length }) => length !== this.order.length)) {
        throw new OnnxError(
          "Cannot export the model to ONNX: the structure of its graph must not depend on the " +
            "batch size: export with a fixed batch size",
        );
      }
      this.#twins.set(node, twins.flatMap((twin) => twin ?? []));
    });
  }

  /**
   * The traces of a graph in an attribute of a node, such as the body of a loop.
   * @param outputsOf the outputs of that graph in one trace
   */
  within(node: Node, outputsOf: (twin: Node) => readonly Node[]): Traces {
    return new Traces(this.twins(node).map(outputsOf), this.#counts);
  }

  /** The node's counterparts in all traces, in order. The first is the node itself. */
  twins(node: Node): readonly Node[] {
    const twins = this.#twins.get(node);
    if (!twins) throw new Error(`Internal: the node was not traced: ${node.op.name}`);
    return twins;
  }

  /**
   * Returns the sizes of a node.
   * @throws {OnnxError} if a size is not a linear function of the batch size
   */
  sizes(node: Node): readonly Size[] {
    const shapes = this.twins(node).map(({ type }) => type.shape);
    return shapes[0]!.map((_, axis) => {
      const along = shapes.map((shape) => shape[axis]!);
      const size = this.#linear(along);
      if (size) return size;
      throw cannotExport(
        node,
        `sizes must be linear in the batch size: current sizes of axis ${axis} are ${
          along.join(", ")
        } for batch sizes ${this.#counts.join(", ")}`,
      );
    });
  }

  /** The number that each trace has in a node's place, if it is a linear function of the batch size. */
  number(node: Node, numberOf: (twin: Node) => number): Size | undefined {
    return this.#linear(this.twins(node).map(numberOf));
  }

  #linear(numbers: readonly number[]): Size | undefined {
    const [first, second] = numbers as [number, number];
    if (numbers.every((other) => Object.is(other, first))) return { fixed: first, perSample: 0 };
    const perSample = (second - first) / (this.#counts[1]! - this.#counts[0]!);
    const fixed = first - perSample * this.#counts[0]!;
    const isLinear = Number.isInteger(perSample) && Number.isInteger(fixed) &&
      numbers.every((other, i) => other === fixed + perSample * this.#counts[i]!);
    return isLinear ? { fixed, perSample } : undefined;
  }

  /** Names of the attributes of a node that differ between the traces. */
  varying(node: Node): readonly string[] {
    const [first, ...others] = this.twins(node).map(({ attrs }) => Object.entries(attrs));
    return first!.flatMap(([name, value], i) =>
      others.every((entries) => sameValue(entries[i]?.[1], value)) ? [] : [name]
    );
  }
}

/** Deep equality of attributes: numbers, strings, lists, and objects of these. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof ScanBody || b instanceof ScanBody) return false;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length &&
    left.every(([key, value], i) => key === right[i]![0] && sameValue(value, right[i]![1]));
}

/**
 * Returns whether `node` is computed from the leaves by the same ops as `built`. The leaves must be
 * identical nodes.
 */
export function sameGraph(built: Node, node: Node, leaves: ReadonlySet<Node>): boolean {
  if (built === node) return true;
  return !leaves.has(built) && built.op === node.op && built.op.lowering.kind !== "source" &&
    built.inputs.length === node.inputs.length && sameValue(built.attrs, node.attrs) &&
    built.inputs.every((input, i) => sameGraph(input, node.inputs[i]!, leaves));
}

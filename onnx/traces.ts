/**
 * Which sizes of a graph depend on the number of samples: the model is traced with several
 * numbers, and what differs is told apart from what stays.
 * @module
 */
import { type Node, topological } from "../graph/mod.ts";
import { cannotExport, OnnxError } from "./errors.ts";

/** A size: `fixed + perSample · n` for n samples. */
export interface Size {
  /** What does not depend on the number of samples. */
  readonly fixed: number;
  /** How much each sample adds. */
  readonly perSample: number;
}

/** Are both the same, whatever the number of samples? */
export function sameSize(a: Size, b: Size): boolean {
  return a.fixed === b.fixed && a.perSample === b.perSample;
}

/** Is it this number, whatever the number of samples? */
export function isFixed({ fixed, perSample }: Size, value: number): boolean {
  return perSample === 0 && fixed === value;
}

/** One model traced with different numbers of samples: graphs of the same structure. */
export class Traces {
  /** The nodes of the first trace, each after its inputs. */
  readonly order: readonly Node[];
  readonly #counts: readonly number[];
  readonly #twins = new Map<Node, readonly Node[]>();

  /**
   * `outputs[i]` is the model's output for `counts[i]` samples.
   * @throws {OnnxError} if the structure depends on the number
   */
  constructor(outputs: readonly Node[], counts: readonly number[]) {
    const orders = outputs.map((output) => topological([output]));
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
          "Cannot export the model to ONNX: what it computes must not depend on the number of " +
            "samples: export it with a fixed one",
        );
      }
      this.#twins.set(node, twins.flatMap((twin) => twin ?? []));
    });
  }

  /** The same node in all traces, the first one's first. */
  twins(node: Node): readonly Node[] {
    const twins = this.#twins.get(node);
    if (!twins) throw new Error(`Internal: a node that was not traced: ${node.op.name}`);
    return twins;
  }

  /**
   * The sizes of a node along its axes.
   * @throws {OnnxError} if one grows in another way than evenly with the number of samples
   */
  sizes(node: Node): readonly Size[] {
    const shapes = this.twins(node).map(({ type }) => type.shape);
    return shapes[0]!.map((size, axis) => {
      const along = shapes.map((shape) => shape[axis]!);
      if (along.every((other) => other === size)) return { fixed: size, perSample: 0 };
      const [first, second] = [this.#counts[0]!, this.#counts[1]!];
      const perSample = (along[1]! - size) / (second - first);
      const fixed = size - perSample * first;
      if (along.every((other, i) => other === fixed + perSample * this.#counts[i]!)) {
        return { fixed, perSample };
      }
      throw cannotExport(
        node,
        `sizes must grow evenly with the number of samples: current sizes along axis ${axis} are ${
          along.join(", ")
        } for ${this.#counts.join(", ")} samples`,
      );
    });
  }

  /** Names of the attributes of a node that differ between the traces. */
  varying(node: Node): readonly string[] {
    const [first, ...others] = this.twins(node).map(({ attrs }) => Object.entries(attrs));
    return first!.flatMap(([name, value], i) =>
      others.every((entries) => sameValue(entries[i]?.[1], value)) ? [] : [name]
    );
  }
}

/** Deep equality of attributes: numbers, texts, lists, and objects of them. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length &&
    left.every(([key, value], i) => key === right[i]![0] && sameValue(value, right[i]![1]));
}

/**
 * Is `node` computed from the leaves in the way that `built` is? Looks no further than the
 * leaves, which must be the very same nodes.
 */
export function sameGraph(built: Node, node: Node, leaves: ReadonlySet<Node>): boolean {
  if (built === node) return true;
  return !leaves.has(built) && built.op === node.op && built.op.lowering.kind !== "source" &&
    built.inputs.length === node.inputs.length && sameValue(built.attrs, node.attrs) &&
    built.inputs.every((input, i) => sameGraph(input, node.inputs[i]!, leaves));
}

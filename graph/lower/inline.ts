import type { Node } from "../node.ts";
import { linearIndex } from "../ops/broadcast.ts";
import { s, type Scalar, ScalarTable, scalarTypeOf } from "../scalar/mod.ts";

/**
 * Writes elements of nodes as scalar expressions over loads of stored nodes: fusion is
 * the substitution of `element` rules in one another.
 */
export class Inliner {
  readonly #stored: ReadonlySet<Node>;
  readonly #table = new ScalarTable();
  readonly #memo = new Map<Node, Map<string, Scalar>>();

  /** Loads stop at `stored` nodes. */
  constructor(stored: ReadonlySet<Node>) {
    this.#stored = stored;
  }

  /** The element of `node` at `coords`. */
  element(node: Node, coords: readonly Scalar[]): Scalar {
    if (this.#stored.has(node)) return this.load(node, coords);
    return this.compute(node, coords);
  }

  /** The element at `coords` of a value in memory. */
  load(node: Node, coords: readonly Scalar[]): Scalar {
    const { dtype, shape } = node.type;
    return s.load(node, scalarTypeOf(dtype), linearIndex(coords, shape));
  }

  /** The element of an element node at `coords`, also if the node is stored. */
  compute(node: Node, coords: readonly Scalar[]): Scalar {
    const { lowering } = node.op;
    if (lowering.kind !== "element") {
      throw new Error(`Internal: "${node.op.name}" is computed but not stored`);
    }
    const memo = this.#memo.get(node) ?? new Map<string, Scalar>();
    this.#memo.set(node, memo);
    const key = coords.map((coord) => this.#table.id(coord)).join();
    const known = memo.get(key);
    if (known) return known;
    const value = lowering.element({
      attrs: node.attrs,
      type: node.type,
      inputs: node.inputs.map(({ type }) => type),
      coords,
      read: (input, at) => this.element(node.inputs[input]!, at),
    });
    memo.set(key, value);
    return value;
  }
}

import { elementAt } from "../element.ts";
import type { Node } from "../node.ts";
import { linearIndex, s, type Scalar, ScalarTable, scalarTypeOf } from "../scalar/mod.ts";

/**
 * Writes elements of nodes as scalar expressions over loads of materialized nodes. Substituting
 * `element` rules into one another is what fuses ops.
 */
export class Inliner {
  readonly #materialized: ReadonlySet<Node>;
  readonly #table = new ScalarTable();
  readonly #memo = new Map<Node, Map<string, Scalar>>();

  /** Loads stop at `materialized` nodes. */
  constructor(materialized: ReadonlySet<Node>) {
    this.#materialized = materialized;
  }

  /** The element of `node` at `coords`. */
  element(node: Node, coords: readonly Scalar[]): Scalar {
    if (this.#materialized.has(node)) return this.load(node, coords);
    return this.compute(node, coords);
  }

  /** The element at `coords` of a value in memory. */
  load(node: Node, coords: readonly Scalar[]): Scalar {
    const { dtype, shape } = node.type;
    return s.load(node, scalarTypeOf(dtype), linearIndex(coords, shape));
  }

  /** The element of an element node at `coords`, even if the node is materialized. */
  compute(node: Node, coords: readonly Scalar[]): Scalar {
    const { lowering } = node.op;
    if (lowering.kind !== "element") {
      throw new Error(`Internal: "${node.op.name}" is computed but not materialized`);
    }
    const memo = this.#memo.get(node) ?? new Map<string, Scalar>();
    this.#memo.set(node, memo);
    const key = coords.map((coord) => this.#table.id(coord)).join();
    const known = memo.get(key);
    if (known) return known;
    const read = (input: number, at: readonly Scalar[]) => this.element(node.inputs[input]!, at);
    const value = elementAt(node, lowering, read, coords);
    memo.set(key, value);
    return value;
  }
}

import type { Node } from "../node.ts";
import { type Apply, s, type Scalar, scalarTypeOf, visitScalars } from "../scalar/mod.ts";
import { elementCount } from "../types.ts";

/** Rough cost of scalar functions, in simple operations; 1 where none is given. */
const weights: Partial<Record<Apply["op"], number>> = {
  div: 2,
  rem: 2,
  sqrt: 2,
  exp: 8,
  log: 8,
  sin: 8,
  cos: 8,
  tanh: 10,
  erf: 12,
  pow: 16,
};

/** Simple operations that take as long as loading one element of a large tensor. */
const OPERATIONS_PER_LOAD = 4;

/** The arithmetic of one element of an element node, its inputs aside, in loads. */
function arithmeticOf(node: Node): number {
  const { lowering } = node.op;
  if (lowering.kind !== "element" || lowering.view) return 0;
  let reads = 0;
  const value = lowering.element({
    attrs: node.attrs,
    type: node.type,
    inputs: node.inputs.map(({ type }) => type),
    coords: node.type.shape.map((size, axis) => s.axis(axis, size)),
    read: (input) => s.result(reads++, scalarTypeOf(node.inputs[input]!.type.dtype)),
  });
  let operations = 0;
  visitScalars([value], (scalar: Scalar) => {
    if ("args" in scalar) operations += weights[scalar.op] ?? 1;
  });
  return operations / OPERATIONS_PER_LOAD;
}

/** What computing one element of a node anew costs, in loads of one element. */
export interface Cost {
  readonly arithmetic: number;
  /** Stored values that are read. */
  readonly loads: ReadonlySet<Node>;
}

/** Knows what computing nodes in place costs, given which values are stored. */
export class CostModel {
  readonly #costs = new Map<Node, Cost>();
  readonly #stored: ReadonlySet<Node>;

  /** `stored` may grow while nodes are asked for in topological order. */
  constructor(stored: ReadonlySet<Node>) {
    this.#stored = stored;
  }

  /** The cost of a node itself; that of its inputs must have been asked for before. */
  of(node: Node): Cost {
    const known = this.#costs.get(node);
    if (known) return known;
    const parts = node.inputs.map((input) =>
      this.#stored.has(input) ? { arithmetic: 0, loads: new Set([input]) } : this.of(input)
    );
    const cost: Cost = {
      arithmetic: parts.reduce((sum, part) => sum + part.arithmetic, arithmeticOf(node)),
      loads: new Set(parts.flatMap(({ loads }) => [...loads])),
    };
    this.#costs.set(node, cost);
    return cost;
  }

  /** The same as one number; a load of a smaller value costs less, as it stays in a cache. */
  weightOf(node: Node): number {
    const { arithmetic, loads } = this.of(node);
    const size = Math.max(1, elementCount(node.type.shape));
    return [...loads].reduce(
      (sum, load) => sum + Math.min(1, elementCount(load.type.shape) / size),
      arithmetic,
    );
  }
}

import { elementAt } from "../element.ts";
import type { Node } from "../node.ts";
import { type Apply, s, type Scalar, scalarTypeOf, visitScalars } from "../scalar/mod.ts";
import { elementCount } from "../types.ts";

/** Approximate cost of scalar functions, in simple operations. Default: 1. */
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
  log1p: 10,
  expm1: 10,
  atan2: 16,
};

/** Number of simple operations that take as long as loading one element of a large tensor. */
const OPERATIONS_PER_LOAD = 4;

/** The cost of the arithmetic of one element, in loads, without the cost of the inputs. */
function arithmeticOf(node: Node): number {
  const { lowering } = node.op;
  if (lowering.kind !== "element" || lowering.view) return 0;
  let reads = 0;
  const value = elementAt(
    node,
    lowering,
    (input) => s.result(reads++, scalarTypeOf(node.inputs[input]!.type.dtype)),
  );
  let operations = 0;
  visitScalars([value], (scalar: Scalar) => {
    if ("args" in scalar) operations += weights[scalar.op] ?? 1;
  });
  return operations / OPERATIONS_PER_LOAD;
}

/** The cost of computing one element of a node again. */
export interface Cost {
  /** Arithmetic, in loads of one element. */
  readonly arithmetic: number;
  /** The materialized values that are read. */
  readonly loads: ReadonlySet<Node>;
}

/** Estimates the cost of computing nodes where they are used, given what is materialized. */
export class CostModel {
  readonly #costs = new Map<Node, Cost>();
  readonly #materialized: ReadonlySet<Node>;

  /** `materialized` may grow while costs are requested in topological order. */
  constructor(materialized: ReadonlySet<Node>) {
    this.#materialized = materialized;
  }

  /** The cost of a node. The costs of its inputs must have been requested before. */
  of(node: Node): Cost {
    const known = this.#costs.get(node);
    if (known) return known;
    const parts = node.inputs.map((input) =>
      this.#materialized.has(input) ? { arithmetic: 0, loads: new Set([input]) } : this.of(input)
    );
    const cost: Cost = {
      arithmetic: parts.reduce((sum, part) => sum + part.arithmetic, arithmeticOf(node)),
      loads: new Set(parts.flatMap(({ loads }) => [...loads])),
    };
    this.#costs.set(node, cost);
    return cost;
  }

  /** The cost as one number. Loading a smaller value costs less, because it stays in a cache. */
  weightOf(node: Node): number {
    const { arithmetic, loads } = this.of(node);
    const size = Math.max(1, elementCount(node.type.shape));
    return [...loads].reduce(
      (sum, load) => sum + Math.min(1, elementCount(load.type.shape) / size),
      arithmetic,
    );
  }
}

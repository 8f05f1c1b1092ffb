import {
  add,
  constant,
  conv2d,
  equal,
  full,
  fullLike,
  is,
  matmul,
  mul,
  type Node,
  type Op,
  reduceSum,
  select,
  square,
  sub,
  topological,
} from "../../graph/mod.ts";
import { firstRuns } from "./first_runs.ts";
import { ForwardTrace, type ScaleTrace } from "../gsgd/scales/forward_trace.ts";
import { knownNumber } from "../gsgd/scales/homogeneity.ts";
import { indexVector, spread } from "../gsgd/skeleton/index_vector.ts";
import { weightAmong } from "../gsgd/scales/linear_rules.ts";
import type { Reason } from "../gsgd/scales/reason.ts";
import { variesAlong } from "../gsgd/scales/scale_map.ts";
import { scaleRule } from "../gsgd/scales/scale_rules.ts";
import { type Folded, unfold, unfolded, uniform } from "./folded.ts";
import { elementwiseRule, squaredRules } from "./squared_rules.ts";

/** A network with squared weights, and 1 in place of all data. */
interface SquaredNetwork {
  /** f32[]: Σ over all paths of the product of the squares of their weights. */
  readonly total: Node;
  /** w² of each weight that paths lead through. */
  readonly squares: ReadonlyMap<Node, Node>;
  /** Why no path leads through a weight. */
  readonly excluded: ReadonlyMap<Node, Reason>;
}

/**
 * Builds the squared network of losses from their forward graph [gsgd.md §13]. Paths begin at data
 * and biases and end where scales end [gsgd.md §10.1]: at the outputs of the network, and in
 * between wherever an op is not positively homogeneous, behind which new ones begin.
 */
export function squareNetwork(
  losses: readonly Node[],
  trained: ReadonlySet<Node>,
): SquaredNetwork | undefined {
  const forward = new ForwardTrace(trained, { residual: "tied", bn: "affine" });
  const trace = forward.follow(firstRuns(losses, trained), scaleRule);
  const walk = new SquaredWalk(trace, trained);
  for (const node of trace.order) walk.visit(node);
  return walk.finish();
}

/** Ops that apply a weight. */
const edgeOps: ReadonlySet<Op> = new Set([matmul.op, conv2d.op, add.op, sub.op, mul.op]);

/** Data become 1, except for constants of the graph, which are squared. */
function datum(node: Node): Folded {
  const { dtype, shape } = node.type;
  const number = knownNumber(node);
  if (number !== undefined) return uniform(number ** 2, shape);
  const isConstant = dtype === "f32" &&
    topological([node]).every((part) => part.op.lowering.kind !== "source" || is(part, constant));
  return isConstant ? unfolded(square(node)) : uniform(1, shape);
}

class SquaredWalk {
  readonly #trace: ScaleTrace;
  readonly #trained: ReadonlySet<Node>;
  readonly #values = new Map<Node, Folded>();
  readonly #squares = new Map<Node, Node>();
  readonly #ends: Node[] = [];

  constructor(trace: ScaleTrace, trained: ReadonlySet<Node>) {
    this.#trace = trace;
    this.#trained = trained;
  }

  /** Squares a node whose inputs have been visited. */
  visit(node: Node): void {
    const { forward } = this.#trace;
    if (this.#trained.has(node)) this.#values.set(node, unfolded(square(node)));
    else if (forward.weightView(node)) this.#values.set(node, this.#apply(node));
    else if (forward.isActivation(node)) this.#values.set(node, this.#activation(node));
  }

  #activation(node: Node): Folded {
    const { forward, scales } = this.#trace;
    const weight = this.#edgeWeight(node);
    if (weight) this.#squares.set(weight, this.#values.get(weight)!.stored);
    if (!weight && scales.isGround(forward.mapOf(node))) return uniform(1, node.type.shape);
    return this.#endPaths(node, this.#apply(node));
  }

  /** The weight that a node applies to data or activations, if it does. */
  #edgeWeight(node: Node): Node | undefined {
    const found = edgeOps.has(node.op) ? weightAmong(node, this.#trace.forward) : undefined;
    const isFilter = node.op !== conv2d.op || found?.other === node.inputs[0];
    return isFilter ? found?.view.weight : undefined;
  }

  #apply(node: Node): Folded {
    const rule = squaredRules.get(node.op) ?? elementwiseRule;
    return rule(node, node.inputs.map((input) => this.#values.get(input) ?? datum(input)));
  }

  /** Where scales are fixed, paths end and new ones begin. */
  #endPaths(node: Node, value: Folded): Folded {
    const { forward, scales } = this.#trace;
    const map = forward.mapOf(node);
    const fixed = map.ids.map((id) => Number(scales.isPinned(id)));
    if (fixed.every((flag) => flag === 0)) return value;
    const written = unfold(value, [...map.shape.keys()].filter((axis) => variesAlong(map, axis)));
    const { stored, stored: { type: { shape } } } = written;
    const isFixed = equal(spread(indexVector(fixed), map.shape, shape), full(1, shape, "i32"));
    const ending = fixed.includes(0) ? select(isFixed, stored, fullLike(stored, 0)) : stored;
    this.#ends.push(reduceSum(ending, [...shape.keys()]));
    if (!fixed.includes(0)) return uniform(1, node.type.shape);
    return { ...written, stored: select(isFixed, fullLike(stored, 1), stored) };
  }

  finish(): SquaredNetwork | undefined {
    const [first, ...others] = this.#ends;
    if (!first || this.#squares.size === 0) return undefined;
    return {
      total: others.reduce(add, first),
      squares: this.#squares,
      excluded: this.#trace.excluded,
    };
  }
}

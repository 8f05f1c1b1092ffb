import {
  add,
  formatType,
  full,
  GraphError,
  input,
  labelOf,
  type Node,
  sameType,
  scan,
  ShapeError,
  topological,
} from "../graph/mod.ts";
import { pushScan, type TangentLoop } from "./push_scan.ts";
import { mustBeFunction } from "./_arguments.ts";
import { asArgument } from "./as_argument.ts";
import { type Structure, tensorsIn, withTensors } from "./structure.ts";
import { nodesOf, Tensor } from "./tensor.ts";

/** A value and its derivative along a direction. */
export interface Jvp<R> {
  /** The result of the function. */
  readonly value: R;
  /** The directional derivative of the result, in the same structure. */
  readonly tangent: R;
}

/**
 * The derivative of a function along a direction, as `jax.jvp` and `torch.func.jvp`: forward-mode
 * differentiation. The function returns a tensor, or arrays or objects of tensors.
 *
 * It needs no rules of its own: the forward derivative of an op is the transpose of its reverse
 * derivative, which is linear in the cotangent. So ops of your own have it as well.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { jvp, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const { tangent } = jvp((x) => x.square(), [tensor([1, 2])], [tensor([10, 1])]);
 * assertEquals([...await tangent.data({ backend })], [20, 4]);
 * ```
 *
 * @throws {ShapeError} if there is not one tangent of the type of each argument
 * @throws {GraphError} if an argument is not f32, or an op's derivative is not linear
 */
export function jvp<A extends readonly Tensor[], R extends Structure>(
  fn: (...args: A) => R,
  primals: A,
  tangents: readonly Tensor[],
): Jvp<R> {
  const action = "compute a forward derivative";
  mustBeFunction(action, fn);
  for (const list of [primals, tangents]) nodesOf(list, action, "jvp(fn, [x], [direction])");
  const fits = primals.length === tangents.length &&
    primals.every(({ node }, i) => sameType(node.type, tangents[i]!.node.type));
  if (!fits) {
    const [a, b] = [primals, tangents].map((list) =>
      list.map(({ node }) => formatType(node.type)).join(", ")
    );
    throw new ShapeError(
      `Cannot ${action}: each argument needs a tangent of its type: current are ${a} and ${b}`,
    );
  }
  checkFloats(primals);
  const args = primals.map(asArgument);
  const value = fn(...args as unknown as A);
  const directions = new Map(args.map(({ node }, i) => [node, tangents[i]!.node] as const));
  const roots = tensorsIn(value, action).map(({ node }) => node);
  const moved = pushForward(roots, directions);
  const results = roots.map((node) => new Tensor(moved.get(node)!));
  return { value, tangent: withTensors(value, results) as R };
}

/** @throws {GraphError} if an argument is not f32 */
export function checkFloats(args: readonly Tensor[]): void {
  const other = args.find(({ dtype }) => dtype !== "f32");
  if (!other) return;
  throw new GraphError(
    `Cannot differentiate with respect to "${
      labelOf(other.node)
    }": it must be f32: current type is ` +
      formatType(other.node.type),
  );
}

/**
 * The tangents of `roots`, given those of some values under them: forward-mode differentiation as a
 * graph transformation. Values that do not depend on the given ones get zeros.
 * @throws {GraphError} if the derivative rule of an op is not linear in the cotangent, naming it
 */
export function pushForward(
  roots: readonly Node[],
  directions: ReadonlyMap<Node, Node>,
): ReadonlyMap<Node, Node> {
  const order = topological(roots);
  const primals = new Set(order);
  const tangents = new Map(directions);
  const placeholders = new Map<Node, Node>();
  const loops = new Map<Node, TangentLoop>();
  for (const node of order) {
    if (tangents.has(node) || !node.inputs.some((part) => tangents.has(part))) continue;
    const [first] = node.inputs;
    if (node.op === scan.op) {
      loops.set(node, pushScan(node, tangents, pushForward));
      tangents.set(node, loops.get(node)!.scan);
      continue;
    }
    if (first && loops.has(first)) {
      const tangent = loops.get(first)!.tangentOf(node);
      if (tangent) tangents.set(node, tangent);
      continue;
    }
    if (node.type.dtype !== "f32" || !node.op.vjp) continue;
    const g = input(`cotangent of ${labelOf(node)}`, node.type);
    placeholders.set(g, node);
    const parts = node.op.vjp(g, { attrs: node.attrs, inputs: node.inputs, output: node });
    const terms = node.inputs.flatMap((part, i) => {
      const [slope, tangent] = [parts[i], tangents.get(part)];
      return slope && tangent ? transposed(slope, { g, tangent, primals }) ?? [] : [];
    });
    if (terms.length > 0) tangents.set(node, terms.reduce(add));
  }
  const results = roots.map((root) => tangents.get(root) ?? full(0, root.type.shape));
  checkLinear(results, placeholders);
  return new Map(roots.map((root, i) => [root, results[i]!]));
}

/** A linear function of `g` to transpose, and the value to apply its transpose to. */
interface Transposition {
  readonly g: Node;
  readonly tangent: Node;
  /** Nodes that do not depend on `g`. */
  readonly primals: ReadonlySet<Node>;
}

/** The transpose of the linear map from `g` to `slope`, applied to `tangent`. */
function transposed(slope: Node, { g, tangent, primals }: Transposition): Node | undefined {
  const order = dependentsOf(g, slope, primals);
  const needed = new Set(order);
  const cotangents = new Map<Node, Node>([[slope, tangent]]);
  for (const node of order.toReversed()) {
    const sum = cotangents.get(node);
    if (!sum || node === g || !node.op.vjp) continue;
    const parts = node.op.vjp(sum, { attrs: node.attrs, inputs: node.inputs, output: node });
    node.inputs.forEach((part, i) => {
      const given = parts[i];
      if (!given || !needed.has(part)) return;
      const others = cotangents.get(part);
      cotangents.set(part, others ? add(others, given) : given);
    });
  }
  return cotangents.get(g);
}

/** The nodes from `g` to `root`, inputs first. */
function dependentsOf(g: Node, root: Node, primals: ReadonlySet<Node>): Node[] {
  const order: Node[] = [];
  const known = new Map<Node, boolean>();
  const visit = (node: Node): boolean => {
    if (primals.has(node)) return false;
    const found = known.get(node);
    if (found !== undefined) return found;
    const depends = node.inputs.map(visit).includes(true) || node === g;
    known.set(node, depends);
    if (depends) order.push(node);
    return depends;
  };
  visit(root);
  return order;
}

function checkLinear(results: readonly Node[], placeholders: ReadonlyMap<Node, Node>): void {
  const left = topological(results).find((node) => placeholders.has(node));
  if (!left) return;
  const node = placeholders.get(left)!;
  throw new GraphError(
    `Cannot compute a forward derivative of "${labelOf(node)}": the derivative rule of the op ` +
      `${node.op.name} must be linear in the cotangent`,
  );
}

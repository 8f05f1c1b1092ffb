import {
  anything,
  checkOptions,
  formatType,
  input,
  type Node,
  optional,
  type OptionRules,
  permute,
  ShapeError,
} from "../graph/mod.ts";
import { batchNodes, repeated } from "../graph/batch_nodes.ts";
import { axisOf, mustBeFunction } from "./_arguments.ts";
import { type Structure, tensorsIn, withTensors } from "./structure.ts";
import { nodesOf, Tensor } from "./tensor.ts";

/** Options for `vmap`. */
export interface VmapOptions {
  /**
   * The axis of each argument along which the examples are, `null` for an argument that all of them
   * share, or one number for all arguments. Default: 0.
   */
  readonly inAxes?: number | null | readonly (number | null)[];
  /** The axis of the results along which the examples are. Default: 0. */
  readonly outAxis?: number;
}

const rules: OptionRules<VmapOptions> = {
  inAxes: optional(anything),
  outAxis: optional(anything),
};

/**
 * Turns a function of one example into a function of a batch of them, as `jax.vmap` and
 * `torch.func.vmap` do: it rewrites the graph of the function op by op, so nothing runs in a loop.
 * The function may differentiate, and may itself use `vmap`. It returns a tensor, or arrays or
 * objects of tensors.
 *
 * @example Gradients of single samples
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { grad, openBackend, tensor, vmap } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const w = tensor([1, 2]);
 * const slopes = vmap((x) => grad((w) => w.mul(x).sum().square())(w)[0]!);
 * const each = slopes(tensor([[1, 0], [1, 1]])); // 2 · (w · x) · x
 * assertEquals([...await each.data({ backend })], [2, 0, 6, 6]);
 * ```
 *
 * @throws {ShapeError} if the arguments do not have the same number of examples
 * @throws {GraphError} if the function uses an op without a batching rule, naming it
 */
export function vmap<A extends readonly Tensor[], R extends Structure>(
  fn: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  const action = "vmap a function";
  mustBeFunction(action, fn);
  checkOptions(action, options, rules);
  const { inAxes = 0, outAxis = 0 } = options;
  return (...args) => {
    nodesOf(args, action, "vmap(fn)(x)");
    const axes = axesOf(args, inAxes);
    const size = sizeOf(args, axes);
    const examples = new Map<Node, Node>();
    const parts = args.map((arg, i) => {
      const axis = axes[i]!;
      if (axis === null) return arg;
      const shape = arg.shape.toSpliced(axis, 1);
      const example = input(`example of argument ${i}`, { dtype: arg.dtype, shape });
      examples.set(example, moveAxis(arg.node, axis, 0));
      return new Tensor(example);
    });
    const result = fn(...parts as unknown as A);
    const roots = tensorsIn(result, action).map(({ node }) => node);
    const batched = batchNodes(roots, examples, size);
    const results = roots.map((node) => {
      const all = batched.get(node) ?? repeated(node, size);
      return new Tensor(moveAxis(all, 0, axisOf(outAxis, all.type.shape.length)));
    });
    return withTensors(result, results) as R;
  };
}

function axesOf(
  args: readonly Tensor[],
  inAxes: VmapOptions["inAxes"] & (number | null | readonly unknown[]),
): (number | null)[] {
  const list = Array.isArray(inAxes) ? inAxes : args.map(() => inAxes);
  if (list.length === args.length && list.some((axis) => axis !== null)) {
    return args.map((arg, i) => list[i] === null ? null : axisOf(list[i], arg.rank));
  }
  throw new RangeError(
    `Cannot vmap a function: inAxes must have an axis or null for each of ${args.length} arguments, ` +
      `and not null for all: current is [${list.join(", ")}]`,
  );
}

function sizeOf(args: readonly Tensor[], axes: readonly (number | null)[]): number {
  const sizes = args.flatMap(({ shape }, i) => axes[i] === null ? [] : [shape[axes[i]!]!]);
  if (sizes.every((size) => size === sizes[0])) return sizes[0]!;
  const list = args.map(({ node }) => formatType(node.type)).join(", ");
  throw new ShapeError(
    `Cannot vmap a function: all arguments must have the same number of examples: current are ${
      sizes.join(", ")
    } of ${list}`,
  );
}

/** Moves one axis to another place. */
function moveAxis(x: Node, from: number, to: number): Node {
  const axes = x.type.shape.map((_, axis) => axis).toSpliced(from, 1);
  return permute(x, axes.toSpliced(to, 0, from));
}

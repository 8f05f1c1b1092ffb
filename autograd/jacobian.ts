import {
  cast,
  elementCount,
  equal,
  formatType,
  full,
  input,
  iota,
  type Node,
  permute,
  reshape,
  type Shape,
  ShapeError,
} from "../graph/mod.ts";
import { mustBeFunction } from "./_arguments.ts";
import { asArgument } from "./as_argument.ts";
import { checkFloats, pushForward } from "./jvp.ts";
import { pullBack } from "./pull_back.ts";
import { nodesOf, Tensor } from "./tensor.ts";
import { batchNodes } from "../graph/batch_nodes.ts";

/** A function of tensors with one result. */
export type TensorFunction = (...args: Tensor[]) => Tensor;

/**
 * Returns a function that computes the Jacobian of `fn` with respect to each of its arguments: all
 * derivatives of all elements, f32 [...shape of the result, ...shape of the argument]. As
 * `jax.jacobian` and `torch.func.jacrev`; it goes forward if that takes fewer directions.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { jacobian, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const [slopes] = jacobian((x) => x.square())(tensor([1, 2]));
 * assertEquals([...await slopes!.data({ backend })], [2, 0, 0, 4]);
 * ```
 *
 * @throws {GraphError} if an argument is not f32, or an op has no batching rule, naming it
 */
export function jacobian(fn: TensorFunction): (...args: Tensor[]) => Tensor[] {
  mustBeFunction("compute a Jacobian", fn);
  return (...given) => {
    nodesOf(given, "compute a Jacobian", "jacobian(fn)(x)");
    checkFloats(given);
    const args = given.map(asArgument);
    const output = fn(...args);
    mustBeFloat(output);
    return jacobiansOf(output.node, args.map(({ node }) => node)).map((node) => new Tensor(node));
  };
}

/**
 * Returns a function that computes the second derivatives of a scalar function: for each pair of
 * arguments i and j, f32 [...shape of argument i, ...shape of argument j], as
 * `hessian(fn)(...args)[i][j]`. As `jax.hessian` and `torch.func.hessian`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hessian, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const second = hessian((x) => x.prod())(tensor([2, 3]))[0]![0]!;
 * assertEquals([...await second.data({ backend })], [0, 1, 1, 0]);
 * ```
 *
 * @throws {ShapeError} if the result is not a scalar
 * @throws {GraphError} if an argument is not f32, or an op has no batching rule, naming it
 */
export function hessian(fn: TensorFunction): (...args: Tensor[]) => Tensor[][] {
  mustBeFunction("compute a Hessian", fn);
  return (...given) => {
    nodesOf(given, "compute a Hessian", "hessian(fn)(x)");
    checkFloats(given);
    const args = given.map(asArgument);
    const output = fn(...args);
    mustBeFloat(output);
    if (output.rank !== 0) {
      throw new ShapeError(
        `Cannot compute a Hessian: the result must be a scalar f32[]: current is ${
          formatType(output.node.type)
        }`,
      );
    }
    const wrt = args.map(({ node }) => node);
    const slopes = pullBack(output.node, full(1, []), wrt);
    return slopes.map((slope) => wrt.map((x) => new Tensor(forwardJacobian(slope, x))));
  };
}

function mustBeFloat(output: unknown): void {
  if (output instanceof Tensor && output.dtype === "f32") return;
  const found = output instanceof Tensor ? formatType(output.node.type) : "no tensor";
  throw new TypeError(
    `Cannot compute derivatives: the function must return an f32 tensor: current is ${found}`,
  );
}

function jacobiansOf(output: Node, wrt: readonly Node[]): Node[] {
  const results = elementCount(output.type.shape);
  const inputs = wrt.reduce((sum, { type }) => sum + elementCount(type.shape), 0);
  return inputs < results
    ? wrt.map((x) => forwardJacobian(output, x))
    : reverseJacobians(output, wrt);
}

/** One row for each element of the result. */
function reverseJacobians(output: Node, wrt: readonly Node[]): Node[] {
  const { shape } = output.type;
  const cotangent = input("cotangent", output.type);
  const slopes = pullBack(output, cotangent, wrt);
  const rows = alongAll(slopes, cotangent);
  return rows.map((row, i) => reshape(row, [...shape, ...wrt[i]!.type.shape]));
}

/** One column for each element of an argument. */
function forwardJacobian(output: Node, x: Node): Node {
  const { shape } = output.type;
  const tangent = input("tangent", x.type);
  const moved = pushForward([output], new Map([[x, tangent]])).get(output)!;
  const [columns] = alongAll([moved], tangent);
  const matrix = reshape(columns!, [elementCount(x.type.shape), elementCount(shape)]);
  return reshape(permute(matrix, [1, 0]), [...shape, ...x.type.shape]);
}

/** The values for each unit vector in place of a direction, with a leading axis for them. */
function alongAll(values: readonly Node[], direction: Node): Node[] {
  const { shape } = direction.type;
  const count = elementCount(shape);
  const batched = batchNodes(values, new Map([[direction, unitVectors(count, shape)]]), count);
  return values.map((value) => batched.get(value) ?? full(0, [count, ...value.type.shape]) // does not depend on it: zeros
  );
}

function unitVectors(count: number, shape: Shape): Node {
  const square = [count, count];
  return reshape(cast(equal(iota(square, 0), iota(square, 1)), "f32"), [count, ...shape]);
}

/** Functions that make tensors. */
import * as op from "../graph/mod.ts";
import type { DType, HostArray, Node, Shape, UnknownDType } from "../graph/mod.ts";
import * as diagonals from "./_diagonals.ts";
import { type Nested, numbersOf } from "./_arguments.ts";
import { nodesOf, Tensor } from "./tensor.ts";

const dtypeRule = op.oneOf(Object.keys(op.hostArrays));

/**
 * Makes a tensor from nested arrays of numbers. Default shape: that of the nesting. Default dtype:
 * f32.
 */
export function tensor<D extends DType = "f32">(
  data: Nested,
  shape?: Shape,
  dtype?: D,
): Tensor<D>;
/** Makes a tensor of a dtype from nested arrays of numbers: `tensor([0, 2], "i32")`. */
export function tensor<D extends DType>(data: Nested, dtype: D): Tensor<D>;
/** Makes a tensor from a typed array. Default shape: [length]. Default dtype: that of the array. */
export function tensor<D extends DType = UnknownDType>(
  data: HostArray,
  shape?: Shape,
  dtype?: D,
): Tensor<D>;
export function tensor(
  data: Nested | HostArray,
  shape?: Shape | DType,
  dtype?: DType,
): Tensor {
  if (isDType(shape)) return tensor(data as Nested, undefined, shape);
  if (typeof data === "object" && ArrayBuffer.isView(data)) {
    return new Tensor(op.constant(data, shape === undefined ? [data.length] : shape, dtype));
  }
  const { numbers, shape: nested } = numbersOf(data);
  const type = dtype === undefined ? "f32" : dtype;
  op.checkOption("make a tensor", { dtype: type }, dtypeRule, op.DTypeError);
  numbers.forEach((value) => op.checkValue(value, type));
  const array = op.hostArrays[type].from(numbers);
  return new Tensor(op.constant(array, shape === undefined ? nested : shape, type));
}

function isDType(value: Shape | DType | undefined): value is DType {
  return typeof value === "string" && Object.hasOwn(op.hostArrays, value);
}

/** A tensor of zeros. */
export function zeros<D extends DType = "f32">(shape: Shape, dtype?: D): Tensor<D> {
  return full(0, shape, dtype);
}
/** A tensor of ones. */
export function ones<D extends DType = "f32">(shape: Shape, dtype?: D): Tensor<D> {
  return full(1, shape, dtype);
}
/** A tensor with all elements equal to `value`. Default dtype: f32. */
export function full<D extends DType = "f32">(
  value: number,
  shape: Shape,
  dtype?: D,
): Tensor<D> {
  if (typeof dtype === "number") {
    throw new TypeError(
      `Cannot make a tensor: its sizes must be one list, as in zeros([2, 3]): current sizes are ` +
        `${shape}, ${dtype}, …`,
    );
  }
  return new Tensor(op.full(value, shape, dtype));
}

/**
 * The numbers start + i · step from `start` to before `stop`, as `numpy.arange`: i32 if `start` and
 * `step` are whole numbers, else f32. With one argument, it is `stop`: 0, 1, …, stop − 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * using backend = await gs.openBackend("cpu");
 * assertEquals([...await gs.arange(5, 0, -2).data({ backend })], [5, 3, 1]);
 * ```
 *
 * @throws {RangeError} if the step does not lead from `start` toward `stop`
 */
export function arange(start: number, stop?: number, step = 1): Tensor {
  if (stop !== undefined) return rangeOf(start, stop, step);
  op.checkOption("make a range", { stop: start }, op.nonNegativeWhole, op.ShapeError);
  return rangeOf(0, start, step);
}

function rangeOf(start: number, stop: number, step: number): Tensor {
  op.checkOption("make a range", { start, stop, step }, op.finiteNumber);
  if (step === 0 || (stop - start) * step < 0) {
    throw new RangeError(
      `Cannot make a range from start ${start} to stop ${stop}: the step must lead toward stop: ` +
        `current step is ${step}`,
    );
  }
  const size = Math.ceil((stop - start) / step);
  op.checkOption("make a range from start to stop", { size }, op.nonNegativeWhole);
  const position = op.iota([size], 0);
  const isWhole = Number.isInteger(start) && Number.isInteger(step);
  if (isWhole && step === 1 && start === 0) return new Tensor(position);
  const counted = isWhole ? position : op.cast(position, "f32");
  const like = (value: number) => op.fullLike(counted, value);
  return new Tensor(op.add(op.mul(counted, like(step)), like(start)));
}

/**
 * f32 [count]: numbers at equal distances from `start` to `stop`, both included, as
 * `numpy.linspace`. The ends are exact.
 */
export function linspace(start: number, stop: number, count = 50): Tensor<"f32"> {
  op.checkOption("space numbers evenly", { start, stop }, op.finiteNumber);
  op.checkOption("space numbers evenly", { count }, op.nonNegativeWhole);
  const position = op.cast(op.iota([count], 0), "f32");
  const like = (value: number) => op.fullLike(position, value);
  const step = like(count < 2 ? 0 : (stop - start) / (count - 1));
  const fromStart = op.add(like(start), op.mul(position, step));
  const fromStop = op.sub(like(stop), op.mul(op.sub(like(count - 1), position), step));
  const isFirstHalf = op.less(position, like(count / 2));
  return new Tensor(op.select(isFirstHalf, fromStart, fromStop));
}

/** f32 [rows, columns]: 1 on the diagonal `offset`, 0 elsewhere. Default: a square matrix. */
export function eye(rows: number, columns: number = rows, offset = 0): Tensor<"f32"> {
  return new Tensor(diagonals.eye(rows, columns, offset));
}
/** f32 [rows, columns]: 1 on and below the diagonal `offset`, 0 above. Default: a square matrix. */
export function tri(rows: number, columns: number = rows, offset = 0): Tensor<"f32"> {
  return new Tensor(diagonals.tri(rows, columns, offset));
}

/** Options for `meshgrid`. */
export interface MeshgridOptions {
  /**
   * Whether the first axis of the results belongs to the first vector ("ij"), or the second one
   * ("xy", as for images). Default: "xy".
   */
  readonly indexing?: "xy" | "ij";
}

const meshgridRules: op.OptionRules<MeshgridOptions> = {
  indexing: op.optional(op.oneOf(["xy", "ij"])),
};

/**
 * The coordinates of all points of a grid, one tensor for each of the vectors along its axes, as
 * `numpy.meshgrid`.
 *
 * | argument | shape |
 * | --- | --- |
 * | `vectors` | [n₁], [n₂], … |
 * | returns | [n₂, n₁, …] each, or [n₁, n₂, …] with `indexing: "ij"` |
 */
export function meshgrid(vectors: readonly Tensor[], options: MeshgridOptions = {}): Tensor[] {
  op.checkOptions("make a grid", options, meshgridRules);
  const { indexing = "xy" } = options;
  const nodes = nodesOf(vectors, "make a grid", "meshgrid([x, y])");
  const sizes = nodes.map(lengthOf);
  const order = nodes.map((_, axis) => axis);
  if (indexing === "xy" && order.length > 1) order.splice(0, 2, 1, 0);
  const shape = order.map((axis) => sizes[axis]!);
  return nodes.map((node, axis) => {
    const column = shape.map((_, i) => order[i] === axis ? sizes[axis]! : 1);
    return new Tensor(op.broadcastTo(op.reshape(node, column), shape));
  });
}

function lengthOf({ type }: Node): number {
  const [size, ...others] = type.shape;
  if (size !== undefined && others.length === 0) return size;
  throw new op.ShapeError(
    `Cannot make a grid of ${op.formatType(type)}: vectors must have rank 1`,
  );
}

import * as op from "../graph/mod.ts";
import type { DType, HostData, KnownDType, Node, Shape, UnknownDType } from "../graph/mod.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import {
  describeFailure,
  describeValues,
  notebookDisplay,
  type NotebookOutput,
} from "./notebook_display.ts";
import { denoInspect, nodeInspect } from "./_inspect.ts";
import { shownValues } from "./_shown_values.ts";
import { indexAdd, type Placed, scatter, scatterAdd, takeAlongAxis } from "./_scatter.ts";
import { cumulativeProduct, cumulativeSum } from "./_scans.ts";
import { sort, type Sorted as SortedNodes } from "./_sorting.ts";
import { matrixProduct } from "./_products.ts";
import {
  type Sizes,
  type SortOptions,
  sortRules,
  type TopkOptions,
  topkRules,
  type VarianceOptions,
  varianceRules,
} from "./tensor_options.ts";
import * as diagonals from "./_diagonals.ts";
import * as arrays from "./_array_functions.ts";
import { axesOf, axisOf, clampBounds, inferShape, listOf, orderOf } from "./_arguments.ts";

/** Result of `sort` and `topk`. */
export interface Sorted<D extends DType = UnknownDType> {
  /** The elements. */
  readonly values: Tensor<D>;
  /** Where they were along the axis. */
  readonly indices: Tensor<"i32">;
}

/** An operand: a tensor, or a number, which takes the dtype of the other operand. */
export type TensorLike = Tensor | number;

/**
 * A lazy tensor: a handle on a node of the graph. Methods add nodes and compute nothing. To compute
 * values, call `await x.data()`, `await x.item()`, or `await evaluate(...)`.
 *
 * Binary methods broadcast as in NumPy. Negative axes count from the end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, setBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * setBackend(backend);
 * const x = tensor([[1, -2], [3, 4]]);
 * assertEquals([...await x.relu().sum(1).data()], [1, 7]);
 * ```
 */
export class Tensor<D extends DType = UnknownDType> {
  /** The node of the graph. */
  readonly node: Node;

  /** Wraps a node. */
  constructor(node: Node) {
    this.node = node;
  }

  /** Size of each axis. */
  get shape(): Shape {
    return this.node.type.shape;
  }
  /** Element type. */
  get dtype(): KnownDType<D> {
    return this.node.type.dtype as KnownDType<D>;
  }
  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return op.elementCount(this.shape);
  }

  /** this + other. */
  add(other: TensorLike): Tensor<D> {
    return this.#binary(op.add, other);
  }
  /** this − other. */
  sub(other: TensorLike): Tensor<D> {
    return this.#binary(op.sub, other);
  }
  /** other − this: `x.rsub(1)` is 1 − x. */
  rsub(other: TensorLike): Tensor<D> {
    return this.#binary((a, b) => op.sub(b, a), other);
  }
  /** this · other, elementwise. */
  mul(other: TensorLike): Tensor<D> {
    return this.#binary(op.mul, other);
  }
  /**
   * this / other. Integer division truncates toward zero; dividing by an element 0 returns the
   * dividend.
   * @throws {RangeError} if this is of integers and other is the number 0
   */
  div(other: TensorLike): Tensor<D> {
    this.#mustDivide("divide", other);
    return this.#binary(op.div, other);
  }
  /** other / this: `x.rdiv(1)` is 1 / x. Integers are divided as by `div`. */
  rdiv(other: TensorLike): Tensor<D> {
    return this.#binary((a, b) => op.div(b, a), other);
  }
  /**
   * Remainder of truncating integer division; 0 where an element of other is 0.
   * @throws {RangeError} if other is the number 0
   */
  mod(other: TensorLike): Tensor<D> {
    this.#mustDivide("take the remainder of", other);
    return this.#binary(op.mod, other);
  }
  /** this to the power of other. */
  pow(other: TensorLike): Tensor<D> {
    return other === 2 ? this.square() : this.#binary(op.pow, other);
  }
  /** Elementwise maximum. */
  maximum(other: TensorLike): Tensor<D> {
    return this.#binary(op.maximum, other);
  }
  /** Elementwise minimum. */
  minimum(other: TensorLike): Tensor<D> {
    return this.#binary(op.minimum, other);
  }
  /**
   * Clamps the elements to [low, high]. One bound may be left out: `x.clamp(0)`,
   * `x.clamp(undefined, 1)`. The gradient passes where low ≤ x ≤ high.
   */
  clamp(low?: number, high?: number): Tensor<D> {
    const [least, most] = clampBounds(this.node, low, high);
    return new Tensor(op.clamp(this.node, least, most));
  }
  /** The angle in [−π, π] of the point with ordinate this and abscissa `other`. */
  atan2(other: TensorLike): Tensor<"f32"> {
    return this.#binary(op.atan2, other);
  }

  /** this < other. */
  less(other: TensorLike): Tensor<"bool"> {
    return this.#binary(op.less, other);
  }
  /** this ≤ other. */
  lessEqual(other: TensorLike): Tensor<"bool"> {
    return this.#binary(op.lessEqual, other);
  }
  /** this > other. */
  greater(other: TensorLike): Tensor<"bool"> {
    return this.#binary(op.greater, other);
  }
  /** this ≥ other. */
  greaterEqual(other: TensorLike): Tensor<"bool"> {
    return this.#binary(op.greaterEqual, other);
  }
  /** this = other. */
  equal(other: TensorLike): Tensor<"bool"> {
    return this.#binary(op.equal, other);
  }
  /** this ≠ other. */
  notEqual(other: TensorLike): Tensor<"bool"> {
    return this.#binary(op.notEqual, other);
  }
  /** this and other (bool). */
  and(other: Tensor): Tensor<"bool"> {
    return this.#binary(op.logicalAnd, other);
  }
  /** this or other (bool). */
  or(other: Tensor): Tensor<"bool"> {
    return this.#binary(op.logicalOr, other);
  }
  /** not this (bool). */
  not(): Tensor<"bool"> {
    return new Tensor(op.logicalNot(this.node));
  }

  /** −this. */
  neg(): Tensor<D> {
    return new Tensor(op.neg(this.node));
  }
  /** Absolute value. */
  abs(): Tensor<D> {
    return new Tensor(op.abs(this.node));
  }
  /** Sign of each element: −1, 0, or 1. */
  sign(): Tensor<D> {
    return new Tensor(op.sign(this.node));
  }
  /** Square of each element. */
  square(): Tensor<D> {
    return new Tensor(op.square(this.node));
  }
  /** Square root. */
  sqrt(): Tensor<"f32"> {
    return new Tensor(op.sqrt(this.node));
  }
  /** 1 / √this. */
  rsqrt(): Tensor<"f32"> {
    return new Tensor(op.rsqrt(this.node));
  }
  /** 1 / this. */
  reciprocal(): Tensor<"f32"> {
    return this.#binary((a, b) => op.div(b, a), 1);
  }
  /** Exponential of each element. */
  exp(): Tensor<"f32"> {
    return new Tensor(op.exp(this.node));
  }
  /** eˣ − 1, accurate near x = 0. */
  expm1(): Tensor<"f32"> {
    return new Tensor(op.expm1(this.node));
  }
  /** log(1 + x), accurate near x = 0. */
  log1p(): Tensor<"f32"> {
    return new Tensor(op.log1p(this.node));
  }
  /** Natural logarithm. */
  log(): Tensor<"f32"> {
    return new Tensor(op.log(this.node));
  }
  /** Sine of each element in radians. */
  sin(): Tensor<"f32"> {
    return new Tensor(op.sin(this.node));
  }
  /** Cosine of each element in radians. */
  cos(): Tensor<"f32"> {
    return new Tensor(op.cos(this.node));
  }
  /** Tangent of each element in radians. */
  tan(): Tensor<"f32"> {
    return new Tensor(op.tan(this.node));
  }
  /** The angle in [−π/2, π/2] whose sine is the element; NaN beyond ±1. */
  asin(): Tensor<"f32"> {
    return new Tensor(op.asin(this.node));
  }
  /** The angle in [0, π] whose cosine is the element; NaN beyond ±1. */
  acos(): Tensor<"f32"> {
    return new Tensor(op.acos(this.node));
  }
  /** The angle in [−π/2, π/2] whose tangent is the element. */
  atan(): Tensor<"f32"> {
    return new Tensor(op.atan(this.node));
  }
  /** Hyperbolic tangent. */
  tanh(): Tensor<"f32"> {
    return new Tensor(op.tanh(this.node));
  }
  /** Error function. */
  erf(): Tensor<"f32"> {
    return new Tensor(op.erf(this.node));
  }
  /** Rounds each element to the nearest integer, halves to the even one. */
  round(): Tensor<D> {
    return new Tensor(op.round(this.node));
  }
  /** Rounds each element down to an integer. */
  floor(): Tensor<D> {
    return new Tensor(op.floor(this.node));
  }
  /** Rounds each element up to an integer. */
  ceil(): Tensor<D> {
    return new Tensor(op.ceil(this.node));
  }
  /** 1 / (1 + e^(−x)). */
  sigmoid(): Tensor<"f32"> {
    return new Tensor(op.sigmoid(this.node));
  }
  /** max(x, 0). */
  relu(): Tensor<"f32"> {
    return new Tensor(op.relu(this.node));
  }
  /** x where x > 0, slope · x elsewhere. */
  leakyRelu(slope = 0.01): Tensor<"f32"> {
    return new Tensor(op.leakyRelu(this.node, slope));
  }
  /** x · Φ(x), with the exact normal distribution function Φ. */
  gelu(): Tensor<"f32"> {
    return new Tensor(op.gelu(this.node));
  }
  /** bool: true where an element is neither infinite nor NaN. */
  isFinite(): Tensor<"bool"> {
    return new Tensor(op.isFinite(this.node));
  }
  /** bool: true where an element is NaN. */
  isNaN(): Tensor<"bool"> {
    return new Tensor(op.isNaN(this.node));
  }
  /** Converts the elements to another dtype; see `docs/nan-and-infinity.md` for NaN. */
  cast<To extends Exclude<DType, "u8">>(dtype: To): Tensor<To> {
    return new Tensor(op.cast(this.node, dtype));
  }
  /** The same value, treated as a constant by differentiation. */
  stopGradient(): Tensor<D> {
    return new Tensor(op.stopGradient(this.node));
  }

  /** Sum over `axes`. Default: all axes. `keepDims` keeps them with size 1. */
  sum(axes?: number | readonly number[], keepDims = false): Tensor<D> {
    return this.#reduce(op.reduceSum, axes, keepDims);
  }
  /** Arithmetic mean over `axes`. */
  mean(axes?: number | readonly number[], keepDims = false): Tensor<"f32"> {
    return this.#reduce(op.mean, axes, keepDims);
  }
  /** Variance over `axes`. The divisor is n − 1, or n − `correction`. */
  var(axes?: number | readonly number[], options: VarianceOptions = {}): Tensor<"f32"> {
    return this.#spread("take a variance", arrays.variance, axes, options);
  }
  /** Standard deviation over `axes`: the square root of `var`. */
  std(axes?: number | readonly number[], options: VarianceOptions = {}): Tensor<"f32"> {
    return this.#spread("take a standard deviation", arrays.standardDeviation, axes, options);
  }
  /**
   * Norm over `axes`: (Σ |x|^order)^(1/order), or the largest |x| for `Infinity`, the smallest for
   * `-Infinity`, and the number of elements that are not 0 for 0. The derivative at 0 is 0.
   */
  norm(order = 2, axes?: number | readonly number[], keepDims = false): Tensor<"f32"> {
    return this.#reduce((x, all) => arrays.norm(x, order, all), axes, keepDims);
  }
  /** bool: whether any element over `axes` is true, or not 0. */
  any(axes?: number | readonly number[], keepDims = false): Tensor<"bool"> {
    return this.#reduce((x, all) => arrays.test(x, op.reduceMax, all), axes, keepDims);
  }
  /** bool: whether all elements over `axes` are true, or not 0. */
  all(axes?: number | readonly number[], keepDims = false): Tensor<"bool"> {
    return this.#reduce((x, all) => arrays.test(x, op.reduceMin, all), axes, keepDims);
  }
  /** Largest element over `axes`. */
  max(axes?: number | readonly number[], keepDims = false): Tensor<D> {
    return this.#reduce(op.reduceMax, axes, keepDims);
  }
  /** Smallest element over `axes`. */
  min(axes?: number | readonly number[], keepDims = false): Tensor<D> {
    return this.#reduce(op.reduceMin, axes, keepDims);
  }
  /** Product over `axes`. */
  prod(axes?: number | readonly number[], keepDims = false): Tensor<D> {
    return this.#reduce(op.reduceProd, axes, keepDims);
  }
  /** log Σ eˣ over `axes`. */
  logSumExp(axes?: number | readonly number[], keepDims = false): Tensor<"f32"> {
    return this.#reduce(op.logSumExp, axes, keepDims);
  }
  /**
   * i32: index of the largest element along `axis`; the first one in case of ties. NaN counts as
   * the largest.
   * @throws {ShapeError} if the axis has no elements
   */
  argmax(axis = -1): Tensor<"i32"> {
    return new Tensor(op.argmax(this.node, axisOf(axis, this.rank)));
  }
  /**
   * i32: index of the smallest element along `axis`; the first one in case of ties. NaN counts as
   * the smallest.
   * @throws {ShapeError} if the axis has no elements
   */
  argmin(axis = -1): Tensor<"i32"> {
    return new Tensor(op.argmin(this.node, axisOf(axis, this.rank)));
  }
  /** eˣ / Σ eˣ along `axis`. */
  softmax(axis = -1): Tensor<"f32"> {
    return new Tensor(op.softmax(this.node, axisOf(axis, this.rank)));
  }
  /** x − log Σ eˣ along `axis`. */
  logSoftmax(axis = -1): Tensor<"f32"> {
    return new Tensor(op.logSoftmax(this.node, axisOf(axis, this.rank)));
  }

  /**
   * Matrix product of [batch…, m, k] and [batch…, k, n]; batch axes broadcast. A vector is a row on
   * the left and a column on the right, and its axis is removed from the result: two vectors give
   * their dot product.
   * @throws {ShapeError} if the inner sizes differ
   */
  matmul(other: Tensor): Tensor<"f32"> {
    return new Tensor(matrixProduct(this.node, nodeOf(other)));
  }
  /**
   * The products of all pairs of elements of two vectors: [n] and [m] give [n, m].
   * @throws {ShapeError} if one of them is no vector
   */
  outer(other: Tensor): Tensor<D> {
    return new Tensor(arrays.outer(this.node, nodeOf(other)));
  }
  /** Swaps two axes. Default: the last two. */
  transpose(first?: number, second?: number): Tensor<D> {
    if (first === undefined && second === undefined) return new Tensor(op.transpose(this.node));
    return new Tensor(arrays.swapAxes(this.node, first!, second!));
  }
  /** The sum of all elements along `axis` up to each one, itself included. */
  cumsum(axis: number): Tensor<D> {
    return new Tensor(cumulativeSum(this.node, axis));
  }
  /** The product of all elements along `axis` up to each one, itself included. */
  cumprod(axis: number): Tensor<D> {
    return new Tensor(cumulativeProduct(this.node, axis));
  }
  /**
   * The elements in ascending order along `axis`, and where they were (i32). Equal elements keep
   * their order; NaN counts as the largest; −0 becomes 0. Takes n² comparisons for n elements, so it
   * is for rows of a few thousand at most.
   */
  sort(axis = -1, options: SortOptions = {}): Sorted<D> {
    op.checkOptions("sort a tensor", options, sortRules);
    const { descending = false } = options;
    return sortedTensors(sort(this.node, { axis, descending }));
  }
  /** i32: the positions of the elements in ascending order along `axis`; see `sort`. */
  argsort(axis = -1, options: SortOptions = {}): Tensor<"i32"> {
    return this.sort(axis, options).indices;
  }
  /**
   * The `count` largest elements along `axis`, the largest first, or the smallest with
   * `largest: false`, and where they were (i32); see `sort`.
   * @throws {ShapeError} if there are fewer elements
   */
  topk(count: number, axis = -1, options: TopkOptions = {}): Sorted<D> {
    op.checkOptions("take the top elements", options, topkRules);
    op.checkOption("take the top elements", { count }, op.nonNegativeWhole, op.ShapeError);
    const { largest = true } = options;
    return sortedTensors(sort(this.node, { axis, descending: largest, count }));
  }
  /** Permutes the axes: axis `i` of the result is axis `order[i]` of this. */
  permute(...order: Sizes): Tensor<D> {
    return new Tensor(op.permute(this.node, orderOf(listOf(order), this.rank)));
  }
  /** The same elements with another shape. One size may be −1: it is inferred. */
  reshape(...shape: Sizes): Tensor<D> {
    return new Tensor(op.reshape(this.node, inferShape(listOf(shape), this.size)));
  }
  /** Without the axes of size 1, or without those of `axes` that have size 1. */
  squeeze(axes?: number | readonly number[]): Tensor<D> {
    return new Tensor(arrays.squeeze(this.node, axes));
  }
  /** With a new axis of size 1 at position `axis` of the result. */
  unsqueeze(axis: number): Tensor<D> {
    return new Tensor(arrays.unsqueeze(this.node, axis));
  }
  /** Joins the axes from `start` to the last into one. */
  flatten(start = 0): Tensor<D> {
    return new Tensor(arrays.flatten(this.node, start));
  }
  /** Repeats along axes of size one and along new leading axes. */
  broadcastTo(...shape: Sizes): Tensor<D> {
    return new Tensor(op.broadcastTo(this.node, listOf(shape)));
  }
  /** The whole tensor `counts[i]` times along axis i; leading axes are added as needed. */
  tile(...counts: Sizes): Tensor<D> {
    return new Tensor(arrays.tile(this.node, listOf(counts)));
  }
  /** The same as `tile`, as in PyTorch. NumPy's `repeat` is `repeatInterleave`. */
  repeat(...counts: Sizes): Tensor<D> {
    return this.tile(...counts);
  }
  /** Each element `count` times in a row along `axis`: [1, 2] becomes [1, 1, 2, 2]. */
  repeatInterleave(count: number, axis = 0): Tensor<D> {
    return new Tensor(arrays.repeatInterleave(this.node, count, axis));
  }
  /** Reverses the elements along `axes`. Default: all axes. */
  flip(...axes: Sizes): Tensor<D> {
    const chosen = axes.length === 0 ? undefined : listOf(axes);
    return new Tensor(op.flip(this.node, axesOf(chosen, this.rank)));
  }
  /**
   * Moves elements by `shift` positions along `axes`; those that leave at one end reenter at the
   * other. Without axes, the elements move in row-major order.
   */
  roll(shift: number | readonly number[], axes?: number | readonly number[]): Tensor<D> {
    return new Tensor(arrays.roll(this.node, shift, axes));
  }
  /** `size` elements along `axis`, from `start`, which may count from the end. */
  narrow(axis: number, start: number, size: number): Tensor<D> {
    return new Tensor(arrays.narrow(this.node, axis, { start, size }));
  }
  /** Parts along `axis`: of this size, except for the last, or of these sizes. */
  split(sizes: number | readonly number[], axis = 0): Tensor<D>[] {
    return arrays.split(this.node, sizes, axis).map((node) => new Tensor(node));
  }
  /** With zeros above the diagonal `offset` of the last two axes. */
  tril(offset = 0): Tensor<D> {
    return new Tensor(diagonals.triangle(this.node, "lower", offset));
  }
  /** With zeros below the diagonal `offset` of the last two axes. */
  triu(offset = 0): Tensor<D> {
    return new Tensor(diagonals.triangle(this.node, "upper", offset));
  }
  /** The matrix with this vector on its diagonal `offset`, or that diagonal of this matrix. */
  diag(offset = 0): Tensor<D> {
    return new Tensor(diagonals.diag(this.node, offset));
  }
  /** `value` where the mask (bool) is true, this elsewhere. Shapes broadcast. */
  maskedFill(mask: Tensor, value: TensorLike): Tensor<D> {
    return new Tensor(arrays.maskedFill(this.node, nodeOf(mask), operandOf(value, this.node)));
  }
  /**
   * This with the elements of `source` at positions `indices` (i32) along `axis`, as in PyTorch:
   * result[…, indices[…, j, …], …] = source[…, j, …]. `indices` and `source` have the shape of this
   * except along `axis`; a number goes to all positions. The last one wins; positions out of range
   * are dropped.
   */
  scatter(axis: number, indices: Tensor, source: TensorLike): Tensor<D> {
    return new Tensor(scatter(this.node, axis, this.#placed(indices, source)));
  }
  /**
   * The same as `scatter`, but the elements of `source` are added, in their order: the result is the
   * same on each run.
   */
  scatterAdd(axis: number, indices: Tensor, source: TensorLike): Tensor<D> {
    return new Tensor(scatterAdd(this.node, axis, this.#placed(indices, source)));
  }
  /**
   * This plus the slices of `source` along `axis` at `indices` (i32 [n]), as in PyTorch's
   * `index_add`: slice indices[j] of the result has slice j of `source` added. `source` has the
   * shape of this with n positions along `axis`. Positions out of range are dropped.
   * @throws {ShapeError} if the shapes do not agree
   */
  indexAdd(axis: number, indices: Tensor, source: Tensor): Tensor<D> {
    return new Tensor(
      indexAdd(this.node, axis, { indices: nodeOf(indices), source: nodeOf(source) }),
    );
  }
  /** Takes `sizes[i]` elements along axis i, beginning at `starts[i]`, with stride `steps[i]`. */
  slice(starts: readonly number[], sizes: readonly number[], steps?: readonly number[]): Tensor<D> {
    return new Tensor(op.slice(this.node, starts, sizes, steps));
  }
  /** Adds `before[i]` elements in front of axis i and `after[i]` behind it. */
  pad(before: readonly number[], after: readonly number[], options?: op.PadOptions): Tensor<D> {
    return new Tensor(op.pad(this.node, before, after, options));
  }
  /** The elements at `indices` (i32) along `axis`. Indices out of range are clamped. */
  gather(indices: Tensor, axis = 0): Tensor<D> {
    return new Tensor(op.gather(this.node, nodeOf(indices), axisOf(axis, this.rank)));
  }
  /**
   * The elements at `indices` (i32) along `axis`, with an own index for each row, as in
   * `numpy.take_along_axis` and `torch.gather`: result[…, j, …] = this[…, indices[…, j, …], …].
   * Indices out of range are clamped.
   */
  takeAlongAxis(indices: Tensor, axis: number): Tensor<D> {
    return new Tensor(takeAlongAxis(this.node, nodeOf(indices), axis));
  }
  /**
   * result[p] = this[indices[0][p], indices[1][p], …], with one tensor of indices (i32) for each
   * axis; they broadcast. Indices out of range are clamped.
   */
  elementsAt(indices: readonly Tensor[]): Tensor<D> {
    return new Tensor(
      arrays.elementsAt(
        this.node,
        nodesOf(indices, "choose elements", "x.elementsAt([rows, columns])"),
      ),
    );
  }
  /** f32 [..., classes]: 1 at the class that each element (i32) names, 0 elsewhere. */
  oneHot(classes: number): Tensor<"f32"> {
    return new Tensor(op.oneHot(this.node, classes));
  }

  /**
   * The same value with a name, for error messages and device labels.
   * @throws {GraphError} for variables and inputs, which are identified by their names
   */
  named(label: string): Tensor<D> {
    if (this.node.op.lowering.kind === "source") {
      throw new op.GraphError(
        `Cannot name "${op.labelOf(this.node)}" "${label}": it must be a computed value: ` +
          `current op is ${this.node.op.name}`,
      );
    }
    return new Tensor(op.LABEL.set(this.node, label));
  }

  /** Computes this value and copies it to the host. */
  async data(options?: EvaluateOptions): Promise<HostData<D>> {
    const [data] = await evaluate([this], options);
    return data as HostData<D>;
  }
  /**
   * Computes this value, which must have one element, and returns it as a number.
   * @throws {ShapeError} if it does not have exactly one element
   */
  async item(options?: EvaluateOptions): Promise<number> {
    if (this.size !== 1) {
      throw new op.ShapeError(
        `Cannot take the item of ${op.formatType(this.node.type)}: it must have one element`,
      );
    }
    const data = await this.data(options);
    return data[0]!;
  }

  /** Type and name, for example `f32[2, 3] "1 ReLU"`. The value is not computed. */
  toString(): string {
    return `${op.formatType(this.node.type)} "${op.labelOf(this.node)}"`;
  }
  /** Text shown by `console.log`: type and name, and the leading values once evaluated. */
  [denoInspect](): string {
    const values = shownValues(this.node);
    return `${this.constructor.name} ${this}${values === undefined ? "" : `\n${values}`}`;
  }
  /** Text shown by Node's `console.log`. */
  [nodeInspect](): string {
    return this[denoInspect]();
  }
  /**
   * Converts to a string, for template literals.
   * @throws {TypeError} if used with operators such as `+` and `<`: use methods instead
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      `Cannot use ${this} as a number: it is not computed yet: use methods, as in x.add(y), or ` +
        "await x.item()",
    );
  }

  /** Output in a notebook: the type and the leading values, or the reason why there are none. */
  async [notebookDisplay](): Promise<NotebookOutput> {
    const { type } = this.node;
    // inputs have values only within a step
    const input = op.topological([this.node]).find((node) => op.is(node, op.input));
    if (input) return describeFailure(type, `it depends on the input "${op.labelOf(input)}"`);
    return await this.data().then(
      (values) => describeValues(type, values),
      (error) => describeFailure(type, error),
    );
  }

  /** Integers have no infinity or NaN that would reveal a division by zero. */
  #mustDivide(action: string, other: TensorLike): void {
    if (other !== 0 || this.dtype === "f32") return;
    throw new RangeError(
      `Cannot ${action} ${op.formatType(this.node.type)}: the divisor of integers must not be 0: ` +
        `current divisor is ${other}`,
    );
  }

  /** A number is spread over all positions. */
  #placed(indices: Tensor, source: TensorLike): Placed {
    const [places, values] = [nodeOf(indices), operandOf(source, this.node)];
    const isNumber = typeof source === "number";
    return {
      indices: places,
      source: isNumber ? op.broadcastTo(values, places.type.shape) : values,
    };
  }

  #spread(
    action: string,
    apply: (x: Node, axes: readonly number[], correction: number) => Node,
    axes: number | readonly number[] | undefined,
    options: VarianceOptions,
  ): Tensor<"f32"> {
    op.checkOptions(action, options, varianceRules);
    const { correction = 1, keepDims } = options;
    return this.#reduce((x, all) => apply(x, all, correction), axes, keepDims);
  }

  #binary<R extends DType>(apply: (a: Node, b: Node) => Node, other: TensorLike): Tensor<R> {
    const right = operandOf(other, this.node);
    const shape = op.broadcastShapes([this.shape, right.type.shape]);
    return new Tensor(apply(op.broadcastTo(this.node, shape), op.broadcastTo(right, shape)));
  }

  #reduce<R extends DType>(
    apply: (x: Node, axes: readonly number[]) => Node,
    axes: number | readonly number[] | undefined,
    keepDims = false,
  ): Tensor<R> {
    op.checkOption("reduce a tensor", { keepDims }, op.trueOrFalse);
    const all = axesOf(axes, this.rank);
    const result = apply(this.node, all);
    if (!keepDims) return new Tensor(result);
    const kept = this.shape.map((size, axis) => all.includes(axis) ? 1 : size);
    return new Tensor(op.reshape(result, kept));
  }
}

function sortedTensors<D extends DType>({ values, indices }: SortedNodes): Sorted<D> {
  return { values: new Tensor(values), indices: new Tensor(indices) };
}

/**
 * The node of an operand.
 * @throws {TypeError} if it is not a tensor, as in code that is not type-checked
 */
export function nodeOf(operand: unknown): Node {
  if (operand instanceof Tensor) return operand.node;
  throw new TypeError(
    `Cannot compute with ${
      op.formatFound(operand)
    }: operands must be tensors: wrap values with tensor(…)`,
  );
}

/**
 * The nodes of a list of operands.
 * @throws {TypeError} if they are not a list of tensors; `example` shows how to pass one
 */
export function nodesOf(operands: unknown, action: string, example: string): Node[] {
  if (Array.isArray(operands) && operands.every((operand) => operand instanceof Tensor)) {
    return operands.map(({ node }) => node);
  }
  throw new TypeError(
    `Cannot ${action}: it needs a list of Tensors, as in ${example}: current is ` +
      op.formatFound(operands),
  );
}

/**
 * Checks the result of a function to differentiate.
 * @throws {TypeError} if it is not a tensor, in code that is not type-checked
 */
export function mustBeResult(value: unknown): asserts value is Tensor {
  if (value instanceof Tensor) return;
  throw new TypeError(
    `Cannot differentiate: the function must return a Tensor: current is ${op.formatFound(value)}`,
  );
}

/** The node of an operand. A number takes the dtype of the other operand. */
function operandOf(value: TensorLike, other: Node): Node {
  return typeof value === "number" ? op.full(value, [], other.type.dtype) : nodeOf(value);
}

import * as op from "../graph/mod.ts";
import type { DType, HostArray, Node, Shape } from "../graph/mod.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import {
  describeFailure,
  describeValues,
  notebookDisplay,
  type NotebookOutput,
} from "./notebook_display.ts";
import { denoInspect } from "./_inspect.ts";
import { axesOf, axisOf, inferShape, type Nested, numbersOf, orderOf } from "./_arguments.ts";

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
export class Tensor {
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
  get dtype(): DType {
    return this.node.type.dtype;
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
  add(other: TensorLike): Tensor {
    return this.#binary(op.add, other);
  }
  /** this − other. */
  sub(other: TensorLike): Tensor {
    return this.#binary(op.sub, other);
  }
  /** this · other, elementwise. */
  mul(other: TensorLike): Tensor {
    return this.#binary(op.mul, other);
  }
  /**
   * this / other. Integer division truncates toward zero; dividing by an element 0 returns the
   * dividend.
   * @throws {RangeError} if this is of integers and other is the number 0
   */
  div(other: TensorLike): Tensor {
    this.#mustDivide("divide", other);
    return this.#binary(op.div, other);
  }
  /**
   * Remainder of truncating integer division; 0 where an element of other is 0.
   * @throws {RangeError} if other is the number 0
   */
  mod(other: TensorLike): Tensor {
    this.#mustDivide("take the remainder of", other);
    return this.#binary(op.mod, other);
  }
  /** this to the power of other. */
  pow(other: TensorLike): Tensor {
    return other === 2 ? this.square() : this.#binary(op.pow, other);
  }
  /** Elementwise maximum. */
  maximum(other: TensorLike): Tensor {
    return this.#binary(op.maximum, other);
  }
  /** Elementwise minimum. */
  minimum(other: TensorLike): Tensor {
    return this.#binary(op.minimum, other);
  }
  /** Clamps the elements to [low, high]. The gradient passes where low ≤ x ≤ high. */
  clamp(low: number, high: number): Tensor {
    return new Tensor(op.clamp(this.node, low, high));
  }

  /** this < other. */
  less(other: TensorLike): Tensor {
    return this.#binary(op.less, other);
  }
  /** this ≤ other. */
  lessEqual(other: TensorLike): Tensor {
    return this.#binary(op.lessEqual, other);
  }
  /** this > other. */
  greater(other: TensorLike): Tensor {
    return this.#binary(op.greater, other);
  }
  /** this ≥ other. */
  greaterEqual(other: TensorLike): Tensor {
    return this.#binary(op.greaterEqual, other);
  }
  /** this = other. */
  equal(other: TensorLike): Tensor {
    return this.#binary(op.equal, other);
  }
  /** this ≠ other. */
  notEqual(other: TensorLike): Tensor {
    return this.#binary(op.notEqual, other);
  }
  /** this and other (bool). */
  and(other: Tensor): Tensor {
    return this.#binary(op.logicalAnd, other);
  }
  /** this or other (bool). */
  or(other: Tensor): Tensor {
    return this.#binary(op.logicalOr, other);
  }
  /** not this (bool). */
  not(): Tensor {
    return new Tensor(op.logicalNot(this.node));
  }

  /** −this. */
  neg(): Tensor {
    return new Tensor(op.neg(this.node));
  }
  /** Absolute value. */
  abs(): Tensor {
    return new Tensor(op.abs(this.node));
  }
  /** Sign of each element: −1, 0, or 1. */
  sign(): Tensor {
    return new Tensor(op.sign(this.node));
  }
  /** Square of each element. */
  square(): Tensor {
    return new Tensor(op.square(this.node));
  }
  /** Square root. */
  sqrt(): Tensor {
    return new Tensor(op.sqrt(this.node));
  }
  /** Exponential of each element. */
  exp(): Tensor {
    return new Tensor(op.exp(this.node));
  }
  /** Natural logarithm. */
  log(): Tensor {
    return new Tensor(op.log(this.node));
  }
  /** Sine of each element in radians. */
  sin(): Tensor {
    return new Tensor(op.sin(this.node));
  }
  /** Cosine of each element in radians. */
  cos(): Tensor {
    return new Tensor(op.cos(this.node));
  }
  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return new Tensor(op.tanh(this.node));
  }
  /** Error function. */
  erf(): Tensor {
    return new Tensor(op.erf(this.node));
  }
  /** Rounds each element down to an integer. */
  floor(): Tensor {
    return new Tensor(op.floor(this.node));
  }
  /** Rounds each element up to an integer. */
  ceil(): Tensor {
    return new Tensor(op.ceil(this.node));
  }
  /** 1 / (1 + e^(−x)). */
  sigmoid(): Tensor {
    return new Tensor(op.sigmoid(this.node));
  }
  /** max(x, 0). */
  relu(): Tensor {
    return new Tensor(op.relu(this.node));
  }
  /** x where x > 0, slope · x elsewhere. */
  leakyRelu(slope = 0.01): Tensor {
    return new Tensor(op.leakyRelu(this.node, slope));
  }
  /** x · Φ(x), with the exact normal distribution function Φ. */
  gelu(): Tensor {
    return new Tensor(op.gelu(this.node));
  }
  /** bool: true where an element is neither infinite nor NaN. */
  isFinite(): Tensor {
    return new Tensor(op.isFinite(this.node));
  }
  /** bool: true where an element is NaN. */
  isNaN(): Tensor {
    return new Tensor(op.isNaN(this.node));
  }
  /** Converts the elements to another dtype; see `docs/nan-and-infinity.md` for NaN. */
  cast(dtype: Exclude<DType, "u8">): Tensor {
    return new Tensor(op.cast(this.node, dtype));
  }
  /** The same value, treated as a constant by differentiation. */
  stopGradient(): Tensor {
    return new Tensor(op.stopGradient(this.node));
  }

  /** Sum over `axes`. Default: all axes. `keepDims` keeps them with size 1. */
  sum(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.#reduce(op.reduceSum, axes, keepDims);
  }
  /** Arithmetic mean over `axes`. */
  mean(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.#reduce(op.mean, axes, keepDims);
  }
  /** Largest element over `axes`. */
  max(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.#reduce(op.reduceMax, axes, keepDims);
  }
  /** Smallest element over `axes`. */
  min(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.#reduce(op.reduceMin, axes, keepDims);
  }
  /** Product over `axes`. */
  prod(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.#reduce(op.reduceProd, axes, keepDims);
  }
  /** log Σ eˣ over `axes`. */
  logSumExp(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.#reduce(op.logSumExp, axes, keepDims);
  }
  /**
   * i32: index of the largest element along `axis`; the first one in case of ties. NaN counts as
   * the largest.
   * @throws {ShapeError} if the axis has no elements
   */
  argmax(axis = -1): Tensor {
    return new Tensor(op.argmax(this.node, axisOf(axis, this.rank)));
  }
  /**
   * i32: index of the smallest element along `axis`; the first one in case of ties. NaN counts as
   * the smallest.
   * @throws {ShapeError} if the axis has no elements
   */
  argmin(axis = -1): Tensor {
    return new Tensor(op.argmin(this.node, axisOf(axis, this.rank)));
  }
  /** eˣ / Σ eˣ along `axis`. */
  softmax(axis = -1): Tensor {
    return new Tensor(op.softmax(this.node, axisOf(axis, this.rank)));
  }
  /** x − log Σ eˣ along `axis`. */
  logSoftmax(axis = -1): Tensor {
    return new Tensor(op.logSoftmax(this.node, axisOf(axis, this.rank)));
  }

  /**
   * Matrix product of [batch…, m, k] and [batch…, k, n]; batch axes broadcast.
   * @throws {ShapeError} if the inner sizes differ
   */
  matmul(other: Tensor): Tensor {
    mustBeTensor(other);
    const batch = op.broadcastShapes([this.shape.slice(0, -2), other.shape.slice(0, -2)]);
    const spread = (x: Tensor) => x.broadcastTo([...batch, ...x.shape.slice(-2)]).node;
    return new Tensor(op.matmul(spread(this), spread(other)));
  }
  /** Swaps the last two axes. */
  transpose(): Tensor {
    return new Tensor(op.transpose(this.node));
  }
  /** Permutes the axes: axis `i` of the result is axis `order[i]` of this. */
  permute(order: readonly number[]): Tensor {
    return new Tensor(op.permute(this.node, orderOf(order, this.rank)));
  }
  /** The same elements with another shape. One size may be −1: it is inferred. */
  reshape(shape: Shape): Tensor {
    return new Tensor(op.reshape(this.node, inferShape(shape, this.size)));
  }
  /** Joins the axes from `start` to the last into one. */
  flatten(start = 0): Tensor {
    const places = op.wholeIn(-this.rank, this.rank);
    op.checkOption("flatten a tensor", { start }, places, op.ShapeError);
    const kept = this.shape.slice(0, start);
    return this.reshape([...kept, op.elementCount(this.shape.slice(start))]);
  }
  /** Repeats along axes of size one and along new leading axes. */
  broadcastTo(shape: Shape): Tensor {
    return new Tensor(op.broadcastTo(this.node, shape));
  }
  /** Takes `sizes[i]` elements along axis i, beginning at `starts[i]`, with stride `steps[i]`. */
  slice(starts: readonly number[], sizes: readonly number[], steps?: readonly number[]): Tensor {
    return new Tensor(op.slice(this.node, starts, sizes, steps));
  }
  /** Adds `before[i]` elements in front of axis i and `after[i]` behind it. */
  pad(before: readonly number[], after: readonly number[], options?: op.PadOptions): Tensor {
    return new Tensor(op.pad(this.node, before, after, options));
  }
  /** The elements at `indices` (i32) along `axis`. Indices out of range are clamped. */
  gather(indices: Tensor, axis = 0): Tensor {
    return new Tensor(op.gather(this.node, indices.node, axisOf(axis, this.rank)));
  }
  /**
   * result[p] = this[indices[0][p], indices[1][p], …], with one tensor of indices (i32) for each
   * axis; they broadcast. Indices out of range are clamped.
   */
  elementsAt(indices: readonly Tensor[]): Tensor {
    const shape = op.broadcastShapes(indices.map((index) => index.shape));
    return new Tensor(
      op.elementsAt(this.node, indices.map(({ node }) => op.broadcastTo(node, shape))),
    );
  }
  /** f32 [..., classes]: 1 at the class that each element (i32) names, 0 elsewhere. */
  oneHot(classes: number): Tensor {
    return new Tensor(op.oneHot(this.node, classes));
  }

  /**
   * The same value with a name, for error messages and device labels.
   * @throws {GraphError} for variables and inputs, which are identified by their names
   */
  named(label: string): Tensor {
    if (this.node.op.lowering.kind === "source") {
      throw new op.GraphError(
        `Cannot name "${op.labelOf(this.node)}" "${label}": it must be a computed value: ` +
          `current op is ${this.node.op.name}`,
      );
    }
    return new Tensor(op.LABEL.set(this.node, label));
  }

  /** Computes this value and copies it to the host. */
  async data(options?: EvaluateOptions): Promise<HostArray> {
    const [data] = await evaluate([this], options);
    return data!;
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
  /** Text shown by `console.log`. */
  [denoInspect](): string {
    return `${this.constructor.name} ${this}`;
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

  #binary(apply: (a: Node, b: Node) => Node, other: TensorLike): Tensor {
    if (typeof other !== "number") mustBeTensor(other);
    const right = typeof other === "number" ? scalarLike(other, this.node) : other.node;
    const shape = op.broadcastShapes([this.shape, right.type.shape]);
    return new Tensor(apply(op.broadcastTo(this.node, shape), op.broadcastTo(right, shape)));
  }

  #reduce(
    apply: (x: Node, axes: readonly number[]) => Node,
    axes: number | readonly number[] | undefined,
    keepDims: boolean,
  ): Tensor {
    op.checkOption("reduce a tensor", { keepDims }, op.trueOrFalse);
    const all = axesOf(axes, this.rank);
    const result = apply(this.node, all);
    if (!keepDims) return new Tensor(result);
    const kept = this.shape.map((size, axis) => all.includes(axis) ? 1 : size);
    return new Tensor(op.reshape(result, kept));
  }
}

function mustBeTensor(other: unknown): void {
  if (other instanceof Tensor) return;
  const current = other === null ? "null" : Array.isArray(other) ? "an array" : typeof other;
  throw new TypeError(
    `Cannot compute with ${current}: operands must be tensors: wrap values with tensor(…)`,
  );
}

function scalarLike(value: number, like: Node): Node {
  return op.full(value, [], like.type.dtype);
}

/**
 * Makes a tensor from nested arrays of numbers, or from a typed array and a shape.
 * Default dtype: that of the typed array, or f32.
 */
export function tensor(data: Nested | HostArray, shape?: Shape, dtype?: DType): Tensor {
  if (typeof data === "object" && ArrayBuffer.isView(data)) {
    return new Tensor(op.constant(data, shape === undefined ? [data.length] : shape, dtype));
  }
  const { numbers, shape: nested } = numbersOf(data);
  const type = dtype ?? "f32";
  numbers.forEach((value) => op.checkValue(value, type));
  const array = type === "f32"
    ? Float32Array.from(numbers)
    : type === "i32"
    ? Int32Array.from(numbers)
    : type === "u32"
    ? Uint32Array.from(numbers)
    : Uint8Array.from(numbers);
  return new Tensor(op.constant(array, shape === undefined ? nested : shape, type));
}

/** A tensor of zeros. */
export function zeros(shape: Shape, dtype: DType = "f32"): Tensor {
  return new Tensor(op.full(0, shape, dtype));
}
/** A tensor of ones. */
export function ones(shape: Shape, dtype: DType = "f32"): Tensor {
  return new Tensor(op.full(1, shape, dtype));
}
/** A tensor with all elements equal to `value`. */
export function full(value: number, shape: Shape, dtype: DType = "f32"): Tensor {
  return new Tensor(op.full(value, shape, dtype));
}
/** i32 [size]: 0, 1, …, size − 1. */
export function arange(size: number): Tensor {
  op.checkOption("make a range", { size }, op.nonNegativeWhole, op.ShapeError);
  return new Tensor(op.iota([size], 0));
}
/** `a` where the condition is true, `b` elsewhere. Shapes broadcast. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shape = op.broadcastShapes([condition.shape, a.shape, b.shape]);
  const [c, x, y] = [condition, a, b].map((t) => op.broadcastTo(t.node, shape));
  return new Tensor(op.select(c!, x!, y!));
}
/** Concatenates tensors along an axis. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) {
    throw new op.ShapeError("Cannot concat: there must be at least one tensor");
  }
  const nodes = tensors.map(({ node }) => node);
  return new Tensor(op.concat(nodes, axisOf(axis, tensors[0]?.rank ?? 0)));
}

/**
 * Nodes: each is one value, computed by applying an op to earlier values.
 * @module
 */
import type { Scalar } from "./scalar/mod.ts";
import type { Combine, Kernel, MatrixOperand, Store } from "./kernel.ts";
import { checkShape } from "./sizes.ts";
import { sameShape, type TensorType } from "./types.ts";

/** One value of a graph: an op applied to earlier values. Immutable. */
export interface Node {
  /** The row of the op table. */
  readonly op: Op;
  /** The values that the op is applied to. */
  readonly inputs: readonly Node[];
  /** Parameters of the op other than its inputs: axes, a shape, a slope. */
  readonly attrs: object;
  /** Element type and shape of the value. */
  readonly type: TensorType;
  /** Annotations made by passes; see `defineTag`. */
  readonly tags: ReadonlyMap<symbol, unknown>;
}

/** The arguments of an op's `element` rule, which describes one element of the result. */
export interface ElementContext<A extends object = object> {
  /** Parameters of the op other than its inputs. */
  readonly attrs: A;
  /** Type of the result. */
  readonly type: TensorType;
  /** Types of the inputs. */
  readonly inputs: readonly TensorType[];
  /** Position of the element in the result, one `i32` for each axis. */
  readonly coords: readonly Scalar[];
  /** The element of input number `input` at `coords`. */
  read(input: number, coords: readonly Scalar[]): Scalar;
}

/** The arguments of an op's `kernel` rule. */
export interface KernelContext<A extends object = object> {
  /** Parameters of the op other than its inputs. */
  readonly attrs: A;
  /** Type of the result. The stores use its axes. */
  readonly type: TensorType;
  /** Types of the inputs. */
  readonly inputs: readonly TensorType[];
  /** Where the inputs are in memory. */
  readonly operands: readonly MatrixOperand[];
  /** The kernel's label. */
  readonly label: string;
  /** The kernel's stores, executed for each element of the result. */
  readonly stores: readonly Store[];
}

/** The arguments of a derivative rule. */
export interface VjpContext<A extends object = object> {
  /** Parameters of the op other than its inputs. */
  readonly attrs: A;
  /** The values that the op is applied to. */
  readonly inputs: readonly Node[];
  /** The node to differentiate. */
  readonly output: Node;
}

/** The arguments of the derivative rule of a loop. */
export interface LoopVjpContext<A extends object = object> extends VjpContext<A> {
  /** Whether the structure of the gradient must not depend on sizes: see `FREE_SIZES`. */
  readonly hasFreeSizes: boolean;
}

/** The arguments of a batching rule. */
export interface VmapContext<A extends object = object> {
  /** Parameters of the op other than its inputs. */
  readonly attrs: A;
  /** The node, of one example. */
  readonly output: Node;
  /** Number of examples. */
  readonly size: number;
  /** The values that the op is applied to; those that differ have a leading axis of examples. */
  readonly inputs: readonly Node[];
  /** Whether each input has that axis. */
  readonly isBatched: readonly boolean[];
  /** The inputs, all with that axis: those without it are repeated. */
  all(): readonly Node[];
}

/** What limits the form of a node. */
export interface FormLimits {
  /** Most operands of a node. */
  readonly mostOperands: number;
}

/**
 * How an op becomes part of a kernel.
 *
 * - `source`: an external value (variable, input, constant).
 * - `element`: each element of the result is a scalar expression of elements of the
 *   inputs. Arithmetic, views, gathers, and random numbers are all of this kind. Fusing two
 *   of them substitutes one expression into the other.
 * - `reduce`: reduces the input over `attrs.axes`.
 * - `kernel`: a kernel of its own, whose `result 0` at the position of an element is the element.
 *   The result is 0 everywhere if an input has no elements.
 * - `scan`: a loop over steps, whose body is a graph of its own; see `scan`. The node has no value,
 *   but `scanPart` nodes that read it have.
 * - `scanPart`: a value that the loop of its input computes.
 */
export type Lowering<A extends object = object> =
  | { readonly kind: "source" }
  | {
    readonly kind: "element";
    /** Moves or repeats elements without computing, so its result is never worth materializing. */
    readonly view: boolean;
    /** The op returns its first input, and only tells passes and derivatives about it. */
    readonly marker?: true;
    element(context: ElementContext<A>): Scalar;
    /**
     * An equal node, if `element` is too long an expression or has more operands than a kernel can
     * bind; `undefined` if the node can stay.
     */
    deviceForm?(node: Node, attrs: A, limits: FormLimits): Node | undefined;
  }
  | { readonly kind: "reduce"; readonly combine: Combine }
  | {
    readonly kind: "kernel";
    /**
     * The layouts in which the kernel reads its inputs: any matrices with a stride of 1, batched
     * over the leading axes, or only row-major ones.
     */
    readonly reads: "matrices" | "rowMajor";
    kernel(context: KernelContext<A>): Kernel;
  }
  | {
    readonly kind: "scan";
    /** The `scanPart` node that is the last state of a carry. */
    final(scan: Node, carry: number): Node;
    /** The values in memory that the loop reads. */
    sources(scan: Node): readonly Node[];
    /**
     * How the node becomes a loop of a plan: a `ScanLowering` of graph/lower/scan_lowering.ts, whose
     * type speaks of drafts. The row has it, so that programs without loops do not contain it.
     */
    readonly loop: object;
  }
  | {
    readonly kind: "scanPart";
    /** Whether it is a value of all steps, or the last state of a carry. */
    readonly part: ScanPart;
  };

/** Which values of a loop a `scanPart` node is. */
export type ScanPart = "stacked" | "final";

/** The cotangent of a value that a loop computes. */
export interface PartCotangent {
  /** The `scanPart` node. */
  readonly part: Node;
  /** Its cotangent. */
  readonly g: Node;
}

/** How an op is applied to a batch of examples. */
export interface Batching<A extends object = object> {
  /** Returns the node of all examples. */
  rule(context: VmapContext<A>): Node;
}

/** An op that cannot be applied to a batch of examples. */
export interface NoBatching {
  /** The reason, which completes "the op has no batching rule: …". */
  readonly refused: string;
}

/** One row of the op table: shape rule, derivative, batching, and lowering. */
export interface Op<A extends object = object> {
  /** The op's name. */
  readonly name: string;
  /** How it becomes part of a kernel. */
  readonly lowering: Lowering<A>;
  /** Its values are random bits; `attrs` say of which stream. */
  readonly isRandom?: true;
  /** Type of the result. Throws `ShapeError` or `DTypeError` if the inputs are invalid. */
  infer(inputs: readonly TensorType[], attrs: A): TensorType;
  /**
   * Cotangents of the inputs, given the cotangent `g` of the output; `null` for an input
   * that gets no gradient. Builds nodes with public ops only. An op without this rule blocks
   * the gradient.
   */
  vjp?(g: Node, context: VjpContext<A>): readonly (Node | null)[];
  /** In place of `vjp` for a `scan`: cotangents of the inputs, given those of its parts. */
  vjpOfParts?(
    parts: readonly PartCotangent[],
    context: LoopVjpContext<A>,
  ): readonly (Node | null)[];
  /**
   * The op applied to each of a batch of examples: the node with a leading axis of examples. Or why
   * there is no such rule: `vmap` refuses the op by its name, with this reason.
   */
  readonly vmap: Batching<A>["rule"] | NoBatching;
}

/** A function that builds nodes and carries its row: `relu(x)` builds, `is(node, relu)` matches. */
export interface Builder<A extends object = object> {
  /** The row of the op table. */
  readonly op: Op<A>;
}

const noTags: ReadonlyMap<symbol, unknown> = new Map();

/**
 * Applies an op. Attributes, including host arrays and shapes, are copied, so the caller may
 * modify them afterwards.
 * @throws {ShapeError} or `DTypeError` if the inputs are invalid or the result is too large
 */
export function makeNode<A extends object>(
  op: Op<A>,
  inputs: readonly Node[],
  attrs: A,
  tags: ReadonlyMap<symbol, unknown> = noTags,
): Node {
  return nodeOf(op, [...inputs], owned(attrs), tags);
}

/** Applies the node's op to other inputs, keeping label and tags. */
export function withInputs(node: Node, inputs: readonly Node[]): Node {
  return nodeOf(node.op, inputs, node.attrs, node.tags);
}

/** Creates a node. Every node is created here. */
function nodeOf<A extends object>(
  op: Op<A>,
  inputs: readonly Node[],
  attrs: A,
  tags: ReadonlyMap<symbol, unknown>,
): Node {
  const type = op.infer(inputs.map((input) => input.type), attrs);
  checkShape(`apply ${op.name}`, type);
  return Object.freeze({ op, inputs, attrs, type, tags });
}

/**
 * A deep copy of arrays, typed arrays, and plain objects, so that the caller may modify the
 * original. Any other value is returned unchanged.
 */
export function owned<T>(value: T): T {
  if (Array.isArray(value)) return value.map(owned) as T;
  if (ArrayBuffer.isView(value)) return (value as unknown as Uint8Array).slice() as T;
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = owned(value[key]); // plain loop: runs for every node
  return copy as T;
}

/** Whether the node's inputs are read from memory, not fused into the kernel that computes it. */
export function readsMemory({ op: { lowering: { kind } } }: Node): boolean {
  return kind === "kernel" || kind === "scan" || kind === "scanPart";
}

/** Whether the node was built by this builder. */
export function is(node: Node, builder: Builder): boolean {
  return node.op === builder.op;
}

/** The node's attributes if it was built by this builder, else `undefined`. */
export function attrsOf<A extends object>(node: Node, builder: Builder<A>): A | undefined {
  return node.op === builder.op ? node.attrs as A : undefined;
}

/** Attaches an op's row to the function that builds its nodes. */
export function defineBuilder<A extends object, F extends (...args: never[]) => Node>(
  op: Op<A>,
  build: F,
): F & Builder<A> {
  return Object.assign(build, { op });
}

/**
 * Whether each element of the node depends only on the elements at the same position of its inputs.
 */
export function isElementwise({ op: { lowering }, inputs, type }: Node): boolean {
  return lowering.kind === "element" && !lowering.view && inputs.length > 0 &&
    inputs.every((input) => sameShape(input.type.shape, type.shape));
}

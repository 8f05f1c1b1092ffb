/** Conversions that let any value be the operand of any op. */
import * as op from "../../graph/mod.ts";
import type { DType, Node, Shape } from "../../graph/mod.ts";
import type { Choices } from "./choices.ts";

/**
 * What an operand must be: a type, or any of those that arithmetic takes (`number`), that can be
 * computed with (`any`), or that can be moved (`movable`): bytes are only moved.
 */
export type Kind = Exclude<DType, "u8"> | "number" | "any" | "movable";

/** The value itself, or cast, or a constant where there is none. */
export function ofKind(node: Node | undefined, kind: Kind): Node {
  const isOpen = kind === "any" || kind === "number" || kind === "movable";
  if (!node) return op.full(1, [1], isOpen ? "f32" : kind);
  const { dtype } = node.type;
  if (kind === "movable" || (kind === "any" && dtype !== "u8")) return node;
  if (kind === "number" && dtype !== "bool" && dtype !== "u8") return node;
  return op.cast(node, isOpen ? "f32" : kind);
}

/** All axes of a value. */
export function axesOf({ type }: Node): number[] {
  return type.shape.map((_, axis) => axis);
}

/** The same value with all elements along one axis. */
export function flat(x: Node): Node {
  return op.reshape(x, [op.elementCount(x.type.shape)]);
}

/** Elements of x under another shape: as it is, broadcast, repeated, cropped or padded. */
export function fit(x: Node, shape: Shape, choices: Choices): Node {
  if (op.sameShape(x.type.shape, shape)) return x;
  const ways = [repeated, cropped, spread];
  if (canBroadcast(x.type.shape, shape)) return op.broadcastTo(x, shape);
  return choices.one(ways)(x, shape);
}

function canBroadcast(from: Shape, to: Shape): boolean {
  const added = to.length - from.length;
  return added >= 0 && from.every((size, i) => size === 1 || size === to[i + added]);
}

/** The elements over and over again. */
function repeated(x: Node, shape: Shape): Node {
  const list = flat(x);
  const [size] = list.type.shape as [number];
  const count = op.elementCount(shape);
  if (size === 0) return filled(list, shape);
  if (count <= size) return op.reshape(op.slice(list, [0], [count]), shape);
  const times = Math.ceil(count / size);
  const many = op.reshape(op.broadcastTo(list, [times, size]), [times * size]);
  return op.reshape(op.slice(many, [0], [count]), shape);
}

/** Cropped where it is too long, padded where it is too short. */
function cropped(x: Node, shape: Shape): Node {
  const source = x.type.shape.length === shape.length ? x : flat(x);
  const wanted = x.type.shape.length === shape.length ? shape : [op.elementCount(shape)];
  const sizes = wanted.map((size, axis) => Math.min(size, source.type.shape[axis]!));
  const part = op.slice(source, sizes.map(() => 0), sizes);
  const padded = op.pad(part, sizes.map(() => 0), sizes.map((size, axis) => wanted[axis]! - size));
  return op.reshape(padded, shape);
}

/** The last element everywhere. */
function spread(x: Node, shape: Shape): Node {
  const list = flat(x);
  const [size] = list.type.shape as [number];
  if (size === 0) return filled(list, shape);
  const scalar = op.reshape(op.slice(list, [size - 1], [1]), []);
  return op.broadcastTo(scalar, shape);
}

/** Ones of the type of a list without elements. */
function filled(list: Node, shape: Shape): Node {
  return op.reshape(op.pad(list, [0], [op.elementCount(shape)], { value: 1 }), shape);
}

/** Integers of [0, count). */
export function below(x: Node, count: number): Node {
  return op.mod(op.bitAnd(x, op.fullLike(x, 0x7fff)), op.fullLike(x, count));
}

/**
 * Keeps floats of order one, so that chains neither overflow nor lose all accuracy. The first
 * ways keep small whole numbers whole: results on them must be right to the last bit.
 */
export function tame(x: Node, choices: Choices): Node {
  const ways = [itself, wrapped, itself, clamped, wrapped, halved, wrapped, op.tanh];
  return choices.one(ways)(x);
}

function itself(x: Node): Node {
  return x;
}

/** The whole part, wrapped to [−3, 4]: a wrong number is rarely hidden by it. */
function wrapped(x: Node): Node {
  const whole = op.cast(clampedTo(x, 2 ** 24), "i32");
  const low = op.bitAnd(whole, op.fullLike(whole, 7));
  return op.cast(op.sub(low, op.fullLike(low, 3)), "f32");
}

function clamped(x: Node): Node {
  return clampedTo(x, 8);
}

/** x moved to the nearest value in [−limit, limit]. */
export function clampedTo(x: Node, limit: number): Node {
  return op.maximum(op.minimum(x, op.fullLike(x, limit)), op.fullLike(x, -limit));
}

function halved(x: Node): Node {
  return op.mul(x, op.fullLike(x, 0.5));
}

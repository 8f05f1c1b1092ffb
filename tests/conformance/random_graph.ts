// Random computations: what fusion, scheduling and memory planning must not change.
import { gradients, Variable } from "../../autograd/mod.ts";
import * as op from "../../graph/mod.ts";
import type { Graph, Node, Shape } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";

/** One step of a recipe: numbers that choose an op, its inputs and its options. */
export interface Choice {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** What a random graph is made from. Equal recipes make equal graphs. */
export interface Recipe {
  readonly shapes: readonly Shape[];
  readonly choices: readonly Choice[];
  readonly roots: readonly number[];
  /** Update the variables by a gradient step, or by other values of the graph. */
  readonly learns: boolean;
}

/** A graph, and the variables that it reads and updates. */
export interface RandomGraph {
  readonly graph: Graph;
  readonly variables: readonly Variable[];
}

const LARGEST = 2048;

type Maker = (pool: Pool, choice: Choice) => Node | undefined;

/** The values made so far, to choose from. */
class Pool {
  readonly nodes: Node[] = [];

  choose(number: number, fits: (node: Node) => boolean): Node | undefined {
    const fitting = this.nodes.filter(fits);
    return fitting[number % Math.max(1, fitting.length)];
  }

  float(number: number): Node {
    return this.choose(number, isFloat)!;
  }

  /** An f32 value of this shape: an existing one, or a sum that is spread. */
  floatLike(number: number, shape: Shape): Node {
    const same = this.choose(
      number,
      (node) => isFloat(node) && op.sameShape(node.type.shape, shape),
    );
    if (same && number % 3 > 0) return same;
    const other = this.float(number);
    return op.broadcastTo(tame(op.reduceSum(other, axesOf(other))), shape);
  }
}

function isFloat({ type }: Node): boolean {
  return type.dtype === "f32";
}

function axesOf({ type }: Node): number[] {
  return type.shape.map((_, axis) => axis);
}

/** Some of the axes, chosen by the bits of a number. */
function someAxes(x: Node, bits: number): number[] {
  return axesOf(x).filter((axis) => (bits >> axis) & 1);
}

const unaries = [op.relu, op.tanh, op.sigmoid, op.neg, op.abs, op.sin, op.gelu, op.stopGradient];
const binaries = [op.add, op.sub, op.maximum, op.minimum];
const comparisons = [op.less, op.lessEqual, op.equal, op.greater];

/** Keeps values of order one, so that f32 and float64 can be compared. */
function tame(x: Node): Node {
  return op.tanh(x);
}

const makers: readonly Maker[] = [
  (pool, { a, c }) => unaries[c % unaries.length]!(pool.float(a)),
  (pool, { a, b, c }) => {
    const x = pool.float(a);
    return binaries[c % binaries.length]!(x, pool.floatLike(b, x.type.shape));
  },
  (pool, { a, b }) => {
    const x = pool.float(a);
    return tame(op.mul(x, pool.floatLike(b, x.type.shape)));
  },
  (pool, { a, c }) => {
    const x = pool.float(a);
    return tame(op.reduceSum(x, someAxes(x, c)));
  },
  (pool, { a, c }) => {
    const x = pool.float(a);
    const axes = someAxes(x, c);
    const isEmpty = axes.some((axis) => x.type.shape[axis] === 0);
    return isEmpty ? undefined : (c & 8 ? op.logSumExp : op.mean)(x, axes);
  },
  (pool, { a, c }) => {
    const x = pool.float(a);
    const rank = x.type.shape.length;
    return rank === 0 ? undefined : op.softmax(x, c % rank);
  },
  (pool, { a, c }) => {
    const x = pool.float(a);
    const rank = x.type.shape.length;
    return op.permute(x, axesOf(x).map((axis) => (axis + c) % rank));
  },
  (pool, { a, c }) => {
    const x = pool.float(a);
    const { shape } = x.type;
    const split = shape.flatMap((size, axis) =>
      axis === c % 3 && size % 2 === 0 ? [2, size / 2] : [size]
    );
    return op.reshape(x, c & 4 ? [op.elementCount(shape)] : split);
  },
  (pool, { a, b, c }) => {
    const x = pool.float(a);
    const spread = [1 + b % 4, ...x.type.shape.map((size) => size === 1 ? 1 + c % 5 : size)];
    return op.broadcastTo(x, spread);
  },
  (pool, { a, b, c }) => {
    const x = pool.float(a);
    const { shape } = x.type;
    const starts = shape.map((size, axis) => size > 1 ? (b + axis) % size : 0);
    const sizes = shape.map((size, axis) =>
      Math.min(size, 1 + c % Math.max(1, size - starts[axis]!))
    );
    return op.slice(
      x,
      starts,
      sizes.map((size, axis) => Math.min(size, shape[axis]! - starts[axis]!)),
    );
  },
  (pool, { a, b, c }) => {
    const x = pool.float(a);
    const amount = (seed: number) => x.type.shape.map((_, axis) => (seed >> axis) & 1);
    return op.pad(x, amount(b), amount(c), { interior: amount(b >> 3) });
  },
  (pool, { a, b, c }) => {
    const x = pool.float(a);
    const rank = x.type.shape.length;
    return rank === 0 ? undefined : op.concat([x, pool.floatLike(b, x.type.shape)], c % rank);
  },
  (pool, { a, b }) => {
    const x = matrixOf(pool.float(a));
    const k = x.type.shape[1]!;
    const y = pool.choose(
      b,
      ({ type }) => type.dtype === "f32" && type.shape.length === 2 && type.shape.includes(k),
    );
    const right = !y ? op.transpose(x) : y.type.shape[0] === k ? y : op.transpose(y);
    return tame(op.matmul(x, right));
  },
  (pool, { a, c }) => {
    const x = pool.float(a);
    const rank = x.type.shape.length;
    if (rank === 0) return undefined;
    return op.iota(x.type.shape, c % rank);
  },
  (pool, { a, b, c }) => {
    const position = pool.choose(a, ({ type }) => type.dtype === "i32");
    if (!position) return undefined;
    return comparisons[c % comparisons.length]!(position, op.fullLike(position, b % 4));
  },
  (pool, { a, b, c }) => {
    const condition = pool.choose(a, ({ type }) => type.dtype === "bool");
    if (!condition) return undefined;
    const { shape } = condition.type;
    return op.select(condition, pool.floatLike(b, shape), pool.floatLike(c, shape));
  },
  (pool, { a, b }) => {
    const x = pool.float(a);
    const size = x.type.shape[0];
    const index = pool.choose(b, ({ type }) => type.dtype === "i32" && type.shape.length === 1);
    return index && size ? op.gather(x, index, 0) : undefined;
  },
  (pool, { a, b, c }) => {
    const x = imagesOf(pool.float(a));
    const [, channels, h, w] = x.type.shape as [number, number, number, number];
    const size = [1 + c % 2, channels, Math.min(h, 1 + b % 3), Math.min(w, 1 + c % 3)];
    if (op.elementCount(x.type.shape) === 0) return undefined;
    const weight = op.broadcastTo(pool.floatLike(b, [size[3]!]), size);
    return tame(op.conv2d(x, weight, { stride: 1 + b % 2, padding: c % 2 }));
  },
  (pool, { a, b, c }) => {
    const x = imagesOf(pool.float(a));
    const [h, w] = x.type.shape.slice(-2) as [number, number];
    if (h < 2 || w < 2) return undefined;
    const options = { size: 2, stride: 1 + b % 2, padding: b & 4 ? 1 : 0 };
    return (c % 2 ? op.maxPool2d : op.avgPool2d)(x, options);
  },
  (pool, { a, c }) => {
    const x = pool.float(a);
    const rank = x.type.shape.length;
    const axis = c % Math.max(1, rank);
    return rank === 0 || x.type.shape[axis] === 0 ? undefined : op.argmax(x, axis);
  },
  (pool, { a, b, c }) => {
    const counter = pool.choose(a, ({ type }) => type.dtype === "i32" && type.shape.length === 0);
    const attrs = { shape: pool.float(b).type.shape, seed: 1, stream: c };
    return op.randomUniform(counter ?? op.full(c, [], "i32"), attrs);
  },
  (pool, { a, c }) =>
    op.cast(pool.choose(a, ({ type }) => type.dtype !== "f32") ?? pool.float(c), "f32"),
];

/** The same elements as a matrix. */
function matrixOf(x: Node): Node {
  const { shape } = x.type;
  if (shape.length === 2) return x;
  const last = shape.at(-1) ?? 1;
  return op.reshape(x, [op.elementCount(shape.slice(0, -1)), last]);
}

/** The same elements as a batch of images. */
function imagesOf(x: Node): Node {
  const { shape } = x.type;
  if (shape.length > 4) return imagesOf(op.reshape(x, [op.elementCount(shape)]));
  return op.reshape(x, [...[1, 1, 1, 1].slice(shape.length), ...shape]);
}

/** Follows a recipe. Choices that do not fit, or would grow too large, are left out. */
export function makeGraph(recipe: Recipe): RandomGraph {
  const variables = recipe.shapes.map((shape, i) => {
    const random = generator(i + 1);
    const count = op.elementCount(shape);
    const data = Float32Array.from({ length: count }, () => 2 * random() - 1);
    return new Variable(`v${i}`, { dtype: "f32", shape }, () => data);
  });
  const pool = new Pool();
  pool.nodes.push(...variables.map(({ node }) => node));
  for (const choice of recipe.choices) {
    const node = makers[choice.op % makers.length]!(pool, choice);
    if (node && op.elementCount(node.type.shape) <= LARGEST) pool.nodes.push(node);
  }
  const outputs = recipe.roots.map((root) => pool.nodes.at(-1 - root % pool.nodes.length)!);
  const updates = recipe.learns ? gradientStep(outputs, variables) : otherValues(pool, variables);
  return { graph: { outputs, updates }, variables };
}

function gradientStep(outputs: readonly Node[], variables: readonly Variable[]): Map<Node, Node> {
  const squares = outputs.filter(isFloat).map((x) => op.reduceSum(op.square(tame(x)), axesOf(x)));
  const loss = squares.reduce(op.add, op.full(0, []));
  const nodes = variables.map(({ node }) => node);
  const slopes = gradients(loss, nodes);
  return new Map(nodes.map((node, i) => {
    const delta = op.mul(tame(slopes[i]!), op.fullLike(node, -0.1));
    return [node, op.applyUpdate(node, delta)];
  }));
}

/** Every variable takes a value of its type, perhaps the old one of another variable. */
function otherValues(pool: Pool, variables: readonly Variable[]): Map<Node, Node> {
  return new Map(variables.map(({ node }, i) => {
    const next = pool.choose(7 * i + 3, ({ type }) => op.sameType(type, node.type));
    return [node, next ?? node];
  }));
}

/** Other graphs that must give the same values. */
import * as op from "../../graph/mod.ts";
import type { Conv2dAttrs, Graph, Node, WindowsAttrs } from "../../graph/mod.ts";

/** A graph in which some values come from outside, and the inputs that they come through. */
export interface CutGraph {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<Node, Node>;
}

/** All roots as outputs; nothing is updated. */
export function withoutUpdates(graph: Graph): Graph {
  return { outputs: op.rootsOf(graph), updates: new Map() };
}

/** Replaces nodes by inputs of their types. */
export function cut(graph: Graph, chosen: ReadonlySet<Node>): CutGraph {
  const inputs = new Map<Node, Node>(
    [...chosen].map((node, i) => [node, op.input(`cut ${i}`, node.type)]),
  );
  return { graph: op.rewrite(graph, (_, original) => inputs.get(original)), inputs };
}

/** The values that are read more than once and computed. */
export function sharedNodes(graph: Graph): Set<Node> {
  const readers = new Map<Node, number>();
  for (const { inputs } of op.topological(op.rootsOf(graph))) {
    for (const input of inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  const hasValue = ({ op }: Node) => op.lowering.kind !== "scan"; // only its parts have
  return chosenNodes(graph, (node) => hasValue(node) && (readers.get(node) ?? 0) > 1);
}

/** The values that repeat others: operands with a stride of 0. */
export function broadcastNodes(graph: Graph): Set<Node> {
  return chosenNodes(graph, (node) => op.is(node, op.broadcastTo));
}

function chosenNodes(graph: Graph, isChosen: (node: Node) => boolean): Set<Node> {
  const roots = new Set(op.rootsOf(graph));
  return new Set(
    op.topological(roots).filter((node) =>
      node.op.lowering.kind !== "source" && !roots.has(node) && isChosen(node)
    ),
  );
}

/** Reads some values over several extents at once; none of them is an output as a whole. */
export function withExtents(graph: Graph): Graph {
  const numbers = op.topological(op.rootsOf(graph)).filter(({ type, op: { lowering } }) =>
    lowering.kind !== "source" && (type.dtype === "f32" || type.dtype === "i32") &&
    op.elementCount(type.shape) > 1
  );
  const every = Math.max(1, Math.ceil(numbers.length / MOST_READ));
  const chosen = numbers.filter((_, i) => i % every === every - 1);
  return { outputs: chosen.flatMap(readsOf), updates: new Map() };
}

const MOST_READ = 5;

/** Prefix, suffix, whole, reduced and reshaped. */
function readsOf(x: Node): Node[] {
  const list = op.reshape(x, [op.elementCount(x.type.shape)]);
  const [size] = list.type.shape as [number];
  const sumOf = (start: number, end: number) =>
    op.reduceSum(op.slice(list, [start], [end - start]), [0]);
  const half = Math.ceil(size / 2);
  const axes = x.type.shape.map((_, axis) => axis);
  return [
    sumOf(0, half),
    sumOf(0, size - 1),
    op.reduceMax(op.slice(list, [half], [size - half]), [0]),
    op.reduceSum(x, axes),
    op.add(x, op.fullLike(x, 1)),
    op.slice(list, [0], [half]),
    op.reduceSum(x, axes.slice(-1)),
  ];
}

/** Every product and scatter written out with loops: broadcast, multiply or compare, add up. */
export function loopForm(graph: Graph): Graph {
  return op.rewrite(graph, (node) => {
    const [a, b] = node.inputs as [Node, Node];
    if (op.is(node, op.matmul)) return loopMatmul(a, b);
    if (op.is(node, op.scatterSum)) return op.reduceSum(spread(a, b, node.type.shape[0]!), [1]);
    if (op.is(node, op.scatterMax)) {
      const largest = op.reduceMax(spread(a, b, node.type.shape[0]!), [1]);
      return op.maximum(largest, op.fullLike(largest, 0));
    }
    const attrs = op.attrsOf(node, op.conv2d);
    if (attrs) return loopConv2d(a, b, attrs);
    const toInput = op.attrsOf(node, op.conv2dInputGradient);
    if (toInput) return loopInputGradient(a, b, toInput);
    const toWeight = op.attrsOf(node, op.conv2dWeightGradient);
    return toWeight && loopWeightGradient(a, b, toWeight);
  });
}

/** [rows, n, c]: the terms of each row, and 0 in place of those of other rows. */
function spread(g: Node, indices: Node, rows: number): Node {
  const [n, columns] = g.type.shape as [number, number];
  const full = [rows, n, columns];
  const wanted = op.broadcastTo(op.reshape(indices, [1, n, 1]), full);
  const all = op.broadcastTo(op.reshape(g, [1, n, columns]), full);
  return op.select(op.equal(wanted, op.iota(full, 0)), all, op.fullLike(all, 0));
}

/** Has the graph a kernel that has a loop form? */
export function hasKernels(graph: Graph): boolean {
  return op.topological(op.rootsOf(graph)).some(({ op }) => op.lowering.kind === "kernel");
}

function loopMatmul(a: Node, b: Node): Node {
  const batch = a.type.shape.slice(0, -2);
  const [m, k] = a.type.shape.slice(-2) as [number, number];
  const n = b.type.shape.at(-1)!;
  const rows = op.reshape(a, [...batch, m, 1, k]);
  const columns = op.reshape(op.transpose(b), [...batch, 1, n, k]);
  return sumOfProducts(rows, columns, [...batch, m, n, k], [batch.length + 2]);
}

function sumOfProducts(a: Node, b: Node, shape: op.Shape, axes: readonly number[]): Node {
  return op.reduceSum(op.mul(op.broadcastTo(a, shape), op.broadcastTo(b, shape)), axes);
}

/** Sizes of a convolution whose channels are split in groups. */
function grouped({ images, weight, output, groups }: Conv2dAttrs) {
  const [n] = images as [number, number];
  const [outputs, inGroup, kernelHeight, kernelWidth] = weight as [number, number, number, number];
  const kernel = [kernelHeight, kernelWidth];
  return { n, groups, outGroup: outputs / groups, inGroup, kernel, output };
}

function windowsOf({ images, weight, ...rest }: Conv2dAttrs): WindowsAttrs {
  const { stride, padding, dilation, output } = rest;
  const size = weight.slice(2) as unknown as op.Pair;
  const image = images.slice(2) as unknown as op.Pair;
  return { size, stride, padding, dilation, output, image, value: 0 };
}

function loopConv2d(x: Node, weight: Node, attrs: Conv2dAttrs): Node {
  const { n, groups, outGroup, inGroup, kernel, output } = grouped(attrs);
  const all = op.windows(x, windowsOf(attrs));
  const windows = op.reshape(all, [n, groups, 1, inGroup, ...output, ...kernel]);
  const weights = op.reshape(weight, [1, groups, outGroup, inGroup, 1, 1, ...kernel]);
  const shape = [n, groups, outGroup, inGroup, ...output, ...kernel];
  return op.reshape(sumOfProducts(windows, weights, shape, [3, 6, 7]), op.conv2dResult(attrs));
}

function loopInputGradient(g: Node, weight: Node, attrs: Conv2dAttrs): Node {
  const { n, groups, outGroup, inGroup, kernel, output } = grouped(attrs);
  const results = op.reshape(g, [n, groups, outGroup, 1, ...output, 1, 1]);
  const weights = op.reshape(weight, [1, groups, outGroup, inGroup, 1, 1, ...kernel]);
  const shape = [n, groups, outGroup, inGroup, ...output, ...kernel];
  const windows = sumOfProducts(results, weights, shape, [2]);
  const all = op.reshape(windows, [n, groups * inGroup, ...output, ...kernel]);
  return op.overlapAdd(all, windowsOf(attrs));
}

function loopWeightGradient(x: Node, g: Node, attrs: Conv2dAttrs): Node {
  const { n, groups, outGroup, inGroup, kernel, output } = grouped(attrs);
  const all = op.windows(x, windowsOf(attrs));
  const windows = op.reshape(all, [n, groups, 1, inGroup, ...output, ...kernel]);
  const results = op.reshape(g, [n, groups, outGroup, 1, ...output, 1, 1]);
  const shape = [n, groups, outGroup, inGroup, ...output, ...kernel];
  return op.reshape(sumOfProducts(windows, results, shape, [0, 4, 5]), attrs.weight);
}

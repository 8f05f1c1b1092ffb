/**
 * Evaluates a graph with intervals: float64 values together with a rigorous bound of what any
 * order of summation and any correct rounding to f32 can make of them. Where numbers are small
 * multiples of a power of two the interval is a point, so that results are compared bit for bit.
 */
import {
  type Conv2dAttrs,
  elementCount,
  type Graph,
  is,
  type Node,
  rootsOf,
  scalarTypeOf,
  topological,
} from "../../../graph/mod.ts";
import * as op from "../../../graph/mod.ts";
import {
  runScan,
  type ScanEvaluation,
  type ScanHistory,
  scanPartOf,
} from "../../../graph/interpret/scan.ts";
import { forEachProduct } from "./conv2d_products.ts";
import { boundElements } from "./element_bounds.ts";
import { type Bounds, exactly } from "./interval.ts";
import { boundReduce, finished, newTotal } from "./reduce_bounds.ts";
import { FloatSum } from "./sum_bounds.ts";

export { type Bounds, exactly, holds, type Sharpness, sharpness } from "./interval.ts";

/** Bounds of every value under a graph, given those of its sources or of any other node. */
export function boundGraph(
  graph: Graph,
  given: ReadonlyMap<Node, Bounds>,
): Map<Node, Bounds> {
  const bounds = new Map<Node, Bounds>();
  const histories = new Map<Node, ScanHistory<Bounds>>();
  for (const node of topological(rootsOf(graph))) {
    const known = node.op.lowering.kind === "scan" ? undefined : given.get(node);
    bounds.set(node, known ?? boundNode(node, { known: bounds, histories }));
  }
  return bounds;
}

const intervals: ScanEvaluation<Bounds> = {
  slice: ({ low, high }, start, end) => ({
    low: low.slice(start, end),
    high: high.slice(start, end),
  }),
  join: (all) => ({
    low: Float64Array.from(all.flatMap(({ low }) => [...low])),
    high: Float64Array.from(all.flatMap(({ high }) => [...high])),
  }),
  run: (roots, given) => boundGraph({ outputs: roots, updates: new Map() }, given),
};

function boundNode(
  node: Node,
  { known, histories }: {
    readonly known: ReadonlyMap<Node, Bounds>;
    readonly histories: Map<Node, ScanHistory<Bounds>>;
  },
): Bounds {
  const inputs = node.inputs.map((input) => known.get(input)!);
  const { lowering } = node.op;
  switch (lowering.kind) {
    case "element":
      return boundElements(node, lowering, inputs);
    case "reduce":
      return boundReduce(node, lowering.combine, inputs[0]!);
    case "kernel":
      if (op.is(node, op.matmul)) return boundMatmul(node, inputs as [Bounds, Bounds]);
      return op.is(node, op.scatterSum) || op.is(node, op.scatterMax)
        ? boundScatter(node, inputs as [Bounds, Bounds])
        : boundConv2d(node, inputs as [Bounds, Bounds]);
    case "scan":
      histories.set(node, runScan(node.attrs as op.ScanAttrs, inputs, intervals));
      return exactly([]);
    case "scanPart":
      return scanPartOf(node, histories.get(node.inputs[0]!)!, intervals);
    case "source":
      return exactly((node.attrs as op.ConstantAttrs).data);
  }
}

function boundMatmul(node: Node, [a, b]: readonly [Bounds, Bounds]): Bounds {
  const [m, k] = node.inputs[0]!.type.shape.slice(-2) as [number, number];
  const n = node.type.shape.at(-1)!;
  const sums = sumsOf(node);
  sums.forEach((sum, i) => {
    const row = Math.floor(i / n); // of all the matrices, one after the other
    const matrix = Math.floor(row / m);
    for (let j = 0; j < k; j++) {
      const [p, q] = [row * k + j, (matrix * k + j) * n + i % n];
      sum.addProduct(a.low[p]!, a.high[p]!, b.low[q]!, b.high[q]!);
    }
  });
  return products(sums);
}

/** A term whose index is not known counts, or does not, in every row that it may be of. */
function boundScatter(node: Node, [g, indices]: readonly [Bounds, Bounds]): Bounds {
  const [rows, columns] = node.type.shape as [number, number];
  const combine = op.is(node, op.scatterMax) ? "max" : "sum";
  const type = scalarTypeOf(node.type.dtype);
  const totals = Array.from({ length: rows * columns }, () => newTotal(combine, type));
  if (combine === "max") totals.forEach((total) => total.add(0, 0));
  indices.low.forEach((least, term) => {
    const most = indices.high[term]!;
    const isKnown = least === most;
    for (let row = Math.max(0, least); row <= Math.min(rows - 1, most); row++) {
      for (let column = 0; column < columns; column++) {
        const at = term * columns + column;
        const low = isKnown ? g.low[at]! : Math.min(0, g.low[at]!);
        const high = isKnown ? g.high[at]! : Math.max(0, g.high[at]!);
        totals[row * columns + column]!.add(low, high);
      }
    }
  });
  return finished(totals);
}

function boundConv2d(node: Node, [a, b]: readonly [Bounds, Bounds]): Bounds {
  const sums = sumsOf(node);
  const see = is(node, op.conv2d)
    ? (image: number, weight: number, output: number) => add(output, image, weight)
    : is(node, op.conv2dInputGradient)
    ? (image: number, weight: number, output: number) => add(image, output, weight)
    : (image: number, weight: number, output: number) => add(weight, image, output);
  const add = (to: number, p: number, q: number) =>
    sums[to]!.addProduct(a.low[p]!, a.high[p]!, b.low[q]!, b.high[q]!);
  forEachProduct(node.attrs as Conv2dAttrs, see);
  return products(sums);
}

function sumsOf(node: Node): FloatSum[] {
  return Array.from({ length: elementCount(node.type.shape) }, () => new FloatSum());
}

/** Each product may be rounded before it is added. */
function products(sums: readonly FloatSum[]): Bounds {
  return finished(sums.map((sum) => ({ finish: () => sum.finish(1) })));
}

/**
 * An op outside of the op table whose kernel is a loop nest: squared distances between the rows of
 * two matrices.
 */
import { evaluate } from "../../autograd/mod.ts";
import {
  add,
  constant,
  elementCount,
  fullLike,
  interpret,
  makeNode,
  type MatrixOperand,
  type Node,
  type Op,
  relu,
  s,
  type Scalar,
  slice,
  transpose,
} from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";
import type { BackendTest } from "./suite.ts";

const distances: Op = {
  name: "distances",
  lowering: {
    kind: "kernel",
    reads: "matrices",
    kernel: ({ type, inputs, operands: [a, b], label, stores }) => {
      const [outer, inner] = [type.shape, inputs[0]!.shape.slice(1)];
      const [i, j, k] = [...outer, ...inner].map((size, axis) => s.axis(axis, size));
      const difference = s.sub(elementAt(a!, i!, k!), elementAt(b!, j!, k!));
      const value = s.mul(difference, difference);
      const reductions = [{ combine: "sum", value }] as const;
      return {
        kind: "loop",
        label,
        outer,
        inner,
        reductions,
        outerStores: stores,
        innerStores: [],
      };
    },
  },
  infer: ([a, b]) => ({ dtype: "f32", shape: [a!.shape[0]!, b!.shape[0]!] }),
  vmap: { refused: "the test does not batch it" },
};

function elementAt(operand: MatrixOperand, row: Scalar, column: Scalar): Scalar {
  const start = s.add(s.int(operand.offset), s.mul(row, s.int(operand.rowStride)));
  return s.load(operand.slot, "f32", s.add(start, s.mul(column, s.int(operand.columnStride))));
}

/** How an operand lies in memory. */
const layouts: Readonly<Record<string, (x: Node) => Node>> = {
  "row-major": (x) => x,
  transposed: (x) => transpose(constant(columnsOf(x), x.type.shape.toReversed())),
  "part of a larger matrix": (x) => {
    const [rows, columns] = x.type.shape as [number, number];
    const data = new Float32Array((rows + 1) * columns).fill(NaN);
    data.set(dataOf(x), columns);
    return slice(constant(data, [rows + 1, columns]), [1, 0], [rows, columns]);
  },
  computed: (x) => add(x, fullLike(x, 0)),
};

function dataOf(x: Node): Float32Array {
  return (x.attrs as { readonly data: Float32Array }).data;
}

function columnsOf(x: Node): Float32Array {
  const [rows, columns] = x.type.shape as [number, number];
  const data = dataOf(x);
  return Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
}

function matrix(shape: readonly [number, number], seed: number): Node {
  const next = generator(seed);
  return constant(Float32Array.from({ length: elementCount(shape) }, () => 4 * next() - 2), shape);
}

function expected(a: Node, b: Node, columns: number): number[] {
  const [x, y] = [dataOf(a), dataOf(b)];
  const n = b.type.shape[0]!;
  return Array.from({ length: a.type.shape[0]! * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const terms = Array.from(
      { length: columns },
      (_, k) => x[i * columns + k]! - y[j * columns + k]!,
    );
    return Math.max(0, terms.reduce((sum, term) => sum + term * term, 0) - 3);
  });
}

/** An op whose kernel is a loop nest runs everywhere, on operands of any layout. */
export function loopKernelConformance(backendTest: BackendTest): void {
  for (const [layout, placed] of Object.entries(layouts)) {
    for (const [m, n, k] of [[3, 5, 7], [1, 1, 1], [17, 1, 33], [2, 3, 0]] as const) {
      if (k === 0 && layout !== "row-major") continue;
      backendTest(`an op with a loop nest of ${m}×${n}×${k}, ${layout}`, async (backend) => {
        const [a, b] = [matrix([m, k], 1), matrix([n, k], 2)];
        const sums = makeNode(distances, [placed(a), placed(b)], {});
        const node = relu(add(sums, fullLike(sums, -3))); // an epilogue
        const wanted = expected(a, b, k);
        const tolerance = { relative: 1e-5, absolute: 1e-5 };
        const [values] = await evaluate([{ node }], { backend });
        assertAllClose(values!, wanted, tolerance, layout);
        assertAllClose(interpret([node]).get(node)!, wanted, tolerance, "interpreter");
      });
    }
  }
}

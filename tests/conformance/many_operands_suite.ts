import { assert, assertEquals } from "@std/assert";
import { evaluate, pullBack } from "../../autograd/mod.ts";
import {
  add,
  type Backend,
  concat,
  constant,
  elementsAt,
  full,
  lower,
  matmul,
  maximum,
  type Node,
  reduceSum,
  reshape,
  slice,
  slotsReadBy,
  slotsWrittenBy,
} from "../../graph/mod.ts";
import type { BackendTest } from "./suite.ts";

/** A graph of many operands, and the value of its root. */
interface Wide {
  readonly name: string;
  readonly build: (terms: readonly Node[]) => Node;
  /** From the terms' elements: term number i holds i, i + 1, i + 2, i + 3. */
  readonly expected: (count: number) => number[];
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const elements = (i: number) => [i, i + 1, i + 2, i + 3];
const sumOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const columns = (count: number) =>
  range(4).map((column) => sumOf(range(count).map((i) => i + column)));

function balanced(terms: readonly Node[]): Node {
  const half = terms.length >> 1;
  return half === 0 ? terms[0]! : add(balanced(terms.slice(0, half)), balanced(terms.slice(half)));
}

const identity = constant(Float32Array.of(1, 0, 0, 1), [2, 2]);
const asMatrix = (node: Node) => reshape(node, [2, 2]);

const wide: readonly Wide[] = [
  { name: "a sum from the left", build: (terms) => terms.reduce(add), expected: columns },
  {
    name: "a sum from the right",
    build: (terms) => terms.toReversed().reduce((sum, term) => add(term, sum)),
    expected: columns,
  },
  { name: "a balanced sum", build: balanced, expected: columns },
  {
    name: "a sum of the larger of neighbors",
    build: (terms) =>
      terms.map((term, i) => maximum(term, terms[(i + 1) % terms.length]!)).reduce(add),
    expected: (count) =>
      range(4).map((column) =>
        sumOf(range(count).map((i) => Math.max(i, (i + 1) % count) + column))
      ),
  },
  {
    name: "a product plus all",
    build: (terms) =>
      terms.reduce((sum, term) => add(sum, asMatrix(term)), matmul(identity, identity)),
    expected: (count) => columns(count).map((sum, i) => sum + (i === 0 || i === 3 ? 1 : 0)),
  },
  {
    name: "a reduction of a sum",
    build: (terms) => reduceSum(terms.reduce(add), [0]),
    expected: (count) => [sumOf(columns(count))],
  },
  {
    name: "the largest of all",
    build: (terms) => terms.reduce(maximum),
    expected: (count) => elements(count - 1),
  },
  {
    name: "a concat",
    build: (terms) => concat(terms, 0),
    expected: (count) => range(count).flatMap(elements),
  },
  {
    name: "a stack along the last axis",
    build: (terms) => concat(terms.map((term) => reshape(term, [4, 1])), 1),
    expected: (count) => range(4).flatMap((column) => range(count).map((i) => i + column)),
  },
  {
    name: "a concat of parts and sums, doubled",
    build: (terms) => {
      const parts = terms.map((term, i) =>
        i % 3 === 0 ? add(term, terms[0]!) : slice(term, [i % 3], [2])
      );
      const joined = concat(parts, 0);
      return add(joined, joined);
    },
    expected: (count) =>
      range(count).flatMap((i) =>
        (i % 3 === 0 ? elements(i).map((e, at) => e + at) : elements(i).slice(i % 3, i % 3 + 2))
          .map((e) => 2 * e)
      ),
  },
  {
    name: "a concat of concats",
    build: (terms) => terms.reduce((joined, term) => concat([joined, term], 0)),
    expected: (count) => range(count).flatMap(elements),
  },
  {
    name: "elements at computed positions",
    build: (terms) => {
      const ones = range(9).map((axis) => constant(Int32Array.of(axis % 2, 1, 0), [3]));
      const shape = range(9).map((axis) => axis < 2 ? 2 : 1);
      return elementsAt(reshape(terms.reduce(add), shape), ones);
    },
    expected: (count) => [1, 3, 0].map((at) => columns(count)[at]!),
  },
];

/** A recurrence h ← h·w of `length` steps, and its gradient by w. */
function recurrence(length: number): { value: Node; slope: Node } {
  const w = constant(Float32Array.of(1, 0, 0, 1), [2, 2]);
  const first: Node = constant(Float32Array.of(1, 2), [1, 2]);
  const value = range(length).reduce((h) => matmul(h, w), first);
  return { value, slope: pullBack(reduceSum(value, [0, 1]), full(1, []), [w])[0]! };
}

/** Ops, fused or not, of any number of operands, on a backend with limits of any kind. */
export function manyOperandsConformance(
  backendTest: BackendTest,
  counts: readonly number[] = [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 122, 300],
): void {
  for (const { name, build, expected } of wide) {
    backendTest(`${name} of 1 to ${Math.max(...counts)} operands`, async (backend) => {
      for (const count of counts) {
        const node = build(range(count).map((i) => constant(Float32Array.from(elements(i)), [4])));
        const [values] = await evaluate([{ node }], { backend });
        assertEquals([...values!], expected(count), `${count} operands`);
        checkKernels(node, backend);
      }
    });
  }

  backendTest("a weight shared by 150 products has its gradient", async (backend) => {
    const { value, slope } = recurrence(150);
    const [values, slopes] = await evaluate([{ node: value }, { node: slope }], { backend });
    assertEquals([[...values!], [...slopes!]], [[1, 2], [150, 150, 300, 300]]);
  });
}

/** Each kernel keeps to what a dispatch may touch. */
function checkKernels(node: Node, { limits }: Backend): void {
  const { plan } = lower({ outputs: [node], updates: new Map() }, limits, "wide");
  for (const kernel of plan.dispatches.flatMap(({ kernels }) => kernels)) {
    const { size } = slotsReadBy(kernel).union(slotsWrittenBy(kernel));
    assert(size <= limits.slotsPerDispatch, `${size} slots in "${kernel.label}"`);
  }
}

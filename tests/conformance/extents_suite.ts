import { bindGraph } from "../../autograd/executable.ts";
import * as op from "../../graph/mod.ts";
import { type Backend, interpret, type Node } from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";
import { type BackendTest, f32Tolerance } from "./suite.ts";

/** Elements that are the same each time, of order one. */
function values(shape: readonly number[], seed = 1): Node {
  const random = generator(seed);
  return op.constant(
    Float32Array.from({ length: op.elementCount(shape) }, () => 2 * random() - 1),
    shape,
  );
}

function plus(x: Node, value: number): Node {
  return op.add(x, op.fullLike(x, value));
}

/** f32 values of [2·half, 3] whose rows are computed by cases: what a range of rows simplifies. */
const producers: Readonly<Record<string, (half: number) => Node>> = {
  concat: (half) => op.concat([values([half, 3]), plus(values([half, 3], 2), 10)], 0),
  "pad before": (half) => op.pad(plus(values([half, 3]), 2), [half, 0], [0, 0]),
  "pad after": (half) => op.pad(plus(values([half, 3]), 2), [0, 0], [half, 0], { value: 7 }),
  mask: (half) => {
    const row = op.iota([2 * half, 3], 0);
    const first = op.less(row, op.fullLike(row, half));
    return op.select(first, values([2 * half, 3]), op.full(5, [2 * half, 3]));
  },
  gather: (half) => op.gather(values([half, 3]), op.iota([2 * half], 0), 0),
  "remainder of a position": (half) => {
    const row = op.iota([2 * half, 3], 0);
    return op.cast(op.mod(row, op.fullLike(row, half)), "f32");
  },
  "larger of position and half": (half) => {
    const row = op.iota([2 * half, 3], 0);
    return op.cast(op.maximum(row, op.fullLike(row, half)), "f32");
  },
  reshape: (half) =>
    op.reshape(op.concat([values([3 * half]), values([3 * half], 2)], 0), [2 * half, 3]),
};

/** Ranges of rows of a value that has twice `half` of them. */
const extents = (half: number): readonly (readonly [from: number, size: number])[] => [
  [0, half],
  [0, 2 * half],
  [half, half],
  [half >> 1, half],
  [0, 1],
  [0, half + 1],
];

function rows(x: Node, [from, size]: readonly [number, number]): Node {
  return op.slice(x, [from, 0], [size, x.type.shape[1]!]);
}

/** What is made of a range: read as it is, reduced to one number, or to one for each column. */
const readings: readonly ((x: Node) => Node)[] = [
  (x) => op.sin(x),
  (x) => op.reduceSum(op.square(x), [0, 1]),
  (x) => op.reduceSum(plus(x, 1), [0]),
  (x) => op.reduceSum(op.sin(x), [1]),
];

/** Every pair of ranges, read in every way in one graph, in both orders. */
function readsOf(x: Node, half: number): Node[] {
  const ranges = extents(half);
  return readings.flatMap((read, i) =>
    [...ranges, ...ranges.toReversed()].map((range, j) => readings[(i + j) % 4]!(rows(x, range)))
      .concat(ranges.map((range) => read(rows(x, range))))
  );
}

/** Sums over ranges, joined in one output: the ranges meet in one kernel. */
function joinedReads(x: Node, half: number): Node[] {
  const ranges = extents(half);
  return ranges.flatMap((a) =>
    ranges.map((b) => op.add(readings[1]!(rows(x, a)), readings[1]!(plus(rows(x, b), 1))))
  );
}

async function checkNodes(nodes: readonly Node[], backend: Backend, what: string): Promise<void> {
  const expected = interpret(nodes);
  using bound = await bindGraph({ outputs: nodes, updates: new Map() }, backend, what);
  bound.run();
  const outputs = await bound.read();
  nodes.forEach((node, i) =>
    assertAllClose(outputs[i]!, expected.get(node)!, f32Tolerance(64), `${what}, output ${i}`)
  );
}

/** One program reads a value over ranges of different length: each must be right beside others. */
export function extentConformance(backendTest: BackendTest, halves = [1, 3, 4, 8]): void {
  for (const [name, producer] of Object.entries(producers)) {
    backendTest(`ranges of different length of a ${name} do not disturb each other`, async (b) => {
      for (const half of halves) {
        const x = producer(half);
        const few = [rows(x, [0, half]), x].map(readings[1]!); // so few that x is not stored
        await checkNodes(few, b, `prefix and whole of ${name} of ${half}`);
        await checkNodes(readsOf(x, half), b, `${name} of ${half}`);
        await checkNodes(joinedReads(x, half), b, `${name} of ${half}, joined`);
      }
    });
  }
}

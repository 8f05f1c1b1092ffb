import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { compile, evaluate, Tensor, Variable } from "../../autograd/mod.ts";
import * as op from "../../graph/mod.ts";
import { DTypeError, elementCount, interpret, type Node, type Shape } from "../../graph/mod.ts";
import type { BackendTest } from "./suite.ts";

const byteAt = (i: number) => (i * 37 + 11) % 256;

function bytes(shape: Shape): Node {
  return op.constant(Uint8Array.from({ length: elementCount(shape) }, (_, i) => byteAt(i)), shape);
}

const window = {
  size: [2, 3],
  stride: [1, 1],
  padding: [1, 0],
  dilation: [1, 1],
  output: [4, 3],
  image: [3, 5],
  value: 255,
} as const;

/** What moves bytes and does not compute, on extents that are no multiples of a word. */
const views: readonly (readonly [name: string, node: Node])[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 31, 257].map((n) => [`${n} bytes`, bytes([n])] as const),
  ["a scalar", bytes([])],
  ["nothing", bytes([0])],
  ["no rows", op.permute(bytes([0, 3]), [1, 0])],
  ["reshape", op.reshape(bytes([2, 3, 5]), [5, 6])],
  ["permute", op.permute(bytes([2, 3, 5]), [2, 0, 1])],
  ["transpose", op.transpose(bytes([7, 3]))],
  ["broadcastTo", op.broadcastTo(bytes([3, 1]), [2, 3, 5])],
  ["broadcastTo of a scalar", op.broadcastTo(bytes([]), [6])],
  ["slice", op.slice(bytes([5, 7]), [1, 2], [3, 5])],
  ["slice with steps", op.slice(bytes([5, 9]), [0, 1], [3, 3], [2, 3])],
  ["pad", op.pad(bytes([2, 3]), [1, 0], [0, 2], { interior: [1, 0], value: 200 })],
  ["concat", op.concat([bytes([2, 3]), bytes([2, 1]), bytes([2, 0]), bytes([2, 5])], 1)],
  ["a wide concat", op.concat(Array.from({ length: 40 }, (_, i) => bytes([i % 4])), 0)],
  ["gather", op.gather(bytes([5, 3]), op.constant(Int32Array.of(4, 0, 9, -1, 2), [5]))],
  [
    "elementsAt",
    op.elementsAt(
      bytes([3, 4]),
      [[2, 0, 1], [3, 3, 0]].map((list) => op.constant(Int32Array.from(list), [3])),
    ),
  ],
  ["windows", op.windows(bytes([2, 3, 5]), window)],
  ["stopGradient", op.stopGradient(bytes([5]))],
  [
    "views of views",
    op.slice(op.pad(op.permute(bytes([4, 6]), [1, 0]), [1, 1], [1, 1]), [0, 2], [7, 3]),
  ],
];

/** Bytes as results, and what refuses them. */
export function bytesConformance(backendTest: BackendTest): void {
  backendTest("bytes are moved and read back as bytes", async (backend) => {
    const results = await evaluate(views.map(([, node]) => ({ node })), { backend });
    views.forEach(([name, node], i) => {
      assertInstanceOf(results[i], Uint8Array);
      assertEquals([...results[i]!], [...interpret([node]).get(node)!], name);
    });
    for (const [name, node] of views) { // alone, where other kernels are merged
      const [alone] = await evaluate([{ node }], { backend });
      assertEquals([...alone!], [...interpret([node]).get(node)!], `${name} alone`);
    }
  });

  backendTest("bytes are cast to every other type, moved or not", async (backend) => {
    const x = bytes([3, 5]);
    const moved = [x, op.permute(x, [1, 0]), op.concat([x, x], 0), op.pad(x, [1, 1], [0, 2])];
    const nodes = moved.flatMap((node) =>
      (["f32", "i32", "u32", "bool"] as const).map((dtype) => op.cast(node, dtype))
    );
    const sums = moved.map((node) => op.reduceSum(op.cast(node, "f32"), [0, 1]));
    const all = [...nodes, ...sums, ...moved, x, x]; // the same node twice as well
    const results = await evaluate(all.map((node) => ({ node })), { backend });
    const expected = interpret(all);
    all.forEach((node, i) => assertEquals([...results[i]!], [...expected.get(node)!], `${i}`));
  });

  backendTest(
    "variables and inputs of bytes and booleans keep what they are given",
    async (backend) => {
      using kept = new Variable(
        "kept",
        { dtype: "u8", shape: [5] },
        () => Uint8Array.of(1, 2, 3, 254, 255),
      );
      using flags = new Variable(
        "flags",
        { dtype: "bool", shape: [3] },
        () => Uint8Array.of(1, 0, 1),
      );
      const types = { x: { dtype: "u8", shape: [3] }, b: { dtype: "bool", shape: [3] } } as const;
      using step = await compile(types, ({ x, b }) => ({
        outputs: { x, b, kept, flags, empty: x.slice([1], [0]), twice: x.cast("i32").mul(2) },
        updates: new Map([[flags, flags.not()]]),
      }), { backend });
      for (const start of [0, 250]) {
        step.run({ x: Uint8Array.of(start, start + 1, start + 2), b: Uint8Array.of(0, 1, 1) });
        const { x, b, kept: bytes, flags: before, empty, twice } = await step.read();
        assertEquals([...x], [start, start + 1, start + 2]);
        assertEquals(
          [...twice],
          [...x].map((value) => 2 * value),
        );
        assertEquals([[...b], [...empty], [...bytes]], [[0, 1, 1], [], [1, 2, 3, 254, 255]]);
        assertEquals([...before], start === 0 ? [1, 0, 1] : [0, 1, 0]);
      }
      assertEquals([...await flags.data()], [1, 0, 1]);
      assertEquals([...await kept.data()], [1, 2, 3, 254, 255]);
    },
  );

  backendTest("what computes refuses bytes and says to cast them", async (backend) => {
    const x = new Tensor(bytes([2, 2]));
    const refused: readonly (() => unknown)[] = [
      () => x.add(1),
      () => x.mul(x),
      () => x.equal(x),
      () => x.less(x),
      () => x.neg(),
      () => x.relu(),
      () => x.sum(),
      () => x.max(0),
      () => x.mean(),
      () => x.matmul(x),
      () => op.applyUpdate(x.node, x.node),
      () => op.full(3, [2], "u8"),
    ];
    refused.forEach((build) => assertThrows(build, DTypeError));
    for (const build of refused.slice(0, 10)) assertThrows(build, DTypeError, "cast");
    using images = new Variable("images", { dtype: "u8", shape: [2, 2] });
    await assertRejects(
      () => compile({}, () => ({ updates: new Map([[images, x]]) }), { backend }),
      DTypeError,
      'Cannot update "images": u8 is for constant data: use',
    );
  });
}

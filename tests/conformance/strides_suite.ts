import { assertEquals } from "@std/assert";
import { bindGraph } from "../../autograd/executable.ts";
import { pullBack } from "../../autograd/mod.ts";
import * as op from "../../graph/mod.ts";
import type { Backend, HostArray, Node, Shape } from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";
import { type BackendTest, f32Tolerance } from "./suite.ts";

/** The sizes of one product, and its batch. */
interface Product {
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Along which of its axes a tensor repeats one element, as bits. */
type Pattern = number;

function elements(shape: Shape, seed: number): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: op.elementCount(shape) }, () => 2 * random() - 1);
}

/** A tensor that repeats itself: once as a view with stride 0, once written out. */
function repeated(shape: Shape, pattern: Pattern, seed: number): { view: Node; whole: Node } {
  const kept = shape.map((size, axis) => (pattern >> axis) & 1 ? 1 : size);
  const data = elements(kept, seed);
  const strides = op.rowMajorStrides(kept).map((stride, axis) => kept[axis] === 1 ? 0 : stride);
  const full = op.rowMajorStrides(shape);
  const whole = Float32Array.from({ length: op.elementCount(shape) }, (_, i) => {
    const at = shape.reduce(
      (sum, size, axis) => sum + Math.floor(i / full[axis]!) % size * strides[axis]!,
      0,
    );
    return data[at]!;
  });
  return { view: op.broadcastTo(op.constant(data, kept), shape), whole: op.constant(whole, shape) };
}

async function valuesOf(outputs: readonly Node[], backend: Backend): Promise<HostArray[]> {
  using bound = await bindGraph({ outputs, updates: new Map() }, backend, "strides");
  bound.run();
  return await bound.read();
}

/** Every pattern of both operands of a product. */
function patternsOf({ batch }: Product): [a: Pattern, b: Pattern][] {
  const all = Array.from({ length: 2 ** (batch.length + 2) }, (_, pattern) => pattern);
  return all.flatMap((a) => all.map((b): [Pattern, Pattern] => [a, b]));
}

/** Products of views against products of what they show, with an epilogue of such a view, too. */
async function checkProduct(
  product: Product,
  backend: Backend,
  { everyNth, first }: { readonly everyNth: number; readonly first: number },
): Promise<void> {
  const { batch, m, n, k } = product;
  const patterns = patternsOf(product).filter((_, i) => (i + first) % everyNth === 0);
  const pairs = patterns.map(([pa, pb], i) => {
    const a = repeated([...batch, m, k], pa, 1), b = repeated([...batch, k, n], pb, 2);
    const c = repeated([...batch, m, n], i % 2 ** (batch.length + 2), 3);
    const views = op.add(op.matmul(a.view, b.view), c.view);
    return { views, whole: op.add(op.matmul(a.whole, b.whole), c.whole) };
  });
  const views = await valuesOf(pairs.map((pair) => pair.views), backend);
  const whole = await valuesOf(pairs.map((pair) => pair.whole), backend);
  pairs.forEach((_, i) => {
    const what = `${JSON.stringify(product)}, patterns ${patterns[i]} on ${backend.name}`;
    if (backend.name === "cpu") assertEquals(views[i], whole[i], what); // the same sums in one order
    else assertAllClose(views[i]!, whole[i]!, f32Tolerance(k), what);
  });
}

/** Sums and maps of a repeated tensor along some of its axes against those of what it shows. */
async function checkLoops(shape: Shape, backend: Backend): Promise<void> {
  const patterns = Array.from({ length: 2 ** shape.length }, (_, pattern) => pattern);
  const build = (which: "view" | "whole") =>
    patterns.flatMap((pattern) => {
      const x = repeated(shape, pattern, 4)[which], y = repeated(shape, 7 ^ pattern, 5)[which];
      return patterns.map((axes) =>
        op.reduceSum(
          op.mul(op.sin(x), y),
          shape.map((_, axis) => axis).filter((a) => axes >> a & 1),
        )
      );
    });
  const views = await valuesOf(build("view"), backend);
  const whole = await valuesOf(build("whole"), backend);
  const tolerance = f32Tolerance(op.elementCount(shape));
  views.forEach((view, i) => assertAllClose(view, whole[i]!, tolerance, `${shape}, case ${i}`));
}

/** A convolution of repeated images or weights, and its two gradients. */
async function checkConvolution(backend: Backend, everyNth: number): Promise<void> {
  const patterns = Array.from({ length: 256 }, (_, i) => i).filter((i) => i % everyNth === 0);
  const build = (which: "view" | "whole") =>
    patterns.flatMap((pattern) => {
      const x = repeated([2, 3, 5, 6], pattern & 15, 6)[which];
      const weight = repeated([4, 3, 3, 2], pattern >> 4, 7)[which];
      const options = { stride: 1 + pattern % 2, padding: 1 };
      const y = op.conv2d(x, weight, options);
      const g = repeated(y.type.shape, pattern & 15, 8)[which];
      return [y, ...pullBack(y, g, [x, weight])];
    });
  const views = await valuesOf(build("view"), backend);
  const whole = await valuesOf(build("whole"), backend);
  views.forEach((view, i) => assertAllClose(view, whole[i]!, f32Tolerance(256), `case ${i}`));
}

const products: readonly Product[] = [
  ...[1, 3, 4, 31, 32, 37].flatMap((m) =>
    [[1, 1], [1, 20], [8, 8], [8, 33], [17, 20], [16, 5]].map(([n, k]) => ({
      batch: [],
      m,
      n: n!,
      k: k!,
    }))
  ),
  { batch: [3], m: 2, n: 9, k: 12 },
  { batch: [2, 3], m: 5, n: 8, k: 8 },
  { batch: [2], m: 1, n: 1, k: 7 },
  { batch: [], m: 6, n: 16, k: 300 },
];

/**
 * Every operand of every kind of kernel may repeat elements, with stride 0, along any of its
 * axes: the result is that of the operand written out. `everyNth` leaves out patterns.
 */
export function strideConformance(backendTest: BackendTest, { everyNth = 1 } = {}): void {
  backendTest("operands of products may repeat along any axis", async (backend) => {
    for (const [first, product] of products.entries()) {
      const many = product.batch.length > 1 ? 7 : 1; // there are 256 patterns of two batch axes
      await checkProduct(product, backend, { everyNth: everyNth * many, first });
    }
  });
  backendTest("operands of loops may repeat along any axis", async (backend) => {
    for (
      const shape of everyNth > 1 ? [[4, 3, 8]] : [[4, 3, 8], [5, 2, 7], [1, 40, 3], [70, 3, 1]]
    ) {
      await checkLoops(shape, backend);
    }
  });
  backendTest(
    "operands of convolutions may repeat along any axis",
    (backend) => checkConvolution(backend, everyNth * 3),
  );
}

import { assert, assertEquals } from "@std/assert";
import { evaluate, full, gradientsOf, ones, type Tensor, tensor } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { AdaptiveAvgPool2d, crossEntropyPerSample } from "../../layers/mod.ts";
import { constant, cosine, linear, type Schedule, warmUp } from "../../optim/mod.ts";
import type { BackendTest } from "./suite.ts";

/** Values that must come out exactly, whatever the rounding. */
export function exactValuesConformance(backendTest: BackendTest): void {
  backendTest("the mean of n ones is 1", meansOfOnes);
  backendTest("the gradient of prod() is the product of the others, for zeros too", prodGradients);
  backendTest("the second derivative of prod() is right with one zero", prodCurvature);
  backendTest("clamp() passes the gradient from low to high, bounds included", clampGradient);
  backendTest("max() and maximum() share the gradient among ties", ties);
  backendTest("integers divided by 0 are what the documentation says", integerDivision);
  backendTest("sums over nothing are 0, however it is reshaped", emptySums);
  backendTest("impossible classes cost nothing where they are not asked for", maskedLogits);
  backendTest("schedules begin and end exactly at their rates", scheduleEnds);
  backendTest("an adaptive pooling window sees its own pixels only", adaptiveWindows);
}

async function arrays(tensors: readonly Tensor[], backend: Backend): Promise<number[][]> {
  const results = await evaluate(tensors, { backend });
  return results.map((values) => [...values].map((value) => value + 0)); // −0 is 0
}

async function emptySums(backend: Backend): Promise<void> {
  const nothing = tensor(new Float32Array(0), [0, 0, 1]);
  const shapes = [[0], [1, 0], [0, 1], [1, 1, 0], [0, 3, 0]];
  const reshaped = shapes.map((shape) => nothing.reshape(shape));
  const sums = [
    ...reshaped.map((x) => x.sum()),
    nothing.reshape([0]).reshape([1, 0]).reshape([1, 1, 0]).sum(2),
    nothing.reshape([0, 2]).transpose().reshape([2, 0]).sum(1),
  ];
  for (const values of await arrays(sums, backend)) {
    assertEquals(values, values.map(() => 0));
  }
}

async function meansOfOnes(backend: Backend): Promise<void> {
  const sizes = [1, 3, 41, 47, 49, 55, 61, 82, 83, 97, 107, 128, 1000, 4097];
  const rows = sizes.map((size) => ones([size]).mul(tensor([1]))); // not known when compiled
  const columns = sizes.slice(0, 8).map((size) => full(3, [size, 5]).mul(tensor([1])).mean(0));
  const means = await arrays([...rows.map((row) => row.mean()), ...columns], backend);
  sizes.forEach((size, i) => assertEquals(means[i], [1], `the mean of ${size} ones`));
  columns.forEach((_, i) => assertEquals(means[sizes.length + i], [3, 3, 3, 3, 3]));
}

/** The product of all others, in plain loops. */
function productsOfOthers(row: readonly number[]): number[] {
  return row.map((_, i) => row.reduce((product, x, j) => i === j ? product : product * x, 1));
}

async function prodGradients(backend: Backend): Promise<void> {
  const rows = [[0, 2, 3], [0, 0, 3], [1, 2, 3], [5], [0], [2, 0], [-1, 2, 0, 4, 1, 2, -2, 1, 3]];
  const xs = rows.map((row) => tensor(row));
  const got = await arrays(xs.map((x) => gradientsOf(x.prod(), [x])[0]!), backend);
  rows.forEach((row, i) => assertEquals(got[i], productsOfOthers(row), `gradient for [${row}]`));
  for (const size of [8, 9, 64, 65, 1001]) { // ends of groups, and groups of groups
    const at = (i: number) => i === size >> 1 ? 0 : i % 2 === 0 ? 2 : 0.5;
    const row = Array.from({ length: size }, (_, i) => at(i));
    const long = tensor(row);
    const [slopes] = await arrays([gradientsOf(long.prod(), [long])[0]!], backend);
    const wanted = row.map((_, i) => i === size >> 1 ? productsOfOthers(row)[i]! : 0);
    assertEquals(slopes, wanted, `gradient of a product of ${size}`);
  }
  const x = tensor([[[1, 0], [2, 3]], [[4, 1], [0, 2]]]);
  const [along, over] = await arrays(
    [gradientsOf(x.prod(1).sum(), [x])[0]!, gradientsOf(x.prod([0, 2]).sum(), [x])[0]!],
    backend,
  );
  assertEquals(along, [2, 3, 1, 0, 0, 2, 4, 1]);
  assertEquals(over, [0, 4, 0, 0, 0, 0, 12, 0]);
}

async function prodCurvature(backend: Backend): Promise<void> {
  const x = tensor([0, 2, 3, 5]);
  const [d] = gradientsOf(x.prod(), [x]);
  const direction = tensor([1, 10, 100, 1000]);
  const [hv] = await arrays([gradientsOf(d!.mul(direction).sum(), [x])[0]!], backend);
  // Σⱼ vⱼ · the product of all but i and j
  assertEquals(hv, [10 * 15 + 100 * 10 + 1000 * 6, 15, 10, 6]);
}

async function clampGradient(backend: Backend): Promise<void> {
  const x = tensor([-2, -1, 0, 1, 2]);
  const integers = tensor([-5, 0, 5], [3], "i32");
  const [value, d, whole] = await arrays(
    [x.clamp(-1, 1), gradientsOf(x.clamp(-1, 1).sum(), [x])[0]!, integers.clamp(-1, 2)],
    backend,
  );
  assertEquals(value, [-1, -1, 0, 1, 1]);
  assertEquals(d, [0, 1, 1, 1, 0]);
  assertEquals(whole, [-1, 0, 2]);
}

async function ties(backend: Backend): Promise<void> {
  const [x, y] = [tensor([1, 2, 2, 0]), tensor([1, 1, 3, 0])];
  const slopes = [x.max(), x.min(), x.maximum(y).sum(), x.minimum(y).sum()];
  const got = await arrays(slopes.map((loss) => gradientsOf(loss, [x])[0]!), backend);
  assertEquals(got, [[0, 0.5, 0.5, 0], [0, 0, 0, 1], [0.5, 1, 0, 0.5], [0.5, 0, 1, 0.5]]);
}

async function integerDivision(backend: Backend): Promise<void> {
  const least = -(2 ** 31);
  const [a, b] = [[7, -7, 0, least, 5, -5, least], [0, 0, 0, -1, -2, 3, 0]];
  for (const size of [1, 4, 7]) {
    const [x, y] = [a, b].map((list) => tensor(list.slice(0, size), [size], "i32"));
    const [quotient, rest] = await arrays([x!.div(y!), x!.mod(y!)], backend);
    assertEquals(quotient, [7, -7, 0, least, -2, -1, least].slice(0, size));
    assertEquals(rest, [0, 0, 0, 0, 1, -2, 0].slice(0, size));
  }
  const [u, v] = [tensor([7, 2 ** 32 - 1], [2], "u32"), tensor([0, 0], [2], "u32")];
  assertEquals(await arrays([u.div(v), u.mod(v)], backend), [[7, 2 ** 32 - 1], [0, 0]]);
}

/** Logits of −∞ mask classes; a row of a batch must not spoil another. */
async function maskedLogits(backend: Backend): Promise<void> {
  const logits = tensor([[-Infinity, 1, 2], [3, -Infinity, -Infinity], [NaN, NaN, NaN]]);
  const labels = tensor([1, 0, 2], [3], "i32");
  const shares = tensor([[0, 1, 0], [1, 0, 0], [0, 0, 1]]);
  const hidden = Math.log(1 + Math.E);
  for (const target of [labels, shares]) {
    const losses = crossEntropyPerSample(logits, target);
    const [d] = gradientsOf(losses.slice([0], [2]).sum(), [logits]);
    const [values, slopes] = await arrays([losses, d!], backend);
    assert(Math.abs(values![0]! - hidden) < 1e-6 && Math.abs(values![1]!) < 1e-6, `${values}`);
    const share = 1 / (1 + Math.E); // of class 1 in the first row
    const expected = [0, share - 1, 1 - share, 0, 0, 0];
    expected.forEach((slope, i) => assert(Math.abs(slopes![i]! - slope) < 1e-6, `${slopes}`));
  }
  const mean = await arrays([
    crossEntropyPerSample(logits.slice([0, 0], [1, 3]), labels.slice([0], [1]), {
      labelSmoothing: 0.1,
    }),
  ], backend);
  assertEquals(mean, [[Infinity]]); // every class is asked for
}

async function scheduleEnds(backend: Backend): Promise<void> {
  const cases = [[3, 0], [10, 0], [1000, 0], [7, 0.003], [49, 0.003], [100_000_000, 0]] as const;
  const at = (schedule: Schedule, step: number) => schedule(full(step, [], "i32"));
  for (const [steps, final] of cases) {
    for (const make of [linear, cosine]) {
      const schedule = make(0.1, { steps, final });
      const asked = [0, steps - 1, steps, steps + 1, 2 ** 31 - 1];
      const [first, last, ...ends] = await arrays(asked.map((step) => at(schedule, step)), backend);
      const what = `${make.name} over ${steps} steps to ${final}`;
      assertEquals(first, [Math.fround(0.1)], what);
      assert(last![0]! >= Math.fround(final) && last![0]! < 0.1, `${what}: ${last} before the end`);
      assertEquals(ends, [1, 2, 3].map(() => [Math.fround(final)]), what);
    }
  }
  const warm = [3, 41, 49, 1000].map((steps) => at(warmUp(constant(0.1), { steps }), steps - 1));
  assertEquals(await arrays(warm, backend), warm.map(() => [Math.fround(0.1)]));
}

async function adaptiveWindows(backend: Backend): Promise<void> {
  for (const [size, windows] of [[4, 2], [5, 3], [3, 5], [7, 2], [6, 6]] as const) {
    for (const bad of [NaN, Infinity]) {
      const image = Float32Array.from({ length: size * size }, (_, i) => i);
      const plain = tensor(image.slice(), [1, 1, size, size]);
      image[0] = bad;
      const poisoned = tensor(image, [1, 1, size, size]);
      const pool = new AdaptiveAvgPool2d(windows);
      const [before, after] = await arrays([pool.forward(plain), pool.forward(poisoned)], backend);
      const isFirst = (i: number) =>
        [Math.floor(i / windows), i % windows].every((at) => Math.floor(at * size / windows) === 0);
      before!.forEach((value, i) => {
        const what = `window ${i} of ${windows}×${windows} over ${size}×${size}`;
        assertEquals(Number.isFinite(after![i]), !isFirst(i), what);
        if (!isFirst(i)) assertEquals(after![i], value, what);
      });
    }
  }
}

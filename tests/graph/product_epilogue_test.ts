import { assertAlmostEquals, assertEquals } from "@std/assert";
import { compile, f32, type Tensor } from "../../autograd/mod.ts";
import { type Backend, elementCount } from "../../graph/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { PlanBackend } from "../support/plan_backend.ts";

const wave = (count: number, step: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(1 + i * step));

const backends: readonly (readonly [string, () => Backend])[] = [
  ["plans", () => new PlanBackend()],
  ["one thread", () => openCpu({ threads: 1, native: "off" })],
  ["two threads", () => openCpu({ threads: 2 })],
  ["checked", () => openCpu({ threads: 2, checked: true })],
];

/** A test on each backend. */
function onEach(name: string, test: (backend: Backend) => Promise<void>): void {
  for (const [backend, open] of backends) {
    Deno.test(`${name} on ${backend}`, async () => {
      using opened = open();
      await test(opened);
    });
  }
  gpuTest(`${name} on the GPU`, test);
}

/** Runs ops on x and w; returns the elements of their result, and the number of dispatches. */
async function run(
  backend: Backend,
  shapes: { readonly x: readonly number[]; readonly w: readonly number[] },
  build: (inputs: Record<"x" | "w", Tensor>) => Tensor,
) {
  using step = await compile(
    { x: f32(shapes.x), w: f32(shapes.w) },
    (inputs) => ({ outputs: { y: build(inputs) } }),
    { backend },
  );
  step.run({ x: wave(elementCount(shapes.x), 0.7), w: wave(elementCount(shapes.w), 1.3) });
  const { y } = await step.read();
  return { values: y, dispatches: step.plan.dispatches.length };
}

function assertClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-5));
}

/** Σ x[row·k + t] · w[t·n + column], from wherever the rows start. */
function dot(
  [x, xStart]: readonly [Float32Array, number],
  [w, wStart]: readonly [Float32Array, number],
  { k, n }: { readonly k: number; readonly n: number },
): number {
  let sum = 0;
  for (let t = 0; t < k; t++) sum += x[xStart + t]! * w[wStart + t * n]!;
  return sum;
}

onEach("a map of another shape follows a product in its kernel", async (backend) => {
  for (const [a, b, k, n] of [[2, 3, 4, 5], [1, 7, 3, 8], [6, 1, 9, 33], [3, 4, 1, 1]] as const) {
    const { values, dispatches } = await run(
      backend,
      { x: [a * b, k], w: [k, n] },
      // every row has a term of its place in its group of b
      ({ x, w }) => {
        const y = x.matmul(w).reshape([a, b, n]);
        return y.add(x.reshape([a, b, k]).slice([0, 0, 0], [1, b, 1])).square();
      },
    );
    const [x, w] = [wave(a * b * k, 0.7), wave(k * n, 1.3)];
    const expected = Array.from({ length: a * b * n }, (_, i) => {
      const row = Math.floor(i / n);
      return (dot([x, row * k], [w, i % n], { k, n }) + x[(row % b) * k]!) ** 2;
    });
    assertClose(values, expected);
    assertEquals(dispatches, 1);
  }
});

onEach("a product writes its result where a view has it", async (backend) => {
  for (const [heads, rows, k, n] of [[2, 3, 4, 8], [3, 1, 2, 5], [1, 4, 3, 16]] as const) {
    const x = wave(heads * rows * k, 0.7);
    const w = wave(heads * k * n, 1.3);
    const sum = (head: number, row: number, column: number) =>
      dot([x, (head * rows + row) * k], [w, head * k * n + column], { k, n });
    { // heads side by side
      const { values, dispatches } = await run(
        backend,
        { x: [heads, rows, k], w: [heads, k, n] },
        ({ x, w }) => x.matmul(w).permute(1, 0, 2).reshape([rows, heads * n]),
      );
      const expected = Array.from({ length: rows * heads * n }, (_, i) => {
        const [row, rest] = [Math.floor(i / (heads * n)), i % (heads * n)];
        return sum(Math.floor(rest / n), row, rest % n);
      });
      assertClose(values, expected);
      assertEquals(dispatches, 1);
    }
    { // heads innermost
      const { values, dispatches } = await run(
        backend,
        { x: [heads, rows, k], w: [heads, k, n] },
        ({ x, w }) => x.matmul(w).permute(1, 2, 0).reshape([rows * n, heads]),
      );
      const expected = Array.from({ length: rows * n * heads }, (_, i) => {
        const position = Math.floor(i / heads);
        return sum(i % heads, Math.floor(position / n), position % n);
      });
      assertClose(values, expected);
      assertEquals(dispatches, heads === 1 ? 1 : 2); // elements of a row are not adjacent
    }
  }
});

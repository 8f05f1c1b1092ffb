import { assertEquals } from "@std/assert";
import { compile, f32, gradientsOf, type Tensor, tensor } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { PlanBackend } from "../support/plan_backend.ts";

const numbers = Float32Array.from({ length: 12 * 7 }, (_, i) => Math.sin(i * 1.7));
const shape = [12, 7] as const;
const right = tensor(numbers.slice(0, 7 * 7), [7, 7]);

/** Matrices that are in memory, in a plan of these outputs; and their values. */
async function run(backend: Backend, build: (product: Tensor) => readonly Tensor[]) {
  using step = await compile({ x: f32(shape) }, ({ x }) => ({
    outputs: Object.fromEntries(build(x.matmul(right)).map((y, i) => [`y${i}`, y])),
  }), { backend });
  step.run({ x: numbers });
  const values = Object.values(await step.read());
  const slots = step.plan.slots.filter(({ kind, type }) =>
    kind === "temporary" && type.shape.join() === shape.join()
  );
  return { slots: slots.length, values };
}

const narrow = tensor(numbers.slice(0, 7 * 5), [7, 5]);
const product = (y: Tensor) => y.matmul(narrow).sum(1);

for (
  const [name, open] of [["plans", () => new PlanBackend()], [
    "the CPU",
    () => openCpu({ threads: 2 }),
  ]] as const
) {
  Deno.test(`softmax writes over a product that nobody else reads on ${name}`, async () => {
    using backend = open();
    const alone = await run(backend, (y) => [product(y.softmax(1))]);
    assertEquals(alone.slots, 1);
    // the values of y are read once more, or are an output: it must stay
    const read = await run(
      backend,
      (y) => [product(y.softmax(1)), product(y.square())],
    );
    assertEquals(read.values[0], alone.values[0]);
    const kept = await run(backend, (y) => [product(y.softmax(1)), y]);
    assertEquals(kept.values[0], alone.values[0]);
    const plain = await run(backend, (y) => [y]);
    assertEquals(kept.values[1], plain.values[0]);
    // read at other positions
    const moved = await run(backend, (y) => [product(y.softmax(1).add(y.flip(1)))]);
    const apart = await run(backend, (y) => [product(y.softmax(1).add(y.flip(1))), y]);
    assertEquals(moved.values[0], apart.values[0]);
    const slope = await run(backend, (y) => gradientsOf(y.softmax(1).square().sum(), [y]));
    const slopeOfKept = await run(backend, (y) => [
      ...gradientsOf(y.softmax(1).square().sum(), [y]),
      y,
    ]);
    assertEquals(slope.values[0], slopeOfKept.values[0]);
  });
}

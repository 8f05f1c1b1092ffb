import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { compile, evaluate, ones, Tensor, trace, Variable } from "../../autograd/mod.ts";
import { attrsOf, full, randomBits, rootsOf, streamOf, topological } from "../../graph/mod.ts";
import { Dropout, type ForwardContext, initialize, Module, Sequential } from "../../layers/mod.ts";
import { PlanBackend } from "../support/plan_backend.ts";

const size = 64; // two masks agree by chance once in 2^64
const x = ones([size]);
const counterOf = (step = 0) => new Tensor(full(step, [], "i32"));
const contextOf = (step = 0, seed = 7): ForwardContext => ({
  training: true,
  counter: counterOf(step),
  seed,
});

/** Runs one dropout layer twice, behind another one. */
class Twice extends Module {
  readonly drop = new Dropout(0.5);
  readonly inner = new Sequential([new Dropout(0.5)]);
  override forward(x: Tensor, context?: ForwardContext): Tensor {
    const layers = [this.drop, this.drop, this.inner];
    return layers.reduce((value, layer) => layer.forward(value, context), x);
  }
}

const model = initialize(new Twice(), { seed: 1 });
const single = () => initialize(new Sequential([new Dropout(0.5)]), { seed: 1 });

async function masks(tensors: readonly Tensor[]): Promise<string[]> {
  using backend = new PlanBackend();
  return (await evaluate(tensors, { backend })).map((data) => [...data].map(Math.sign).join(""));
}

/** The masks of a compiled step. */
async function compiled(write: () => readonly Tensor[]): Promise<string[]> {
  using backend = new PlanBackend();
  using step = await compile(
    {},
    () => ({ outputs: Object.fromEntries(write().map((value, i) => [`mask${i}`, value])) }),
    { backend },
  );
  step.run();
  return Object.values(await step.read()).map((data) => [...data].map(Math.sign).join(""));
}

const streamsOf = (tensors: readonly Tensor[]) => {
  const { graph } = trace(
    {},
    () => ({ outputs: Object.fromEntries(tensors.map((value, i) => [`${i}`, value])) }),
  );
  return topological(rootsOf(graph)).flatMap((node) => attrsOf(node, randomBits)?.stream ?? []);
};

const assertAllDiffer = (found: readonly string[]) =>
  assertEquals(new Set(found).size, found.length);

Deno.test("a layer that runs twice in one forward draws two masks", async () => {
  const context = contextOf();
  const layers = [model.drop, model.drop, model.inner];
  assertAllDiffer(await masks(layers.map((layer) => layer.forward(x, context))));
  assertAllDiffer(
    await compiled(() => {
      const context = contextOf();
      return layers.map((layer) => layer.forward(x, context));
    }),
  );
});

Deno.test("within a compiled step no two draws agree, whatever contexts they are given", async () => {
  const [first, second] = [single(), single()]; // both have a layer of path "0"
  const drop = first.layers[0]!;
  const shared = initialize(new Sequential([second.layers[0]!]), { seed: 1 });
  assertAllDiffer(
    await compiled(() => [
      first.forward(x, contextOf()),
      first.forward(x, contextOf()),
      second.forward(x, contextOf()),
      shared.forward(x, { ...contextOf(), record: () => {} }),
      drop.forward(x, contextOf()),
    ]),
  );
});

Deno.test("two counters at the same step make no two draws agree", async () => {
  const [a, b] = ["a", "b"].map((name) => new Variable(name, { dtype: "i32", shape: [] }));
  const [first, second] = [single(), single()];
  assertAllDiffer(
    await compiled(() => [
      first.forward(x, { training: true, counter: a! }),
      second.forward(x, { training: true, counter: b! }),
    ]),
  );
  a![Symbol.dispose]();
  b![Symbol.dispose]();
});

Deno.test("a draw of its own name does not take the stream of a layer, nor the other way", () => {
  const own = new Tensor(
    randomBits(counterOf().node, { shape: [size], seed: 7, stream: streamOf("0") }),
  ).cast("f32");
  const [one, other] = streamsOf([single().forward(x, contextOf()), own]);
  assertNotEquals(one, other);
  assert([one, other].includes(streamOf("0")));
});

Deno.test("the same seed, path, and counter give the same mask, and others do not", async () => {
  const mask = (step: number, seed: number) => single().forward(x, contextOf(step, seed));
  const [a, again, later, other] = await masks([mask(3, 7), mask(3, 7), mask(4, 7), mask(3, 8)]);
  assertEquals(again, a);
  assertAllDiffer([a!, later!, other!]);
});

Deno.test("a step has the same streams wherever it is traced", () => {
  const write = (context: ForwardContext) => [model.forward(x, context), model.forward(x, context)];
  const streams = streamsOf(write(contextOf()));
  assertEquals(new Set(streams).size, 6);
  assertEquals(streamsOf(write(contextOf())), streams);
  const kept = contextOf(); // one that outlives a trace
  assertEquals([streamsOf(write(kept)), streamsOf(write(kept))], [streams, streams]);
});

Deno.test("a compiled step draws what evaluating its values draws", async () => {
  const write = () => {
    const context = contextOf();
    const later = model.drop.forward(x, context);
    // the graph has them in the other order than they were drawn in
    return [model.drop.forward(x, context), later];
  };
  assertEquals(await compiled(write), await masks(write()));
});

Deno.test("the first draw of a layer is in the stream of its path, whatever else draws", () => {
  const context = contextOf();
  const before = model.inner.forward(x, context);
  const drawn = model.drop.forward(before, context);
  assertEquals(streamsOf([drawn]).toSorted(), [streamOf("drop"), streamOf("inner.0")].toSorted());
});

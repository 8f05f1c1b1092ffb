/** Sums at positions in exported models: gradients of lookups, and messages along edges. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { evaluate, pullBack, Tensor, Variable, zeros } from "../../autograd/mod.ts";
import { Embedding, initialize } from "../../layers/mod.ts";
import { decodeOnnxModel, exportOnnx, importOnnx } from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { generator } from "../support/random.ts";
import { assertRoundTrip, floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

function integers(shape: readonly number[], [low, high]: readonly [number, number], seed: number) {
  const next = generator(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return Int32Array.from({ length: size }, () => low + Math.floor((high - low) * next()));
}

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";

  testOn(`${where}: an Embedding's gradient is exported as a scatter`, async (backend) => {
    using embedding = initialize(new Embedding(7, 5, { paddingIdx: 2 }), { seed: 1 });
    const forward = (ids: Tensor) => {
      const y = embedding.forward(ids);
      const [slope] = pullBack(y.node, y.square().add(1).node, [embedding.weight.node]);
      return new Tensor(slope!);
    };
    const file = await exportOnnx({ forward }, { sampleShape: [6], dtype: "i64" });
    const scatters = decodeOnnxModel(file).nodes.filter(({ op }) => op === "ScatterElements");
    assertEquals(scatters.length, 1);
    using copy = importOnnx(file);
    for (const count of [1, 3, 40]) {
      const shape = [count, 6];
      const data = integers(shape, [0, 7], count);
      using ids = new Variable("ids", { dtype: "i32", shape }, () => data);
      const [own] = await evaluate([forward(ids)], { backend });
      const [copied] = await evaluate([copy.forward(ids)], { backend });
      assertEquals(copied, own);
      assertEquals([...own!.subarray(10, 15)], [0, 0, 0, 0, 0]); // of the padding
      const { output } = await runOnnxNamed(file, { input: { shape, data, type: "int64" } });
      assertEquals(output!.dims, [7, 5]);
      const errors = Array.from(own!, (value, i) => Math.abs(value - output!.data[i]!));
      assertLess(Math.max(...errors), 1e-6 * Math.max(...own!));
    }
  });

  testOn(`${where}: sums along edges are exported for any number of samples`, async (backend) => {
    // each sample is a graph: [nodes, features], and edges from one node to another
    const forward = ({ x, from, to }: Readonly<Record<"x" | "from" | "to", Tensor>>) => {
      const places = (ids: Tensor) => ids.unsqueeze(2).broadcastTo([...ids.shape, 3]);
      const messages = x.takeAlongAxis(places(from), 1).relu();
      return {
        sums: zeros(x.shape).scatterAdd(1, places(to), messages),
        last: x.scatter(1, places(to), messages),
        all: zeros([11, 3]).indexAdd(0, to.reshape([-1]), messages.reshape([-1, 3])),
      };
    };
    const edges = { sampleShape: [9], dtype: "i64" } as const;
    const inputs = { x: { sampleShape: [4, 3] }, from: edges, to: edges };
    const file = await exportOnnx({ forward }, { inputs });
    using copy = importOnnx(file);
    for (const count of [1, 2, 13]) {
      const shape = [count, 9];
      const data = {
        x: floats([count, 4, 3], count),
        from: integers(shape, [-2, 6], count + 1), // clamped
        to: integers(shape, [-3, 7], count + 2), // dropped
      };
      assert(data.to.some((id) => id < 0) && data.to.some((id) => id > 3));
      using x = new Variable("x", { dtype: "f32", shape: [count, 4, 3] }, () => data.x);
      using from = new Variable("from", { dtype: "i32", shape }, () => data.from);
      using to = new Variable("to", { dtype: "i32", shape }, () => data.to);
      const results = forward({ x, from, to });
      const copies = copy.run({ x, from, to });
      const found = await runOnnxNamed(file, {
        x: { shape: x.shape, data: data.x },
        from: { shape, data: data.from, type: "int64" },
        to: { shape, data: data.to, type: "int64" },
      });
      await assertRoundTrip({ results, copies, found }, backend);
    }
  });
}

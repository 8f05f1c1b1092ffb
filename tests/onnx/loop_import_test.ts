/** Import of the operator Loop, whose body is a graph in an attribute. */
import { assertEquals, assertLess } from "@std/assert";
import { evaluate, gradientsOf, type Tensor, tensor, Variable, zeros } from "../../autograd/mod.ts";
import { type Backend, interpret } from "../../graph/mod.ts";
import { exportOnnx, importOnnx } from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { going, loopFile, nested, stepGraph } from "./loop_files.ts";
import { flag, node, whole } from "./plain_files.ts";
import { assertRoundTrip, floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

/** Loops that run as scans. */
const files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "of four steps": loopFile(),
  "of one step": loopFile({ initializers: [whole("trips", 1)] }),
  "whose condition is given": loopFile({
    inputs: ["trips", "yes", "init", "start"],
    initializers: [whole("trips", [4]), flag("yes", true)],
  }),
  "whose body returns the condition that it is given": loopFile({ body: going("go") }),
  "whose body returns a constant of the outer graph": loopFile({
    body: stepGraph({
      nodes: [...stepGraph().nodes!.slice(0, -1), node("Identity", ["yes"], ["going"])],
    }),
    initializers: [whole("trips", 3), flag("yes", true)],
  }),
  "over the columns that x has": loopFile({
    nodes: [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "one_"], ["trips"]),
    ],
    initializers: [whole("one_", 1)],
  }),
};

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  for (const [name, file] of Object.entries(files)) {
    testOn(
      `${where}: a Loop ${name} is that of onnxruntime, and exported again`,
      async (backend) => {
        using model = importOnnx(file);
        assertEquals([...model.namedParameters().keys()], ["w"]);
        const forward = (x: Tensor) => model.run({ x });
        const again = await exportOnnx({ forward }, { sampleShape: [4], input: "x" });
        for (const count of [1, 2, 7]) await checkFile({ file, again }, { backend, count });
      },
    );
  }
}

async function checkFile(
  { file, again }: { readonly file: Uint8Array; readonly again: Uint8Array },
  { backend, count }: { readonly backend: Backend; readonly count: number },
): Promise<void> {
  using model = importOnnx(file);
  using copy = importOnnx(again);
  const [shape, data] = [[count, 4], floats([count, 4], count)];
  using x = new Variable("x", { dtype: "f32", shape }, () => data);
  const [own, copies] = [model.run({ x }), copy.run({ x })];
  assertEquals(Object.keys(copies), Object.keys(own));
  for (const each of [file, again]) {
    const found = await runOnnxNamed(each, { x: { shape, data } });
    await assertRoundTrip({ results: own, copies, found }, backend);
  }
}

cpuTest("a Loop without steps returns its initial state", async (cpu) => {
  const empty = {
    "no trips": loopFile({ initializers: [whole("trips", 0)] }),
    "negative trips": loopFile({ initializers: [whole("trips", -2)] }),
    "a false condition": loopFile({
      inputs: ["trips", "no", "init", "start"],
      initializers: [whole("trips", 4), flag("no", false)],
    }),
  };
  const x = tensor(floats([2, 4], 1), [2, 4]);
  for (const file of Object.values(empty)) {
    using model = importOnnx(file);
    const { last, counted, doubles, iterations } = model.run({ x });
    assertEquals(await last!.data({ backend: cpu }), await x.sum(1).data({ backend: cpu }));
    assertEquals(await counted!.item({ backend: cpu }), 3);
    assertEquals([doubles!.shape, iterations!.shape], [[0, 2], [0]]);
  }
});

cpuTest("the gradient of a Loop is that of the steps written out", async (cpu) => {
  using model = importOnnx(loopFile());
  const [w] = model.parameters();
  const x = tensor(floats([3, 4], 1), [3, 4]);
  const unrolled = (x: Tensor) => {
    let [state, total] = [x.sum(1), zeros([])];
    for (let i = 0; i < 4; i++) {
      total = total.add(state.mul(2).square().sum());
      state = state.mul(w!).add(x.narrow(1, i, 1).reshape([3]));
    }
    return total.add(state.sum());
  };
  const loop = (x: Tensor) => {
    const { last, doubles } = model.run({ x });
    return doubles!.square().sum().add(last!.sum());
  };
  const slopes = [loop, unrolled].map((fn) => gradientsOf(fn(x), [x, w!]));
  const [own, other] = await Promise.all(slopes.map((each) => evaluate(each, { backend: cpu })));
  own!.forEach((slope, k) =>
    slope.forEach((value, i) => assertLess(Math.abs(value - other![k]![i]!), 1e-5))
  );
});

Deno.test("a Loop inside of a Loop is that of onnxruntime", async () => {
  const file = loopFile({ body: nested(1) });
  const [shape, data] = [[2, 4], floats([2, 4], 1)];
  using x = new Variable("x", { dtype: "f32", shape }, () => data);
  using model = importOnnx(file);
  const bindings = new Map([[x.node, data], [model.parameters()[0]!.node, Float32Array.of(0.5)]]);
  const found = await runOnnxNamed(file, { x: { shape, data } });
  for (const [name, { node, shape }] of Object.entries(model.run({ x }))) {
    assertEquals(shape, found[name]!.dims, name);
    interpret([node], bindings).get(node)!.forEach((value, i) =>
      assertLess(Math.abs(value - found[name]!.data[i]!), 1e-5, name)
    );
  }
});

import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { compile, evaluate, Parameter, Tensor, tensor, Variable } from "../../autograd/mod.ts";
import { type Backend, topological } from "../../graph/mod.ts";
import {
  BatchNorm2d,
  Conv2d,
  initialize,
  Linear,
  Module,
  ReLU,
  Sequential,
} from "../../layers/mod.ts";
import {
  decodeOnnxModel,
  encodeOnnxModel,
  exportOnnx,
  importOnnx,
  OnnxError,
  type OnnxModel,
} from "../../onnx/mod.ts";
import { casesByName } from "../cases/ops.ts";
import { describe, drawCase } from "../cases/op_case.ts";
import { models } from "../cases/models.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { generator } from "../support/random.ts";

function random(shape: readonly number[], seed: number): Variable {
  const next = generator(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, () => 2 * next() - 1);
  return new Variable(`x${seed}`, { dtype: "f32", shape }, () => data);
}

async function sameBits(a: Tensor, b: Tensor, backend: Backend, what: string): Promise<void> {
  assertEquals([b.dtype, b.shape], [a.dtype, a.shape], what);
  // one after the other: together they would share work
  const [first] = await evaluate([a], { backend });
  const [second] = await evaluate([b], { backend });
  assertEquals(second, first, what);
}

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  testOn(
    `${where}: exported models have the same bits when they are imported`,
    async (backend: Backend) => {
      for (const { name, model: make, sample } of models) {
        using model = initialize(make(), { seed: 1 });
        using copy = importOnnx(await exportOnnx(model, { sampleShape: sample }));
        const key = (names: Iterable<string>) => [...names].sort();
        assertEquals(key(copy.state().keys()), key(model.state().keys()), name);
        assertEquals(
          key(copy.namedParameters().keys()),
          key(model.namedParameters().keys()),
          name,
        );
        for (const count of [1, 3]) {
          using x = random([count, ...sample], count);
          await sameBits(model.forward(x), copy.forward(x), backend, name);
        }
      }
    },
  );
}

/** Ops that ONNX lacks: they are written as others, which round differently. */
const composed: readonly string[] = ["expm1", "log1p", "crossEntropy"];

for (const [name, cases] of casesByName()) {
  cpuTest(`${name}() has the same bits after export and import, or is refused`, async (cpu) => {
    for (const opCase of cases) {
      const nodes = drawCase(opCase).nodes.map((node, i) => {
        const { data } = node.attrs as { readonly data?: Float32Array };
        return data ? new Parameter(`v${i}`, node.type, () => data) : new Tensor(node);
      });
      try {
        const y = new Tensor(opCase.build(...nodes.map(({ node }) => node)));
        const file = await exportOnnx({ forward: () => y }, { sampleShape: [], batch: 1 });
        using copy = importOnnx(file);
        const z = copy.run({}).output!;
        if (!composed.includes(name)) await sameBits(y, z, cpu, describe(opCase));
        else assertLess(await distance(y, z, cpu), 2e-6, describe(opCase));
      } catch (error) {
        if (!(error instanceof OnnxError && error.message.includes("Cannot export"))) throw error;
      }
      for (const node of nodes) if (node instanceof Variable) node[Symbol.dispose]();
    }
  });
}

async function distance(a: Tensor, b: Tensor, backend: Backend): Promise<number> {
  const [x, y] = await evaluate([a, b], { backend });
  const differences = Array.from(
    x!,
    (value, i) =>
      Object.is(value, y![i]) ? 0 : Math.abs(value - y![i]!) / Math.max(1, Math.abs(value)),
  );
  return Math.max(0, ...differences);
}

/** A model as plain data, of which a test changes parts. */
function plain(changes: Partial<OnnxModel>): Uint8Array<ArrayBuffer> {
  return encodeOnnxModel({
    name: "g",
    nodes: [],
    initializers: [],
    inputs: [{ name: "x", dtype: "f32", shape: ["n", 2] }],
    outputs: [{ name: "y", dtype: "f32", shape: ["n", 2] }],
    metadata: new Map(),
    opset: 17,
    ...changes,
  });
}

const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxModel["nodes"][number]["attributes"] = {},
) => ({ op, name: `${op}_${outputs[0]}`, inputs, outputs, attributes });

const floats = (name: string, values: readonly number[], shape = [values.length]) => ({
  name,
  dtype: "f32" as const,
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

Deno.test("all operators that are not supported are named in one error", () => {
  const file = plain({
    nodes: [
      node("Unique", ["x"], ["a"]),
      node("Unique", ["a"], ["b"]),
      { ...node("FusedMatMul", ["b"], ["c"]), domain: "com.microsoft" },
      node("Relu", ["c"], ["d"], { strange: { kind: "int", value: 1 } }),
      node("Relu", ["d"], ["y"]),
    ],
  });
  const error = assertThrows(() => importOnnx(file), OnnxError);
  assertEquals(error.refused, ["Relu", "Unique", "com.microsoft.FusedMatMul"]);
  for (const text of ["2 operators", "FusedMatMul", "the attribute strange is not supported"]) {
    assert(error.message.includes(text), error.message);
  }
  // what the outputs do not need is not read
  const part = importOnnx(file, { inputs: ["d"], outputs: ["y"] });
  assertEquals(part.inputs.map(({ name }) => name), ["d"]);
});

Deno.test("files that do not fit together are refused by name", () => {
  const relu = node("Relu", ["x"], ["y"]);
  const bad: readonly (readonly [Partial<OnnxModel>, string])[] = [
    [{ opset: 18, nodes: [relu] }, "the operator set must be 6 to 17: current is 18"],
    [{ nodes: [relu, node("Tanh", ["x"], ["y"])] }, '"y" is made twice'],
    [{ nodes: [node("Relu", ["z"], ["y"])] }, 'no operator or input makes "z"'],
    [{ nodes: [] }, 'no operator or input makes "y"'],
    [{ nodes: [node("Add", ["x", "y"], ["y"])] }, "must not depend on their own results"],
    [{ nodes: [relu], outputs: [] }, "at least one output"],
    [
      { nodes: [relu], outputs: [{ name: "", dtype: "f32", shape: [1] }] },
      "every output must have a name",
    ],
    [
      { nodes: [{ ...node("Cast", ["x"], ["y"]), name: "\u001b[2J\n" }] },
      '"\\u001b[2J\\n" (Cast): the attribute to is required',
    ],
    [
      { nodes: [relu], inputs: [{ name: "x", dtype: "u64", shape: [1] }] },
      'current type of "x" is u64',
    ],
    [
      {
        nodes: [node("Add", ["x", "w"], ["y"])],
        initializers: [{
          name: "w",
          dtype: "i64",
          shape: [1],
          bytes: Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0),
        }],
      },
      'the tensor "w" of an ONNX file: its elements must fit i32',
    ],
  ];
  for (const [changes, message] of bad) {
    assertThrows(() => importOnnx(plain(changes)), OnnxError, message);
  }
});

Deno.test("inputs of another name, type, or size are refused", () => {
  const model = importOnnx(plain({
    nodes: [node("Add", ["x", "z"], ["y"])],
    inputs: [
      { name: "x", dtype: "f32", shape: ["n", 2] },
      { name: "z", dtype: "f32", shape: ["n", "?"] },
    ],
  }));
  const [x, z] = [tensor([[1, 2]]), tensor([[3], [4]])];
  assertThrows(() => model.forward(x), OnnxError, "call run({ x, z })");
  assertThrows(
    () => model.run({ x }),
    OnnxError,
    '"z" must be f32[n, ?]: current inputs have none',
  );
  assertThrows(() => model.run({ x, z }), OnnxError, '"z" must be f32[n, ?]: current is f32[2, 1]');
  assertThrows(() => model.run({ x: x.cast("i32"), z: x }), OnnxError, "current is i32[1, 2]");
  assertThrows(
    () => model.run({ x, z: x, w: x }),
    OnnxError,
    'its inputs are x, z: current has "w"',
  );
  assertEquals(model.run({ x, z: x }).y!.shape, [1, 2]);
});

Deno.test("an operator that cannot be applied is named, with the reason of the library", () => {
  const model = importOnnx(plain({
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    initializers: [floats("w", [1, 2, 3], [3, 1])],
  }));
  const error = assertThrows(() => model.forward(tensor([[1, 2]])), OnnxError);
  assert(error.message.includes('"MatMul_y" (MatMul)'), error.message);
  assertEquals(error.node, "MatMul_y");
  assert(error.cause instanceof TypeError);
});

Deno.test("weights are parameters, unless their values are needed, or they are scalars", () => {
  const nodes = [
    node("Resize", ["x", "", "scales"], ["a"]),
    node("Mul", ["a", "weight"], ["b"]),
    node("Add", ["b", "scalar"], ["c"]),
    node("Add", ["c", "grid"], ["y"]),
  ];
  const initializers = [
    floats("scales", [1, 2]),
    floats("weight", [1, 2, 3, 4]),
    floats("scalar", [1], []),
    floats("grid", [1, 2, 3, 4]),
    floats("unused", [1]),
  ];
  const file = plain({ nodes, initializers });
  assertEquals([...importOnnx(file).state().keys()], ["weight", "grid"]);
  assertEquals([...importOnnx(file, { constants: ["grid"] }).state().keys()], ["weight"]);
  assertThrows(() => importOnnx(file, { constants: ["gird"] }), OnnxError, 'is called "gird"');
  assertThrows(
    () => importOnnx(file, { inputs: ["b"], outputs: ["b"] }).run({}),
    OnnxError,
    '"b" must be f32[...]',
  );
  assertThrows(() => importOnnx(file, { inputs: ["b"], outputs: ["a"] }), OnnxError, "also depend");
});

/** A network as transfer learning makes one: what is before the head, and another head. */
class Tuned extends Module {
  readonly body;
  readonly head = new Linear(3, 2);

  constructor(file: Uint8Array, output: string) {
    super();
    this.body = importOnnx(file, { outputs: [output] });
  }

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.body.forward(x));
  }
}

Deno.test("an imported model is part of another, with its names and the values of the file", async () => {
  using model = initialize(new Sequential(new Linear(4, 3), new ReLU(), new Linear(3, 5)), {
    seed: 1,
  });
  const file = await exportOnnx(model, { sampleShape: [4] });
  const hidden = decodeOnnxModel(file).nodes.find(({ op }) => op === "Relu")!.outputs[0]!;
  using tuned = initialize(new Tuned(file, hidden), { seed: 2 });
  const names = ["body.0.weight", "body.0.bias", "head.weight", "head.bias"];
  assertEquals([...tuned.namedParameters().keys()], names);
  const parameter = tuned.namedParameters().get("body.0.weight")!;
  assertEquals(parameter.name, "body.0.weight");
  const original = model.namedParameters().get("0.weight")!;
  assertEquals(await parameter.data(), await original.data());
  parameter.assign(new Float32Array(12));
  initialize(tuned, { seed: 3 });
  const again = tuned.namedParameters().get("body.0.weight")!;
  assertEquals(await again.data(), await original.data());
  // the bytes of the file are not used any more
  file.fill(0);
  assertEquals(
    await importOnnx(await exportOnnx(tuned, { sampleShape: [4] })).state().get("body.0.weight")!
      .data(),
    await original.data(),
  );
});

cpuTest(
  "batch normalization follows the context, and records statistics as the layer does",
  async (cpu) => {
    const layers = () =>
      new Sequential(new Conv2d(2, 3, 3), new BatchNorm2d(3, { momentum: 0.25 }));
    using model = initialize(layers(), { seed: 1 });
    using copy = importOnnx(await exportOnnx(model, { sampleShape: [2, 5, 5] }));
    assertThrows(
      () => copy.forward(tensor(new Float32Array(100), [2, 2, 5, 5]), { training: true }),
      OnnxError,
      "context.record must receive",
    );
    const after = [];
    // the file has ONNX's momentum of 0.9: 0.1 here
    for (const [net, momentum] of [[model, 0.25], [copy, 0.1]] as const) {
      using x = random([4, 2, 5, 5], 7);
      const updates = new Map<Variable, Tensor>();
      const record = (variable: Variable, next: Tensor) => void updates.set(variable, next);
      using step = await compile({}, () => {
        const y = net.forward(x, { training: true, record });
        return { outputs: { y }, updates };
      }, { backend: cpu });
      step.run({});
      const { y } = await step.read();
      const names = ["1.running_mean", "1.running_var"];
      const initial = [0, 1];
      const moved = await Promise.all(names.map((name) => net.state().get(name)!.data()));
      after.push({
        y,
        batch: moved.map((values, i) =>
          Array.from(
            values,
            (value) => ((value - initial[i]! * (1 - momentum)) / momentum).toFixed(4),
          )
        ),
      });
    }
    assertEquals(after[1], after[0]);
  },
);

cpuTest("dropout drops in training, and differently in each place", async (cpu) => {
  const model = importOnnx(plain({
    nodes: [
      node("Dropout", ["x", "ratio"], ["a"]),
      node("Dropout", ["x", "ratio"], ["b"]),
      node("Concat", ["a", "b"], ["y"], { axis: { kind: "int", value: 1 } }),
    ],
    initializers: [floats("ratio", [0.5], [])],
  }));
  const x = tensor(new Float32Array(200).fill(1), [100, 2]);
  assertEquals([...new Set(await model.forward(x).data({ backend: cpu }))], [1]);
  const context = { training: true, counter: tensor(Int32Array.of(1), []) };
  const values = await model.forward(x, context).data({ backend: cpu });
  assertEquals([...new Set(values)].sort(), [0, 2]);
  const rows = Array.from({ length: 100 }, (_, i) => values.slice(4 * i, 4 * i + 4));
  assert(rows.some((row) => row[0] !== row[2]), "both places draw the same numbers");
});

Deno.test("shapes are computed while the graph is built", () => {
  // y = reshape(x, [shape(x)[0], −1, 1]), as exporters write it
  const index = (name: string, value: bigint) => ({
    name,
    dtype: "i64" as const,
    shape: [1],
    bytes: new Uint8Array(BigInt64Array.of(value).buffer),
  });
  const model = importOnnx(plain({
    nodes: [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "zero"], ["count"]),
      node("Concat", ["count", "rest", "one"], ["sizes"], { axis: { kind: "int", value: 0 } }),
      node("Reshape", ["x", "sizes"], ["y"]),
    ],
    initializers: [index("zero", 0n), index("rest", -1n), index("one", 1n)],
  }));
  const y = model.forward(tensor(new Float32Array(6), [3, 2]));
  assertEquals(y.shape, [3, 2, 1]);
  assertEquals(topological([y.node]).map(({ op }) => op.name), ["constant", "reshape"]);
});

Deno.test("a long chain of operators does not overflow the stack", () => {
  const count = 12_000;
  const nodes = Array.from(
    { length: count },
    (_, i) => node("Neg", [i === 0 ? "x" : `v${i}`], [i === count - 1 ? "y" : `v${i + 1}`]),
  );
  assertEquals(importOnnx(plain({ nodes })).outputs, ["y"]);
});

Deno.test("a file is decoded to what was encoded", async () => {
  const model = initialize(new Sequential(new Conv2d(2, 3, 3), new BatchNorm2d(3)), { seed: 1 });
  const file = await exportOnnx(model, {
    sampleShape: [2, 5, 5],
    metadata: new Map([["std", "1"]]),
  });
  const plain = decodeOnnxModel(file);
  assertEquals(encodeOnnxModel(plain), file);
  assertEquals([...plain.metadata], [["std", "1"]]);
  assertEquals(plain.opset, 17);
});

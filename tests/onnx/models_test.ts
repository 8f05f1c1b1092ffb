import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { compile, f32, type Tensor } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { initialize, type Module } from "../../layers/mod.ts";
import { exportOnnx, OnnxError, onnxModel } from "../../onnx/mod.ts";
import { models } from "../cases/models.ts";
import { generator } from "../support/random.ts";
import { findPython, runPython } from "../support/python.ts";
import { runOnnx } from "./runtime.ts";

/** What the issue asks of an exported model. */
const TOLERANCE = 1e-4;

/** How many operators of each kind every model becomes, without constants; there are no others. */
const operatorsOf: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "an MLP without biases": { Gemm: 2, Relu: 1 },
  "an MLP with biases, dropout, GELU and layer normalization": {
    Gemm: 4,
    LayerNormalization: 2,
    BatchNormalization: 1,
    Erf: 1,
    Mul: 3,
    Add: 1,
    Tanh: 1,
    Sigmoid: 1,
    LeakyRelu: 1,
  },
  "a linear layer on the last of several axes": {
    Reshape: 3,
    Gemm: 1,
    Relu: 1,
    LayerNormalization: 1,
  },
  "a PlainNet with batch normalization": {
    Conv: 7,
    BatchNormalization: 7,
    Relu: 7,
    GlobalAveragePool: 1,
    Flatten: 1,
    Gemm: 1,
  },
  "a ResNet with shortcuts of option A": {
    Conv: 7,
    BatchNormalization: 7,
    Relu: 7,
    Add: 3,
    Slice: 2,
    Pad: 2,
    GlobalAveragePool: 1,
    Flatten: 1,
    Gemm: 1,
  },
  "a ResNet with shortcuts of option B": {
    // two of the four stages change their shape, and the first of each block begins with stride 2
    Conv: 20,
    BatchNormalization: 20,
    Relu: 17,
    Add: 8,
    GlobalAveragePool: 1,
    Flatten: 1,
    Gemm: 1,
  },
  "a VGG network with max pooling": {
    Conv: 3,
    BatchNormalization: 3,
    Relu: 3,
    MaxPool: 2,
    GlobalAveragePool: 1,
    Flatten: 1,
    Gemm: 1,
  },
  "depthwise, grouped and dilated convolutions with biases": {
    Conv: 4,
    Reshape: 5,
    LayerNormalization: 1,
    Mul: 1,
    Add: 1,
    Relu: 1,
    BatchNormalization: 1,
  },
  "pooling of every kind": {
    MaxPool: 1,
    AveragePool: 1,
    Where: 2,
    ReduceSum: 2,
    Div: 2,
    Conv: 1,
    GlobalAveragePool: 1,
    Reshape: 4,
  },
  "upsampling": { Conv: 2, Resize: 1, GlobalAveragePool: 1, Flatten: 1 },
  "transposed convolutions and pixel shuffles": {
    Add: 2,
    Conv: 1,
    ConvTranspose: 2,
    Flatten: 1,
    GlobalAveragePool: 1,
    Pad: 1, // the output padding of the second one, which is not less than its stride
    Relu: 1,
    Reshape: 6,
    Transpose: 2,
  },
  "convolutions of sequences and volumes": {
    Add: 3,
    Conv: 2,
    ConvTranspose: 1,
    Gather: 3,
    Gemm: 1,
    Max: 1,
    MaxPool: 1,
    Min: 1,
    Pad: 1,
    Reshape: 21,
    Transpose: 3,
  },
  "smooth activations and RMS normalization": {
    Gemm: 6,
    ReduceMean: 2,
    Sqrt: 2,
    Sigmoid: 1,
    Elu: 1,
    Selu: 1,
    Softplus: 1,
    Softmax: 1,
    Max: 1,
    Min: 1,
    Add: 3,
    Mul: 6,
    Div: 4,
  },
  "instance normalization, padding, and bilinear upsampling": {
    Conv: 3,
    LayerNormalization: 2,
    Relu: 1,
    Pad: 2,
    // bilinear upsampling and two kinds of padding take rows and columns by clamped indices
    Gather: 12,
    Max: 12,
    Min: 12,
    Reshape: 2,
    Add: 5,
    Mul: 9,
    GlobalAveragePool: 1,
    Flatten: 1,
  },
};

function random(count: number, seed: number): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: count }, () => 2 * next() - 1);
}

/** Values as after some training: no weight, shift or running statistic is 0 or 1. */
function unsettle(model: Module): Module {
  let seed = 1;
  for (const [name, variable] of model.state()) {
    const values = random(variable.size, seed++);
    const trained = name.endsWith("running_var") || /(?:bn\d|\d)\.weight$/.test(name);
    const scale = variable.rank > 1 ? 1 / Math.sqrt(variable.size / variable.shape[0]!) : 0.5;
    const shift = trained && variable.rank === 1 ? 1 : 0;
    variable.assign(values.map((value) => scale * value + shift));
  }
  return model;
}

/** The largest difference between both sides, relative to 1 or to the largest value. */
async function compare(model: Module, sample: readonly number[], file: Uint8Array, count: number) {
  const shape = [count, ...sample];
  const x = random(shape.reduce((product, size) => product * size, 1), count);
  using backend = await openCpu({ threads: 1 });
  using compiled = await compile(
    { x: f32(shape) },
    ({ x }) => ({ outputs: { y: model.forward(x) } }),
    { backend },
  );
  compiled.run({ x });
  const { y } = await compiled.read();
  for (const variable of model.state().values()) await variable.moveToHost();
  const found = await runOnnx(file, { shape, data: x });
  assertEquals(found.data.length, y.length);
  assert(y.some((value) => Math.abs(value) > 0.01), "the model must not be silent");
  return Math.max(...y.map((value, i) => Math.abs(value - found.data[i]!)));
}

for (const { name, model: make, sample } of models) {
  Deno.test(`${name} gives the same in onnxruntime, for any number of samples`, async () => {
    const model = unsettle(initialize(make(), { seed: 1 }));
    const { nodes, initializers } = await onnxModel(model, { sampleShape: sample });
    const counts: Record<string, number> = {};
    for (const { op } of nodes) {
      if (op !== "Constant") counts[op] = (counts[op] ?? 0) + 1;
    }
    assertEquals(counts, { ...operatorsOf[name] });
    const names = initializers.map((initializer) => initializer.name);
    for (const key of model.state().keys()) assert(names.includes(key), `${key} in ${names}`);
    const file = await exportOnnx(model, { sampleShape: sample });
    for (const count of [1, 4]) {
      assertLess(await compare(model, sample, file, count), TOLERANCE);
    }
    const fixed = await exportOnnx(model, { sampleShape: sample, batch: 2 });
    assertLess(await compare(model, sample, fixed, 2), TOLERANCE);
    await assertRejects(() =>
      runOnnx(fixed, { shape: [3, ...sample], data: random(3 * size(sample), 1) })
    );
  });
}

const size = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

Deno.test("heads of any kind are exported: softmax, log-softmax, argmax, means over samples", async () => {
  const x = random(12, 3);
  const heads: readonly [string, (x: Tensor) => Tensor, string][] = [
    ["softmax", (x) => x.softmax(), "Softmax"],
    ["logSoftmax", (x) => x.logSoftmax(1), "LogSoftmax"],
    ["argmax", (x) => x.argmax(), "ArgMax Cast"],
    ["mean of samples", (x) => x.mean(0), "ReduceMean"],
    ["centred", (x) => x.sub(x.mean(0, true)), "ReduceMean Sub"],
    ["samples in a row", (x) => x.reshape([-1]), "Reshape"],
    [
      "sums over one less",
      (x) => x.sum(0).div(x.shape[0]! - 1),
      "ReduceSum Shape Add Reshape Cast Div",
    ],
    ["all samples but the first", (x) => x.slice([1, 1], [x.shape[0]! - 1, 2]), "Slice"],
  ];
  for (const [name, forward, operators] of heads) {
    const { nodes } = await onnxModel({ forward }, { sampleShape: [4] });
    assertEquals(nodes.map(({ op }) => op).join(" "), operators, name);
    const found = await runOnnx(await exportOnnx({ forward }, { sampleShape: [4] }), {
      shape: [3, 4],
      data: x,
    });
    using backend = await openCpu({ threads: 1 });
    using compiled = await compile(
      { x: f32([3, 4]) },
      ({ x }) => ({ outputs: { y: forward(x) } }),
      {
        backend,
      },
    );
    compiled.run({ x });
    const { y } = await compiled.read();
    assertLess(Math.max(...y.map((value, i) => Math.abs(value - found.data[i]!))), 1e-6, name);
  }
});

Deno.test("a model that depends on the batch size in an unsupported way is refused by name", async () => {
  const bad: readonly [(x: Tensor) => Tensor, string][] = [
    [
      (x) => x.sum(0).mul(1 / (x.shape[0]! + 1)).named("odd mean"),
      "value must not depend on the batch size",
    ],
    [(x) => x.broadcastTo([x.shape[0]!, ...x.shape]).reshape([-1]), "linear in the batch size"],
    [
      (x) => x.slice([0, 0], [1, 4]).add(x.slice([x.shape[0]! - 1, 0], [1, 4])),
      "starts must not depend on the batch size",
    ],
    [(x) => x.slice([0, 0], [x.shape[0]! - 1, 4]), "must extend to its end"],
    [(x) => x.shape[0] === 2 ? x.relu() : x.tanh(), "must not depend on the batch size"],
  ];
  for (const [forward, message] of bad) {
    await assertRejects(() => exportOnnx({ forward }, { sampleShape: [4] }), OnnxError, message);
    await exportOnnx({ forward }, { sampleShape: [4], batch: 4 });
  }
});

Deno.test("bytes go in as bytes, and texts go along", async () => {
  const forward = (x: Tensor) => x.cast("f32").mul(1 / 255).sub(0.5);
  const options = { sampleShape: [3], dtype: "u8", input: "pixels", output: "features" } as const;
  const model = await onnxModel({ forward }, { ...options, metadata: new Map([["std", "1"]]) });
  assertEquals(model.inputs, [{ name: "pixels", dtype: "u8", shape: ["batch", 3] }]);
  assertEquals(model.outputs, [{ name: "features", dtype: "f32", shape: ["batch", 3] }]);
  const { data } = await runOnnx(await exportOnnx({ forward }, options), {
    shape: [1, 3],
    data: Uint8Array.of(0, 255, 51),
  });
  assertEquals([...data as Float32Array].map((value) => value.toFixed(3)), [
    "-0.500",
    "0.500",
    "-0.300",
  ]);
});

// libonnx-testdata makes a folder that Python takes for the package
const python = await findPython("onnx.checker");

Deno.test({
  name: "onnx's own checker accepts every exported model, and infers the shapes that are stated",
  ignore: python === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    const program = `
import sys, onnx
for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    def sizes(m): return [d.dim_param or d.dim_value for d in m.graph.output[0].type.tensor_type.shape.dim]
    print(sizes(model), [(o.domain, o.version) for o in model.opset_import], model.producer_name)`;
    try {
      const paths = await Promise.all(models.map(async ({ model, sample }, i) => {
        const path = `${folder}/${i}.onnx`;
        const file = await exportOnnx(unsettle(initialize(model(), { seed: 1 })), {
          sampleShape: sample,
        });
        await Deno.writeFile(path, file);
        return path;
      }));
      const lines = (await runPython(python!, program, ...paths)).trim().split("\n");
      assertEquals(lines.length, models.length);
      for (const line of lines) assert(/^\['batch', .*\] \[\('', 17\)\] gspace$/.test(line), line);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

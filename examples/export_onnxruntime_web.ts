// Trains a classifier of digits, exports it as an ONNX file that takes raw pixels and returns
// probabilities, and runs the file in onnxruntime-web, as a web page would.
//
//     deno run -A examples/export_onnxruntime_web.ts
//
// In a page, the second half is all that is needed, with `import * as ort from "onnxruntime-web"`.
import * as gs from "@gspace/gspace";

/** The part of onnxruntime-web that is used. */
interface Ort {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array): Promise<Session> };
}
interface OrtTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}
interface Session {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
}

/** Normalizes raw pixels, applies the network, and returns probabilities. */
class Classifier extends gs.Module {
  readonly net = new gs.Sequential(
    new gs.Conv2d(1, 8, 3, { padding: 1 }),
    new gs.BatchNorm2d(8),
    new gs.ReLU(),
    new gs.MaxPool2d(2),
    new gs.Flatten(),
    new gs.Linear(128, 10),
  );
  readonly #scale: number;

  constructor(scale: number) {
    super();
    this.#scale = scale;
  }

  override forward(pixels: gs.Tensor): gs.Tensor {
    return this.net.forward(pixels.mul(this.#scale)).softmax();
  }
}

async function train(model: Classifier, data: gs.Dataset, epochs: number): Promise<void> {
  using backend = await gs.openBackend("cpu");
  using optimizer = new gs.Optimizer(model.parameters(), gs.adam({ learningRate: 0.01 }));
  const options = { sampleShape: [1, 8, 8], batchSize: 64, epochs, seed: 1, backend };
  using trainer = new gs.Trainer({ model: model.net, optimizer, data, ...options });
  await trainer.train();
  for (const variable of model.state().values()) await variable.moveToHost();
}

export async function main({ epochs = 5, count = 200, ort }: {
  readonly epochs?: number;
  readonly count?: number;
  readonly ort?: Ort;
} = {}) {
  const data = await gs.loadDataset("digits");
  const { scale } = data.normalization;
  using model = gs.initialize(new Classifier(scale), { seed: 1 });
  await train(model, { ...data, normalization: { scale, mean: [0], std: [1] } }, epochs);
  const file = await gs.exportOnnx(model, {
    sampleShape: [1, 8, 8],
    input: "pixels",
    output: "probabilities",
  }); // await Deno.writeFile("digits.onnx", file);

  // not a plain import: a program that only exports does not need the package
  const runtime: Ort = ort ?? await import(String("npm:onnxruntime-web@1.30.0"));
  runtime.env.wasm.numThreads = 1;
  const session = await runtime.InferenceSession.create(file);
  const pixels = Float32Array.from(data.test.x.subarray(0, 64 * count));
  const input = new runtime.Tensor("float32", pixels, [count, 1, 8, 8]);
  const { probabilities } = await session.run({ pixels: input });

  // the file and the model agree, whichever runs it
  using backend = await gs.openBackend("cpu");
  const own = await model.forward(gs.tensor(pixels, [count, 1, 8, 8])).data({ backend });
  const difference = Math.max(...own.map((p, i) => Math.abs(p - probabilities!.data[i]!)));
  const chosen = Array.from({ length: count }, (_, i) => {
    const row = probabilities!.data.subarray(10 * i, 10 * i + 10);
    return row.indexOf(Math.max(...row));
  });
  const right = chosen.filter((label, i) => label === data.test.y[i]).length;
  return { accuracy: right / count, difference, bytes: file.length };
}

if (import.meta.main) {
  const { accuracy, difference, bytes } = await main();
  console.log(`${bytes} bytes, accuracy in onnxruntime-web ${accuracy.toFixed(3)}`);
  console.log(`largest difference of a probability: ${difference.toExponential(1)}`);
}

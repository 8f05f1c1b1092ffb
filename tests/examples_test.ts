// Each program of examples/ at a small size, held to a result.
import { assert, assertEquals } from "@std/assert";
import { main as cartPole } from "../examples/cart_pole.ts";
import { main as charTransformer } from "../examples/char_transformer.ts";
import { main as exportOnnxruntimeWeb } from "../examples/export_onnxruntime_web.ts";
import { main as gsgdNetwork } from "../examples/gsgd_network.ts";
import { main as imageClassifier } from "../examples/image_classifier.ts";
import { main as lstmForecast } from "../examples/lstm_forecast.ts";
import { main as ownOp } from "../examples/own_op.ts";
import { main as ownOptimizer } from "../examples/own_optimizer.ts";
import { main as transferLearning } from "../examples/transfer_learning.ts";
import { main as vae } from "../examples/vae.ts";
import { main as wganGp } from "../examples/wgan_gp.ts";
import { encodePng, loadDataset } from "../mod.ts";
import { runOnnxNamed } from "./onnx/runtime.ts";

const folder = new URL("../examples/", import.meta.url);
const last = (list: readonly number[]) => list.at(-1)!;

Deno.test("each example has at most 120 lines, a line in the README, and a test here", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", folder));
  const tests = await Deno.readTextFile(new URL(import.meta.url));
  const listed = [...readme.matchAll(/^\| \[(\w+\.ts)\]\(\1\)/gm)].map(([, name]) => name);
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".ts")) continue;
    found.push(name);
    const lines = (await Deno.readTextFile(new URL(name, folder))).trimEnd().split("\n").length;
    assert(lines <= 120, `${name} has ${lines} lines`);
    assert(tests.includes(`examples/${name}`), `${name} is not tested`);
  }
  assertEquals(listed.toSorted(), found.toSorted());
});

Deno.test("image_classifier.ts tells the digits of a folder of images apart", async () => {
  const path = await Deno.makeTempDir();
  try {
    const { train } = await loadDataset("digits");
    for (let i = 0; i < 300; i++) {
      const subfolder = `${path}/digit ${train.y[i]}`;
      await Deno.mkdir(subfolder, { recursive: true });
      const pixels = Uint8Array.from(train.x.subarray(i * 64, i * 64 + 64), (x) => x * 15);
      const image = { width: 8, height: 8, channels: 1, data: pixels } as const;
      await Deno.writeFile(
        `${subfolder}/${String(i).padStart(3, "0")}.png`,
        await encodePng(image),
      );
    }
    const { accuracy, names } = await imageClassifier(path, { epochs: 6, width: 8 });
    assert(accuracy > 0.8, `accuracy ${accuracy}`);
    assert(names.every((name) => name?.startsWith("digit ")));
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("vae.ts lowers its bound, and its samples have bright and dark pixels", async () => {
  const { losses, samples } = await vae({ epochs: 8 });
  assert(last(losses) < 29 && losses[0]! > 34, `losses ${losses}`);
  assert(Math.min(...samples) < 0.1 && Math.max(...samples) > 0.8);
});

Deno.test("lstm_forecast.ts forecasts better than the day before and the last value", async () => {
  const { errors, forecast } = await lstmForecast({ steps: 200, hidden: 16 });
  assertEquals(forecast.length, 12);
  assert(errors.dayBefore < errors.lastValue);
  assert(errors.lstm < 0.85 * errors.dayBefore, JSON.stringify(errors));
});

Deno.test("wgan_gp.ts comes near the points that it learns", async () => {
  const { quality: { meanDistance, modes }, distances } = await wganGp({ steps: 400, report: 100 });
  assert(meanDistance < 0.6 && modes >= 6, `mean distance ${meanDistance}, ${modes} modes`);
  assert(last(distances) < distances[0]!, `distances ${distances}`);
});

Deno.test("cart_pole.ts learns to balance the pole for longer", async () => {
  const { lengths } = await cartPole({ iterations: 20 });
  assert(lengths[0]! < 40 && last(lengths) > 80, `lengths ${lengths}`);
});

Deno.test("own_optimizer.ts trains in weights and in G-space", async () => {
  const { plain, inGSpace } = await ownOptimizer({ epochs: 4 });
  assert(plain > 0.85 && inGSpace > 0.85, `${plain}, ${inGSpace}`);
});

Deno.test("own_op.ts has the derivative that differences measure, and trains", async () => {
  const { error, accuracy, report } = await ownOp({ epochs: 3 });
  assert(error < 1e-4 && accuracy > 0.8, `${error}, ${accuracy}`);
  assert(report.includes("not-homogeneous:mish"));
});

Deno.test("gsgd_network.ts trains twins equally with G-SGD, and apart without it", async () => {
  const { inGSpace, twin, plain, plainTwin } = await gsgdNetwork({ epochs: 2 });
  assertEquals(twin, inGSpace);
  assert(inGSpace.report.includes("H = 56 scale nodes"));
  assert(last(plainTwin.losses) > 2 * last(plain.losses));
  assert(last(inGSpace.losses) < 0.6);
});

Deno.test("char_transformer.ts learns what follows what, and writes words", async () => {
  const { losses, text } = await charTransformer({
    width: 32,
    heads: 2,
    layers: 1,
    context: 32,
    batch: 8,
    steps: 800,
    length: 60,
  });
  const end = losses.slice(-6).reduce((sum, loss) => sum + loss / 6, 0);
  assert(losses[0]! > 4 && end < 2.9, `losses ${losses}`); // 3.27: frequencies of characters
  assertEquals([...text].length, 61);
  assert(text.includes(" "), text);
});

Deno.test("transfer_learning.ts learns from few images with the weights of a file", async () => {
  const { names, transferred, fromScratch } = await transferLearning();
  assert(names.includes("0.layer2.0.conv1.weight") && names.at(-1) === "1.bias", `${names}`);
  assert(transferred > 0.55 && transferred > fromScratch + 0.1, `${transferred}, ${fromScratch}`);
});

/** onnxruntime-web in a process of its own: it is no package of this repository. */
class RuntimeTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];

  constructor(_type: string, data: Float32Array, dims: readonly number[]) {
    this.data = data;
    this.dims = dims;
  }
}

async function runTensors(file: Uint8Array, feeds: Readonly<Record<string, RuntimeTensor>>) {
  const inputs = Object.entries(feeds).map((
    [name, { data, dims }],
  ) => [name, { data, shape: dims }]);
  const outputs = await runOnnxNamed(file, Object.fromEntries(inputs));
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]) => [
      name,
      new RuntimeTensor("float32", Float32Array.from(data), dims),
    ]),
  );
}

Deno.test("export_onnxruntime_web.ts classifies digits in onnxruntime-web", async () => {
  const { accuracy, difference } = await exportOnnxruntimeWeb({
    epochs: 3,
    ort: {
      env: { wasm: { numThreads: 1 } },
      Tensor: RuntimeTensor,
      InferenceSession: {
        create: (file) => Promise.resolve({ run: (feeds) => runTensors(file, feeds) }),
      },
    },
  });
  assert(accuracy > 0.75 && difference < 1e-5, `${accuracy}, ${difference}`);
});

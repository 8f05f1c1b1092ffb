// Transfer learning: a network that was trained on other classes comes as an ONNX file with
// torchvision's names, gets another head, and is fine-tuned on a few images.
//
//     deno run --allow-read examples/transfer_learning.ts
//
// Without a file of your own, the program trains one on the digits 0 to 4, and learns 5 to 9. With
// torchvision, write one of a ResNet-18 by
//
//     torch.onnx.export(resnet18(weights="DEFAULT"), torch.zeros(1, 3, 224, 224), "resnet18.onnx",
//         training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
//         input_names=["x"], dynamic_axes={"x": {0: "batch"}})
import * as gs from "@gspace/gspace";

const SHAPE = [1, 8, 8];

/** The images of some digits, with labels from 0 on. */
function only(data: gs.Dataset, digits: readonly number[], count?: number): gs.Dataset {
  const take = ({ x, y }: gs.Split, most = y.length): gs.Split => {
    const rows = [...y.keys()].filter((i) => digits.includes(y[i]!)).slice(0, most);
    const pixels = Uint8Array.from(rows.flatMap((i) => [...x.subarray(64 * i, 64 * i + 64)]));
    return {
      x: pixels,
      y: Int32Array.from(rows, (i) => digits.indexOf(y[i]!)),
      count: rows.length,
    };
  };
  const classNames = digits.map(String);
  const [train, test] = [take(data.train, count), take(data.test)];
  return { ...data, classes: digits.length, classNames, train, test };
}

interface Training {
  readonly data: gs.Dataset;
  readonly transform: gs.GradientTransform;
  readonly epochs: number;
  readonly backend: gs.Backend;
}

/** Trains a model and resolves to its accuracy on the test images. */
async function train(model: gs.Module, { data, transform, epochs, backend }: Training) {
  using optimizer = new gs.Optimizer(model.parameters(), transform);
  const options = { sampleShape: SHAPE, batchSize: 25, epochs, backend, seed: 1 };
  using trainer = new gs.Trainer({ model, optimizer, data, ...options });
  await trainer.train();
  return (await trainer.evaluate("test")).accuracy;
}

const sgd = (learningRate: number) => gs.sgd({ learningRate, momentum: 0.9 });
const network = () => new gs.ResNet(8, { widths: [8, 16, 16], channels: 1, classes: 5 });

/** A network for the first digits, as somebody else would publish it. */
async function pretrained(data: gs.Dataset, backend: gs.Backend, epochs: number) {
  using model = gs.initialize(network(), { seed: 1 });
  await train(model, { data: only(data, [0, 1, 2, 3, 4]), transform: sgd(0.05), epochs, backend });
  return await gs.exportOnnx(model, { sampleShape: SHAPE });
}

/** The network of a file without its last layer, and a new last layer. */
function withNewHead(file: Uint8Array, classes: number): gs.Sequential {
  const last = gs.decodeOnnxModel(file).nodes.findLast(({ op }) => op === "Gemm")!;
  const body = gs.importOnnx(file, { outputs: [last.inputs[0]!] });
  const [, width] = body.forward(gs.zeros([1, ...SHAPE])).shape;
  return gs.initialize(new gs.Sequential(body, new gs.Linear(width!, classes)), { seed: 2 });
}

export async function main({ epochs = 10, images = 25 } = {}) {
  using backend = await gs.openBackend("cpu");
  const digits = await gs.loadDataset("digits");
  const file = await pretrained(digits, backend, epochs);
  const data = only(digits, [5, 6, 7, 8, 9], images);

  using model = withNewHead(file, data.classes);
  const names = [...model.namedParameters().keys()];
  const transform = gs.parameterGroups([
    { parameters: ({ name }) => name.startsWith("0."), transform: sgd(0.01) },
    { parameters: "rest", transform: sgd(0.05) },
  ]);
  const transferred = await train(model, { data, transform, epochs, backend });

  using fresh = gs.initialize(network(), { seed: 2 });
  const fromScratch = await train(fresh, { data, transform: sgd(0.05), epochs, backend });
  return { names, transferred, fromScratch };
}

if (import.meta.main) {
  const { names, transferred, fromScratch } = await main();
  console.log(`parameters: ${names.slice(0, 4).join(", ")}, …, ${names.at(-1)}`);
  console.log(`accuracy with the file's weights: ${transferred.toFixed(3)}`);
  console.log(`accuracy from scratch: ${fromScratch.toFixed(3)}`);
}

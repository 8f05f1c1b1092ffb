// Trains a convolutional network on a folder of images, one subfolder for each class:
//
//     deno run --allow-read examples/image_classifier.ts photos
//
// The images are PNG or JPEG files of any sizes.
import * as gs from "@gspace/gspace";

function makeModel({ classes, sampleShape: [channels, height, width] }: gs.Dataset) {
  const block = (inputs: number, outputs: number) => [
    new gs.Conv2d(inputs, outputs, 3, { padding: 1, bias: false }),
    new gs.BatchNorm2d(outputs),
    new gs.ReLU(),
    new gs.MaxPool2d(2),
  ];
  const features = 32 * Math.floor(height! / 4) * Math.floor(width! / 4);
  const head = [new gs.Flatten(), new gs.Linear(features, classes)];
  return gs.initialize(new gs.Sequential([...block(channels!, 16), ...block(16, 32), ...head]), {
    seed: 1,
  });
}

/** Every fifth image of a class is for testing. */
async function load(folder: string, size: gs.ImageSize): Promise<gs.Dataset> {
  const images = await gs.loadImageFolder(folder, { size });
  const count = Math.round(images.train.count / 5);
  const { validation, ...rest } = gs.holdOut(images, { count, seed: 1, stratified: true });
  return { ...rest, test: validation };
}

export async function main(folder: string, { epochs = 10, batchSize = 32, width = 32 } = {}) {
  using backend = await gs.openBackend("auto");
  const data = await load(folder, { width, height: width });
  using model = makeModel(data);
  const steps = epochs * Math.ceil(data.train.count / batchSize);
  const learningRate = gs.oneCycle(0.01, { steps });
  using optimizer = new gs.Optimizer(model.parameters(), gs.adamW({ learningRate }));
  const onEpoch = ({ epoch, loss, accuracy }: gs.EpochResult) =>
    console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`);
  using trainer = new gs.Trainer({ model, optimizer, data, backend, batchSize, epochs, onEpoch });
  await trainer.train();
  const { accuracy, predictions } = await trainer.evaluate("test");
  return { accuracy, names: [...predictions].map((label) => data.classNames[label]) };
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (!folder) throw new Error("Pass the folder of images");
  console.log(`accuracy on test images: ${(await main(folder)).accuracy}`);
}

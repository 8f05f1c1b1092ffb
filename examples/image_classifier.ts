// Trains a convolutional network on a folder of gray images, one subfolder for each class:
//
//     deno run --allow-read examples/image_classifier.ts photos
//
// The images are PGM files of one size, which `magick photo.jpg -resize 32x32! photo.pgm` writes.
import * as gs from "@gspace/gspace";

/** A gray image: a header "P5 width height 255" and one byte per pixel. */
async function readPgm(path: string) {
  const bytes = await Deno.readFile(path);
  const header = /^P5\s+(?:#.*\n\s*)*(\d+)\s+(\d+)\s+255\s/.exec(
    new TextDecoder("latin1").decode(bytes.subarray(0, 256)),
  );
  if (!header) throw new Error(`${path} is not a binary PGM file with 255 levels`);
  const [width, height] = [Number(header[1]), Number(header[2])];
  const pixels = bytes.subarray(header[0].length);
  if (pixels.length !== width * height) throw new Error(`${path} has ${pixels.length} pixels`);
  return { width, height, pixels };
}

/** Entries of a folder, sorted. */
async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}

/** Every fifth image of a class is for testing. */
async function loadFolder(folder: string): Promise<gs.Dataset> {
  const classNames = await namesIn(folder);
  const parts = { train: [] as [Uint8Array, number][], test: [] as [Uint8Array, number][] };
  let shape: [number, number] | undefined;
  for (const [label, name] of classNames.entries()) {
    for (const [i, file] of (await namesIn(`${folder}/${name}`)).entries()) {
      const { width, height, pixels } = await readPgm(`${folder}/${name}/${file}`);
      shape ??= [height, width];
      if (shape[0] !== height || shape[1] !== width) throw new Error(`${file} has another size`);
      parts[i % 5 === 4 ? "test" : "train"].push([pixels, label]);
    }
  }
  const [height, width] = shape ?? [0, 0];
  const split = (images: readonly [Uint8Array, number][]) => {
    const x = new Uint8Array(images.length * height * width);
    images.forEach(([pixels], i) => x.set(pixels, i * height * width));
    return { x, y: Int32Array.from(images, ([, label]) => label), count: images.length };
  };
  return {
    name: folder,
    classes: classNames.length,
    classNames,
    sampleShape: [1, height, width],
    train: split(parts.train),
    test: split(parts.test),
    normalization: { scale: 1 / 255, mean: [0.5], std: [0.5] },
    source: folder,
  };
}

function makeModel({ classes, sampleShape: [, height, width] }: gs.Dataset) {
  const block = (inputs: number, outputs: number) => [
    new gs.Conv2d(inputs, outputs, 3, { padding: 1, bias: false }),
    new gs.BatchNorm2d(outputs),
    new gs.ReLU(),
    new gs.MaxPool2d(2),
  ];
  const features = 32 * Math.floor(height! / 4) * Math.floor(width! / 4);
  const head = [new gs.Flatten(), new gs.Linear(features, classes)];
  return gs.initialize(new gs.Sequential([...block(1, 16), ...block(16, 32), ...head]), {
    seed: 1,
  });
}

export async function main(folder: string, { epochs = 10, batchSize = 32 } = {}) {
  using backend = await gs.openBackend("auto");
  const data = await loadFolder(folder);
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

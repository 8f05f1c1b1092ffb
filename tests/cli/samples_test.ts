import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { samplesOf } from "../../cli/report/run_samples.ts";
import { SamplesWriter } from "../../cli/results/samples.ts";
import { RunFolder } from "../../cli/results/run_folder.ts";
import { type Dataset, loadDataset, type RawArray } from "../../datasets/mod.ts";
import { decodeImage } from "../../formats/mod.ts";
import { samplesFileSchema } from "../../metrics/samples.ts";
import { exists } from "../../cli/files.ts";
import { call, small, temporaryFolder } from "./command.ts";

function bytesOf(png: string): Uint8Array {
  return Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
}

async function samplesIn(path: string) {
  const text = await Deno.readTextFile(`${path}/samples.json`);
  const samples = samplesFileSchema.parse(JSON.parse(text));
  assert("arms" in samples);
  return samples;
}

Deno.test("the report of a bundled dataset shows misclassified images with both classes", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const flags = ["--device=cpu", "--threads=1", "--quiet", "--optimizer=sgd,gsgd", "--steps=4"];
  const { code, stderr } = await call("train", "--dataset=digits", ...flags, "--out", out);
  assertEquals([code, stderr], [0, ""]);
  const html = await Deno.readTextFile(`${out}/report.html`);
  const { test } = await loadDataset("digits");
  // the images of the data are stored once, and not for each optimizer
  const { first, count, arms } = await samplesIn(out);
  assertEquals(await exists(`${out}/sgd/samples.json`), false);
  for (const arm of ["sgd", "gsgd"]) {
    const { wrong, mistakes } = arms[arm]!;
    const { counts } = JSON.parse(await Deno.readTextFile(`${out}/${arm}/confusion.json`));
    const matrix: number[][] = counts;
    assertEquals(wrong, matrix.flatMap((row, i) => row.toSpliced(i, 1)).reduce((a, b) => a + b));
    assertEquals([first.length, count, mistakes.length], [80, 360, 40]);
    assertStringIncludes(
      html,
      `${arm}: ${wrong} of 360 test images classified wrongly after epoch 0.17, 40 are shown`,
    );
    for (const { name, label, predicted, png } of mistakes) {
      const sample = Number(name.replace("sample ", ""));
      assertEquals(label, `${test.y[sample]}`);
      assert(predicted !== undefined && matrix[Number(label)]![Number(predicted)]! > 0);
      assert(predicted !== label);
      const image = await decodeImage(bytesOf(png));
      const pixels = test.x.slice(64 * sample, 64 * sample + 64);
      assertEquals(Array.from(image.data), Array.from(pixels, (v) => Math.round(v * 255 / 16)));
      assertStringIncludes(html, `base64,${png}" alt="${label}, predicted ${predicted}: ${name}"`);
    }
  }
});

Deno.test("data that are not images have no samples", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  assertEquals((await call(...small, "--optimizer=sgd", "--steps=2", "--out", out)).code, 0);
  assertEquals(await exists(`${out}/samples.json`), false);
  assertEquals((await Deno.readTextFile(`${out}/report.html`)).includes("<h2>Images"), false);
});

/** A dataset in order of its classes, with one more image of each class than of the one before. */
function sorted(x: RawArray, y: readonly number[], sampleShape: readonly number[]): Dataset {
  const split = { x, y: Int32Array.from(y), count: y.length };
  return {
    ...{ name: "sorted", classes: 1 + Math.max(...y), classNames: [], sampleShape },
    ...{ train: split, test: split, normalization: { scale: 1, mean: [0], std: [1] }, source: "" },
  };
}

async function written(dataset: Dataset, predicted?: Int32Array) {
  await using folder = await temporaryFolder();
  const run = new RunFolder(folder.path, { optimizer: ["sgd"] });
  const writer = new SamplesWriter(dataset, run);
  if (predicted !== undefined) writer.set("sgd", { predictions: predicted, epoch: 1 });
  await writer.write();
  return await samplesIn(folder.path);
}

Deno.test("mistakes are from all classes, also if the samples are in order of their classes", async () => {
  const y = Array.from({ length: 300 }, (_, i) => Math.floor(i / 100));
  const dataset = sorted(new Float32Array(300), y, [1, 1, 1]);
  const predicted = Int32Array.from(y, (label, i) => i === 0 ? label : (label + 1) % 3);
  const { first, arms: { sgd } } = await written(dataset, predicted);
  const { wrong, mistakes } = sgd!;
  assertEquals([first.length, wrong, mistakes.length], [24, 299, 40]);
  const labels = mistakes.map(({ label, predicted }) => `${label}>${predicted}`);
  const counts = new Map(labels.map((label) => [label, labels.filter((l) => l === label).length]));
  assertEquals([...counts], [["0>1", 14], ["1>2", 13], ["2>0", 13]]);
  assertEquals(mistakes[0]!.name, "sample 1");
  assertEquals(first.slice(7, 9).map(({ name }) => name), ["sample 7", "sample 100"]);
});

Deno.test("a class without mistakes and a run without predictions are left out", async () => {
  const y = [0, 0, 1];
  const dataset = sorted(new Float32Array(3), y, [1, 1, 1]);
  const { arms: { sgd } } = await written(dataset, Int32Array.of(0, 0, 0));
  assertEquals([sgd!.wrong, sgd!.mistakes.map(({ name }) => name)], [1, ["sample 2"]]);
  assertEquals((await written(dataset)).arms, {});
});

Deno.test("a report says how many classes its training images are of", async () => {
  const titleOf = async (y: readonly number[]) => {
    const dataset = sorted(new Float32Array(y.length), y, [1, 1, 1]);
    const samples = await written(dataset);
    return /The first training images[^<]*/.exec(samplesOf({ samples, data: dataset })!.text)![0];
  };
  assertEquals(await titleOf([0, 1, 1]), "The first training images of each class");
  assertEquals(await titleOf([0, 0, 2]), "The first training images of 2 of 3 classes");
  const many = Array.from({ length: 30 }, (_, i) => i);
  assertEquals(await titleOf(many), "The first training images of 20 of 30 classes");
});

Deno.test("floats are drawn from their smallest to their largest value, and colors by pixel", async () => {
  const x = Float32Array.of(-1, 0, 1, 3, 1, 1); // two pixels of red, green, and blue
  const { first: [sample] } = await written(sorted(x, [0], [3, 1, 2]));
  const { width, height, channels, data } = await decodeImage(bytesOf(sample!.png));
  assertEquals([width, height, channels], [2, 1, 3]);
  assertEquals([...data], [0, 128, 128, 64, 255, 128]);
  const { first: [flat] } = await written(sorted(new Float32Array(1).fill(7), [0], [1, 1, 1]));
  assertEquals([...(await decodeImage(bytesOf(flat!.png))).data], [0]);
});

Deno.test("large images are reduced, and keep their proportions", async () => {
  const x = new Uint8Array(3 * 100 * 300).fill(1);
  const { first: [sample] } = await written(sorted(x, [0], [3, 100, 300]));
  const { width, height } = await decodeImage(bytesOf(sample!.png));
  assertEquals([width, height], [128, 43]);
});

Deno.test("only the pixels of small images are drawn as squares in a report", async () => {
  for (const [size, isSmall] of [[63, true], [64, false], [65, false]] as const) {
    const dataset = sorted(new Uint8Array(size * 2), [0], [1, 2, size]);
    const samples = await written(dataset, Int32Array.of(1));
    const { text } = samplesOf({ samples, data: dataset })!;
    const cards = [...text.matchAll(/class="card [^"]*"/g)].map(([card]) =>
      card.includes("pixels")
    );
    assertEquals(cards, [isSmall, isSmall], `${size} pixels`);
  }
});

Deno.test("mistakes are also written during training, at most every few seconds", async () => {
  await using folder = await temporaryFolder();
  const dataset = sorted(Float32Array.of(0, 1, 2), [0, 1, 2], [1, 1, 1]);
  using time = new FakeTime();
  const writer = new SamplesWriter(dataset, new RunFolder(folder.path, { optimizer: ["sgd"] }));
  const epochs = async () => {
    if (!await exists(`${folder.path}/samples.json`)) return undefined;
    return (await samplesIn(folder.path)).arms.sgd;
  };
  writer.set("sgd", { predictions: Int32Array.of(1, 0, 2), epoch: 1 });
  await writer.writeIfDue();
  assertEquals(await epochs(), undefined); // a short run writes only at its end
  time.pass(5001);
  await writer.writeIfDue();
  assertEquals((await epochs())?.epoch, 1);
  writer.set("sgd", { predictions: Int32Array.of(0, 0, 2), epoch: 2 });
  await writer.writeIfDue();
  assertEquals((await epochs())?.epoch, 1);
  time.pass(5001);
  await writer.writeIfDue();
  const { epoch, wrong, mistakes } = (await epochs())!;
  assertEquals([epoch, wrong, mistakes.map(({ name }) => name)], [2, 1, ["sample 1"]]);
});

Deno.test("images that cannot be written during training are a warning", async () => {
  await using folder = await temporaryFolder();
  const dataset = sorted(Float32Array.of(0), [0], [1, 1, 1]);
  using time = new FakeTime();
  const gone = new RunFolder(`${folder.path}/gone`, { optimizer: ["sgd"] });
  const writer = new SamplesWriter(dataset, gone);
  time.pass(5001);
  const said: string[] = [];
  const { error } = console;
  console.error = (text: string) => void said.push(text);
  try {
    await writer.writeIfDue();
  } finally {
    console.error = error;
  }
  assertStringIncludes(said.join(), "the misclassified images could not be written: ");
});

/** A clock of `performance.now()` that does not go by itself. */
class FakeTime implements Disposable {
  readonly #now = performance.now;
  #time = 0;

  constructor() {
    performance.now = () => this.#time;
  }

  /** Lets milliseconds pass. */
  pass(ms: number): void {
    this.#time += ms;
  }

  [Symbol.dispose](): void {
    performance.now = this.#now;
  }
}

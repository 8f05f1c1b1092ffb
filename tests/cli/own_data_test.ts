import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  decodeSafetensors,
  encodeSafetensors,
  fromTyped,
  type TensorArray,
  type TensorData,
} from "../../checkpoint/mod.ts";
import { UsageError } from "../../cli/errors.ts";
import { silent } from "../../cli/display.ts";
import { load, withHeldOut, withMeasuredNormalization } from "../../cli/data/load.ts";
import { defaults } from "../../cli/settings/config.ts";
import { features } from "../../datasets/mod.ts";
import { generator } from "../support/random.ts";
import { call, metricsOf, temporaryFolder } from "./command.ts";

const flags = ["train", "--device=cpu", "--threads=1", "--quiet", "--optimizer=sgd", "--steps=4"];

const random = generator(3);
const labels = fromTyped(Int32Array.from({ length: 40 }, (_, i) => i % 4), [40]);

async function write(path: string, x: TensorArray, shape: readonly number[]): Promise<string> {
  const test = new Map<string, TensorData>([
    ["x", fromTyped(x, [40, ...shape])],
    ["y", labels],
    ["x_test", fromTyped(x, [40, ...shape])],
    ["y_test", labels],
  ]);
  await Deno.writeFile(path, encodeSafetensors(test));
  return path;
}

const pixels = Uint8Array.from({ length: 40 * 192 }, () => 256 * random());

Deno.test("a .safetensors dataset is normalized by its training samples, as --normalize says", async () => {
  await using folder = await temporaryFolder();
  const x = Float32Array.from(
    { length: 160 },
    (_, i) => i < 80 ? 100 + i % 4 * 50 + random() : 1e6,
  );
  const dataset = await write(`${folder.path}/a.safetensors`, x, [4]);
  const prepared = async (normalize: "standard" | "unit") => {
    const config = { ...defaults, dataset, normalize, limit: 20, validation: 5 };
    return withMeasuredNormalization(withHeldOut(await load(config, silent), config), config);
  };
  const standard = await prepared("standard");
  const values = features(standard, standard.train);
  for (let feature = 0; feature < 4; feature++) {
    const own = values.filter((_, i) => i % 4 === feature);
    const mean = own.reduce((a, b) => a + b) / own.length;
    assertAlmostEquals(mean, 0, 1e-3);
    assertAlmostEquals(Math.sqrt(own.reduce((a, b) => a + b * b, 0) / own.length), 1, 1e-3);
  }
  const unit = await prepared("unit");
  assertEquals(features(unit, unit.train), Float32Array.from(unit.train.x));
});

Deno.test("images of bytes give the same losses with channels first and last", async () => {
  await using folder = await temporaryFolder();
  const first = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const [n, pixel, channel] = [Math.floor(i / 192), Math.floor((i % 192) / 3), i % 3];
    first[n * 192 + channel * 64 + pixel] = pixels[i]!;
  }
  const run = async (name: string, x: TensorArray, shape: readonly number[], ...more: string[]) => {
    const data = await write(`${folder.path}/${name}.safetensors`, x, shape);
    const out = `${folder.path}/${name}`;
    const model = "--model=plainnet-8:2-3-4";
    const { code, stderr } = await call(
      ...flags,
      model,
      `--dataset=${data}`,
      ...more,
      "--out",
      out,
    );
    assertEquals([code, stderr], [0, ""]);
    return (await metricsOf(out)).flatMap(({ kind, trainLoss, loss, testError }) =>
      kind === "end" || kind === "step" ? [trainLoss ?? loss, testError] : []
    );
  };
  const nchw = await run("nchw", first, [3, 8, 8]);
  assert(nchw.every((value) => typeof value !== "number" || value < 20), nchw.join());
  assertEquals(await run("nhwc", pixels, [8, 8, 3]), nchw);
  const stated = await run("stated", pixels, [8, 8, 3], "--layout=nhwc");
  assertEquals(stated, nchw);
  const floats = await run("floats", Float32Array.from(first), [3, 8, 8]);
  floats.forEach((value, i) => {
    if (typeof value === "number") assertAlmostEquals(value, Number(nchw[i]), 1e-3);
  });
  assertEquals(await run("doubles", Float64Array.from(first), [3, 8, 8]), floats);
});

Deno.test("export --raw-input uses the measured normalization", async () => {
  await using folder = await temporaryFolder();
  const cases = [["bytes", pixels, "u8"], ["floats", Float32Array.from(pixels), "f32"]] as const;
  for (const [name, x, dtype] of cases) {
    const data = await write(`${folder.path}/${name}.safetensors`, x, [8, 8, 3]);
    const out = `${folder.path}/${name}`;
    await call(...flags, "--model=mlp:192-8-4", `--dataset=${data}`, "--out", out);
    const { metadata } = decodeSafetensors(await Deno.readFile(`${out}/model.safetensors`));
    const { mean, std } = JSON.parse(metadata.get("normalization")!);
    assertEquals([mean.length, std.length], [3, 3]);
    assert(std.every((value: number) => value !== 1));
    const exported = await call(
      ...["export", "--run", out, "--raw-input", "--out", `${out}.onnx`],
    );
    assertEquals([exported.code, exported.stderr], [0, ""]);
    assertStringIncludes(exported.stdout, `${dtype}[`);
  }
});

Deno.test("--resume refuses changed data and accepts a moved file", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const data = await write(`${folder.path}/a.safetensors`, pixels, [8, 8, 3]);
  await call(...flags, "--model=mlp:192-8-4", `--dataset=${data}`, "--out", out);
  await write(data, pixels.with(5, pixels[5]! ^ 1), [8, 8, 3]);
  const changed = await call("train", "--resume", out, "--steps=6", "--quiet");
  assertEquals([changed.code, changed.stderr.split("\n").length], [1, 1]);
  assertStringIncludes(changed.stderr, '"data" was');
  const moved = await write(`${folder.path}/b.safetensors`, pixels, [8, 8, 3]);
  const config = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
  await Deno.writeTextFile(`${out}/config.json`, JSON.stringify({ ...config, dataset: moved }));
  const resumed = await call("train", "--resume", out, "--steps=6", "--quiet");
  assertEquals([resumed.code, resumed.stderr], [0, ""]);
});

Deno.test("a layout that does not fit the images is refused in one line", async () => {
  await using folder = await temporaryFolder();
  const odd = await write(`${folder.path}/a.safetensors`, new Float32Array(40 * 27), [3, 3, 3]);
  const row = await write(`${folder.path}/b.safetensors`, new Float32Array(40 * 4), [4]);
  for (
    const [dataset, more, code, text] of [
      [odd, [], 1, "--layout"],
      [row, ["--layout=nhwc"], 1, "is only for images"],
      ["digits", ["--layout=nhwc"], 2, "it belongs to a .npz dataset or a .safetensors dataset"],
      [odd, ["--layout=chwn"], 2, "it must be nchw or nhwc"],
    ] as const
  ) {
    const result = await call(...flags, `--dataset=${dataset}`, ...more);
    assertEquals([result.code, result.stderr.split("\n").length], [code, 1], result.stderr);
    assertStringIncludes(result.stderr, text);
  }
});

/** Loads a CSV file of these rows, whose first column is the label. */
async function loadRows(path: string, rows: string) {
  await Deno.writeTextFile(path, `label,a\n${rows}`);
  return await load({ ...defaults, model: "mlp:1-2", dataset: path }, silent);
}

Deno.test("endings of files may be in capitals, and other files are refused with a list", async () => {
  await using folder = await temporaryFolder();
  const { classNames } = await loadRows(`${folder.path}/DATA.CSV`, "rose,1\niris,2\n");
  assertEquals(classNames, ["iris", "rose"]);
  await assertRejects(
    () => loadRows(`${folder.path}/data.tsv`, "rose,1\n"),
    UsageError,
    "it must be a folder of images, or a file that ends in .csv, .npz, or .safetensors",
  );
});

Deno.test("held-out samples leave every class some for training, or are refused", async () => {
  await using folder = await temporaryFolder();
  const rows = "rose,1\nrose,2\nrose,3\nrose,4\nrose,5\niris,6\n";
  const dataset = await loadRows(`${folder.path}/rows.csv`, rows);
  const holding = { ...defaults, dataset: `${folder.path}/rows.csv`, validation: null };
  const { train, test } = withHeldOut(dataset, { ...holding, testSplit: 0.2 });
  assertEquals([train.count, test.count, train.y.includes(0)], [5, 1, true]);
  for (const held of [{ testSplit: 0.6 }, { testSplit: null, validation: 0.6 }]) {
    assertThrows(
      () => withHeldOut(dataset, { ...holding, ...held }),
      UsageError,
      "every class must keep training samples: current classes without any are iris",
    );
  }
});

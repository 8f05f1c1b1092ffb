import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors } from "../../checkpoint/mod.ts";
import type { LayersMetric } from "../../metrics/mod.ts";
import { call, metricsOf, small, temporaryFolder } from "./command.ts";
import { small as onRanks, trainOn } from "./ranks/_train_on.ts";
import { writeTinyCifar } from "./tiny_cifar.ts";

/** 7 steps per epoch. */
const flags = [...small, "--optimizer=sgd,gsgd,path-sgd", "--bias", "--mixup=0.3"];

async function layersOf(folder: string): Promise<readonly LayersMetric[]> {
  const lines = await metricsOf(folder);
  return lines.filter(({ kind }) => kind === "layers") as unknown as LayersMetric[];
}

/** The bytes of each tensor of a file. */
async function tensorsOf(path: string): Promise<readonly [string, Uint8Array][]> {
  const { tensors } = decodeSafetensors(await Deno.readFile(path));
  return [...tensors].map(([name, { bytes }]) => [name, bytes.slice()]);
}

/** The lines that do not depend on time, without those of layers. */
async function numbersOf(folder: string): Promise<readonly object[]> {
  return (await metricsOf(folder)).filter(({ kind }) => kind !== "layers")
    .map(({ seconds: _, imagesPerSecond: __, communicationShare: ___, ...numbers }) => numbers);
}

async function assertSame(a: string, b: string, arms: readonly string[]): Promise<void> {
  assertEquals(await numbersOf(a), await numbersOf(b));
  for (const arm of arms) {
    const at = (folder: string) => `${folder}/${arm}/model.safetensors`;
    assertEquals(await tensorsOf(at(a)), await tensorsOf(at(b)), arm);
  }
}

Deno.test("measuring layers changes no bit of SGD, G-SGD, and Path-SGD", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => `${folder.path}/${name}`;
  const runs = { none: "0", often: "1", some: "3" };
  for (const [name, every] of Object.entries(runs)) {
    const more = ["--epochs=2", `--layers-every=${every}`, "--out", at(name)];
    const { code, stderr } = await call(...flags, ...more);
    assertEquals([code, stderr], [0, ""]);
  }
  for (const name of ["often", "some"]) {
    await assertSame(at("none"), at(name), ["sgd", "gsgd", "path-sgd"]);
  }
  assertEquals(await layersOf(at("none")), []);
  assertEquals((await layersOf(at("often"))).length, 3 * 14);
  const some = await layersOf(at("some"));
  for (const arm of ["sgd", "gsgd", "path-sgd"]) {
    const lines = some.filter((line) => line.arm === arm);
    assertEquals(lines.map(({ step }) => step), [3, 6, 9, 12]);
    for (const { epoch, step, samples, parameters, ...norms } of lines) {
      assertEquals([epoch, samples], [step / 7, 32]);
      for (const norm of ["weightNorm", "gradientNorm"] as const) {
        const own = Math.hypot(...parameters.map((parameter) => parameter[norm]));
        assert(norms[norm] > 0);
        assertAlmostEquals(norms[norm], own, 1e-9 * own);
      }
    }
  }
});

Deno.test("nor those of a convolutional network with batch normalization", async () => {
  await using folder = await temporaryFolder();
  await using data = await temporaryFolder();
  await writeTinyCifar(data.path);
  const cifar = [
    ...["train", "--device=cpu", "--threads=2", "--quiet", "--dataset=cifar10"],
    ...["--data-dir", data.path, "--allow-unverified", "--model=plainnet-8:3-4-5", "--batch=7"],
    ...["--steps=4", "--lr=0.01", "--optimizer=sgd,gsgd", "--augment", "--accumulate=2"],
  ];
  const at = (name: string) => `${folder.path}/${name}`;
  for (const every of ["0", "1"]) {
    const { code, stderr } = await call(...cifar, `--layers-every=${every}`, "--out", at(every));
    assertEquals(code, 0, stderr); // it warns that these are not the published images
  }
  await assertSame(at("0"), at("1"), ["sgd", "gsgd"]);
  assertEquals((await layersOf(at("1"))).map(({ samples }) => samples), Array(8).fill(4));
});

Deno.test("a resumed run measures what the whole run does", async () => {
  await using folder = await temporaryFolder();
  const [whole, parts] = [`${folder.path}/whole`, `${folder.path}/parts`];
  const every = "--layers-every=2";
  await call(...flags, every, "--steps=12", "--out", whole);
  await call(...flags, every, "--steps=5", "--out", parts);
  const { code, stderr } = await call("train", "--resume", parts, "--steps=12", "--quiet");
  assertEquals([code, stderr], [0, ""]);
  const lines = async (path: string) =>
    (await layersOf(path)).map(({ seconds: _, ...line }) => JSON.stringify(line)).toSorted();
  assertEquals(await lines(parts), await lines(whole));
  assertEquals((await lines(parts)).length, 3 * 6);
});

Deno.test("the first rank measures, and the ranks train as without", async () => {
  await using folder = await temporaryFolder();
  const at = (every: number) => `${folder.path}/${every}`;
  const arms = ["sgd", "gsgd"];
  const run = [...onRanks, `--optimizer=${arms}`, "--steps=6"];
  for (const every of [0, 2]) {
    await trainOn(3, [...run, `--layers-every=${every}`, "--out", at(every)]);
  }
  await assertSame(at(0), at(2), arms);
  for (const arm of arms) {
    const lines = (await layersOf(at(2))).filter((line) => line.arm === arm);
    // a third of a batch of 16
    assertEquals(lines.map(({ step, samples }) => [step, samples]), [[2, 6], [4, 6], [6, 6]]);
  }
});

Deno.test("by default, layers are measured after each epoch, but after at least 300 steps", async () => {
  await using folder = await temporaryFolder();
  const every = async (...more: readonly string[]) => {
    const out = `${folder.path}/${more.join("").replace(/\W/g, "")}`;
    const { code, stderr } = await call(
      ...small,
      "--optimizer=sgd",
      "--steps=2",
      ...more,
      "--out",
      out,
    );
    assertEquals([code, stderr], [0, ""]);
    return JSON.parse(await Deno.readTextFile(`${out}/config.json`)).layersEvery;
  };
  assertEquals(await every("--batch=32"), 300);
  assertEquals(await every("--batch=1", "--limit=400"), 400);
  const wrong = await call(...small, "--layers-every=-1");
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "--layers-every");
});

Deno.test("the report draws norms and distributions, and logs have the norms", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(...flags, "--steps=6", "--layers-every=2", "--log=csv", "--out", out);
  const html = await Deno.readTextFile(`${out}/report.html`);
  for (const text of ["Gradient norms", "All layers", "0.weight", "Gradient of 0.weight"]) {
    assertStringIncludes(html, text);
  }
  assertEquals(/NaN|Infinity|undefined/.exec(html), null);
  const [head = "", ...rows] = (await Deno.readTextFile(`${out}/metrics.csv`)).trim().split("\n");
  const column = head.split(",").indexOf("gradientNorm");
  const norms = rows.filter((row) => row.startsWith("layers,"))
    .map((row) => Number(row.split(",")[column]));
  assertEquals(norms, (await layersOf(out)).map(({ gradientNorm }) => gradientNorm));
});

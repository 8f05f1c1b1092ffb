import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors, toFloat32 } from "../../checkpoint/mod.ts";
import { checkConfig } from "../../cli/settings/config.ts";
import { pathValuesOfFile } from "../../cli/results/run_path_values.ts";
import { relativeDifference } from "../../optim/mod.ts";
import { call, metricsOf, small, temporaryFolder } from "./command.ts";

/** Trains with some flags. Resolves to the folder of the run. */
async function run(folder: string, name: string, ...flags: readonly string[]): Promise<string> {
  const path = `${folder}/${name}`;
  const { code, stderr } = await call(
    ...small,
    "--steps=20",
    "--model=mlp:16-8-8-10",
    ...flags,
    "--out",
    path,
  );
  assertEquals([code, stderr], [0, ""]);
  return path;
}

async function weightsOf(folder: string, arm: string): Promise<Map<string, Float32Array>> {
  const path = await armFile(folder, arm);
  const { tensors } = decodeSafetensors(await Deno.readFile(path));
  return new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)]));
}

async function armFile(folder: string, arm: string): Promise<string> {
  const inner = `${folder}/${arm}/model.safetensors`;
  return await Deno.stat(inner).then(() => inner, () => `${folder}/model.safetensors`);
}

async function lossesOf(folder: string, arm: string): Promise<unknown[]> {
  const lines = await metricsOf(folder);
  return lines.filter((line) => line.arm === arm && line.kind !== "end").map((line) =>
    line.loss ?? line.trainLoss
  );
}

async function pathValues(folder: string, arm: string): Promise<Map<string, Float64Array>> {
  const config = checkConfig(
    JSON.parse(await Deno.readTextFile(`${folder}/config.json`)),
    folder,
  );
  return await pathValuesOfFile(config, await armFile(folder, arm));
}

Deno.test("gsgd and path-sgd are exactly invariant to rescaling by powers of two, and sgd is not", async () => {
  await using folder = await temporaryFolder();
  const arms = "--optimizer=sgd,sgd-skeleton,frozen-skeleton,gsgd,path-sgd,path-sgd-skeleton";
  const flags = [arms, "--lr=0.003", "--bias", "--base-optimizer=momentum"];
  const balanced = await run(folder.path, "balanced", ...flags);
  const unbalanced = await run(folder.path, "unbalanced", ...flags, "--rescale=2^4");
  for (const arm of ["gsgd", "path-sgd", "path-sgd-skeleton"]) {
    assertEquals(await lossesOf(balanced, arm), await lossesOf(unbalanced, arm));
    assertEquals(await pathValues(balanced, arm), await pathValues(unbalanced, arm));
  }
  for (const arm of ["sgd", "sgd-skeleton", "frozen-skeleton"]) {
    const [a, b] = [await pathValues(balanced, arm), await pathValues(unbalanced, arm)];
    assert(relativeDifference(a, b) > 1e-3, arm);
  }
  const any = await run(folder.path, "any", ...flags, "--rescale=10");
  const [a, b] = [await pathValues(balanced, "gsgd"), await pathValues(any, "gsgd")];
  const apart = relativeDifference(a, b);
  assert(apart > 0 && apart < 1e-4, `${apart}`);
});

Deno.test("every arm of a rescaled run starts with the function of the balanced run", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--optimizer=sgd,sgd-skeleton,gsgd", "--lr=0", "--steps=1"];
  const balanced = await run(folder.path, "balanced", ...flags);
  const unbalanced = await run(folder.path, "unbalanced", ...flags, "--rescale=2^6");
  for (const arm of ["sgd", "sgd-skeleton", "gsgd"]) {
    assertEquals(await lossesOf(balanced, arm), await lossesOf(unbalanced, arm));
    const [a, b] = [await weightsOf(balanced, arm), await weightsOf(unbalanced, arm)];
    assert(relativeDifference(b, a) > 1, arm);
  }
});

Deno.test("frozen-skeleton freezes the weights that gsgd never changes, and trains the others", async () => {
  await using folder = await temporaryFolder();
  const arms = "--optimizer=sgd-skeleton,frozen-skeleton,gsgd";
  const path = await run(folder.path, "run", arms, "--lr=0.1");
  const diagonal = async (arm: string) => {
    const weights = (await weightsOf(path, arm)).get("2.weight")!;
    return Array.from({ length: 8 }, (_, i) => weights[9 * i]!);
  };
  const ones = new Array<number>(8).fill(1);
  assertEquals(await diagonal("frozen-skeleton"), ones);
  assertEquals(await diagonal("gsgd"), ones);
  assert((await diagonal("sgd-skeleton")).every((w) => w !== 1));
  const config = JSON.parse(await Deno.readTextFile(`${path}/config.json`));
  assertEquals([config.lr, config.weightDecay, config.rescale], [0.1, 0, null]);
});

Deno.test("signs of skeleton weights are drawn from the seed, the same for all arms", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--optimizer=sgd-skeleton,frozen-skeleton,gsgd", "--lr=0", "--steps=1"];
  const run1 = await run(folder.path, "a", ...flags, "--skeleton-signs=random");
  const run2 = await run(folder.path, "b", ...flags, "--skeleton-signs=random", "--seed=2");
  const diagonal = (weights: Map<string, Float32Array>) =>
    Array.from({ length: 8 }, (_, i) => weights.get("2.weight")![9 * i]!);
  const first = await weightsOf(run1, "gsgd");
  assertEquals(await weightsOf(run1, "sgd-skeleton"), first);
  assertEquals(await weightsOf(run1, "frozen-skeleton"), first);
  const signs = diagonal(first);
  assert(signs.every((w) => Math.abs(w) === 1) && new Set(signs).size === 2, `${signs}`);
  assert(signs.join() !== diagonal(await weightsOf(run2, "gsgd")).join());
});

Deno.test("weight decay may differ between arms and for biases", async () => {
  await using folder = await temporaryFolder();
  const config = `${folder.path}/config.json`;
  await Deno.writeTextFile(config, JSON.stringify({ weightDecay: { sgd: 0.5 }, biasDecay: 0 }));
  const flags = [
    "--optimizer=sgd,momentum",
    "--momentum=0",
    "--lr=0.1",
    "--bias",
    "--config",
    config,
  ];
  const decayed = await weightsOf(await run(folder.path, "decayed", ...flags), "sgd");
  const other = await weightsOf(`${folder.path}/decayed`, "momentum");
  const plain = await run(folder.path, "plain", ...flags.slice(0, -2));
  assertEquals(other, await weightsOf(plain, "momentum"));
  const size = (weights: Map<string, Float32Array>, name: string) =>
    Math.hypot(...weights.get(name)!);
  assert(size(decayed, "0.weight") < 0.8 * size(other, "0.weight"));
  assert(size(decayed, "0.bias") > 0.9 * size(other, "0.bias"));
});

Deno.test("initial weights are described in words", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--optimizer=sgd,gsgd", "--skeleton-signs=random", "--rescale=2^3", "--steps=1"];
  const { stdout } = await call(...small, ...flags, "--out", `${folder.path}/run`);
  assertStringIncludes(stdout, "default, rescaled by up to 2^3");
  assertStringIncludes(stdout, "default, skeleton ±1 at random, rescaled by up to 2^3");
});

Deno.test("path-sgd reports how it treats each weight, in the folder and in explain", async () => {
  await using folder = await temporaryFolder();
  const path = await run(folder.path, "run", "--optimizer=path-sgd,gsgd", "--lr=0.003");
  const line = "gradients of 3 of 3 parameters are divided by κ";
  assertEquals(await Deno.readTextFile(`${path}/path-sgd/path-sgd.txt`), `${line}\n`);
  const { parameters } = JSON.parse(await Deno.readTextFile(`${path}/path-sgd/path-sgd.json`));
  assertEquals(parameters.length, 3);
  const { stdout } = await call("explain", "--model=resnet-8:4-8-16");
  assertStringIncludes(stdout, "Path-SGD: gradients of 23 of 23 parameters are divided by κ");
});

Deno.test("path-sgd trains convolutions, and resumes exactly", async () => {
  await using folder = await temporaryFolder();
  const flags = [
    "--optimizer=path-sgd",
    "--dataset=digits",
    "--model=resnet-8:2-3-4",
    "--lr=1",
    "--base-optimizer=momentum",
  ];
  const whole = await run(folder.path, "whole", ...flags, "--steps=6");
  const half = await run(folder.path, "half", ...flags, "--steps=3");
  const { code, stderr } = await call("train", "--quiet", "--resume", half, "--steps=6");
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await weightsOf(half, "path-sgd"), await weightsOf(whole, "path-sgd"));
});

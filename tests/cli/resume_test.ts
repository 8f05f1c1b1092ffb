import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors } from "../../checkpoint/mod.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { call, metricsOf, newestCheckpoint, small, temporaryFolder } from "./command.ts";

/** Metrics without times, which differ from run to run. */
async function numbersOf(folder: string): Promise<Record<string, unknown>[]> {
  return (await metricsOf(folder)).map(({ seconds: _, imagesPerSecond: __, ...rest }) => rest);
}

async function checkpointsIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(`${folder}/checkpoints`), ({ name }) => name);
  return names.toSorted();
}

async function train(...flags: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await call(...flags);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

Deno.test("checkpoints are written at the given interval, and the newest are kept", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const flags = [...small, "--optimizer=sgd", "--checkpoint-every=5", "--keep-checkpoints=3"];
  await train(...flags, "--steps=23", "--out", out);
  assertEquals(
    await checkpointsIn(out),
    ["step-00000015.safetensors", "step-00000020.safetensors", "step-00000023.safetensors"],
  );
});

/** Weights, best weights, and the values of the newest checkpoint of each arm. */
async function resultOf(out: string, arms: readonly string[]): Promise<unknown[]> {
  const files = [];
  for (const arm of arms) {
    files.push(await Deno.readFile(`${out}/${arm}/model.safetensors`));
    files.push(await Deno.readFile(`${out}/${arm}/best.safetensors`));
    const checkpoint = await Deno.readFile(await newestCheckpoint(`${out}/${arm}`));
    files.push(decodeSafetensors(checkpoint).tensors);
  }
  return files;
}

/** Resumes from several checkpoints of one run, and compares with the uninterrupted run. */
async function checkGoingBack(flags: readonly string[], from: readonly number[]): Promise<void> {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const arms = ["gsgd", "adam"];
  const kept = ["--checkpoint-every=4", "--keep-checkpoints=20", "--validation=60"];
  const schedule = ["--schedule=cosine", "--warmup=3"];
  await train(...flags, `--optimizer=${arms}`, ...schedule, ...kept, "--out", out);
  const whole = { numbers: await numbersOf(out), files: await resultOf(out, arms) };
  for (const step of from) {
    await train("train", "--resume", out, `--from=${step}`, "--quiet");
    assertEquals(
      (await numbersOf(out)).map((line) => JSON.stringify(line)).toSorted(),
      whole.numbers.map((line) => JSON.stringify(line)).toSorted(),
    );
    assertEquals(await resultOf(out, arms), whole.files);
  }
}

Deno.test("a run resumed from an older checkpoint is bit-for-bit identical to an uninterrupted one", async () => {
  // an epoch has 5 steps: 4, 8 and 16 are within one, 20 is at its end
  await checkGoingBack([...small, "--epochs=4"], [4, 16, 8, 20]);
});

gpuTest("so is one on a GPU", async () => {
  // 64 samples give steps of one size, because compiling takes the most time here
  const data = ["--dataset=synthetic", "--limit=124", "--batch=32", "--model=mlp:16-8-10"];
  await checkGoingBack(["train", "--device=gpu", "--quiet", ...data, "--steps=9"], [4]);
});

Deno.test("--from requires a kept checkpoint and --resume", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const flags = [...small, "--optimizer=sgd", "--checkpoint-every=2", "--keep-checkpoints=2"];
  await train(...flags, "--steps=6", "--out", out);
  const before = await Deno.readTextFile(`${out}/metrics.jsonl`);
  const missing = await call("train", "--resume", out, "--from=3");
  assertStringIncludes(missing.stderr, "Cannot resume from step 3");
  assertStringIncludes(missing.stderr, "current steps are 4, 6");
  const wrong = await call("train", "--resume", out, "--from=best");
  assertStringIncludes(wrong.stderr, "Cannot use --from best");
  const alone = await call("train", "--from=4");
  assertStringIncludes(alone.stderr, "Cannot use --from without --resume");
  assertEquals([missing.code, wrong.code, alone.code], [1, 2, 2]);
  assertEquals(await Deno.readTextFile(`${out}/metrics.jsonl`), before);
  assertEquals((await checkpointsIn(out)).length, 2);
  await Deno.truncate(await newestCheckpoint(out), 1000);
  const damaged = await call("train", "--resume", out);
  assertStringIncludes(damaged.stderr, "step-00000006.safetensors");
  assertStringIncludes(damaged.stderr, "use --from with another checkpoint: 4");
  assertEquals(damaged.code, 1);
  await train("train", "--resume", out, "--from=4");
});

Deno.test("a finished run says so, prints its table again, and resumes for more epochs", async () => {
  await using folder = await temporaryFolder();
  const [out, whole] = [`${folder.path}/run`, `${folder.path}/whole`];
  const flags = small.filter((flag) => flag !== "--quiet");
  const adam = [...flags, "--optimizer=adam"];
  const first = await call(...adam, "--epochs=2", "--out", out);
  const metrics = await Deno.readTextFile(`${out}/metrics.jsonl`);
  const again = await call("train", "--resume", out);
  assertEquals(again.code, 0);
  assertStringIncludes(again.stderr, "The run is finished, all 14 steps are done");
  assertEquals(again.stdout, first.stdout);
  assertEquals(await Deno.readTextFile(`${out}/metrics.jsonl`), metrics);
  const longer = await call("train", "--resume", out, "--epochs=3");
  assert(!longer.stderr.includes("finished"), longer.stderr);
  await call(...adam, "--epochs=3", "--out", whole);
  assertEquals(await numbersOf(out), await numbersOf(whole));
});

Deno.test("the command warns that a longer cosine schedule does not resume exactly", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await train(...small, "--optimizer=sgd", "--schedule=cosine", "--steps=3", "--out", out);
  const { code, stderr } = await call("train", "--resume", out, "--steps=5");
  assertEquals([code, stderr.split("\n").length], [0, 1]);
  assertStringIncludes(stderr, "warning: the cosine schedule depends on the length of the run");
});

Deno.test("a run stopped before its first checkpoint starts over", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await train(...small, "--optimizer=gsgd", "--steps=9", "--out", out);
  const [numbers, path] = [await numbersOf(out), await newestCheckpoint(out)];
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  await train("train", "--resume", out);
  assertEquals(await numbersOf(out), numbers);
  assertEquals(
    decodeSafetensors(await Deno.readFile(path)).tensors,
    decodeSafetensors(bytes).tensors,
  );
});

Deno.test("a run of an earlier version, with one checkpoint under another name, resumes", async () => {
  await using folder = await temporaryFolder();
  const [out, whole] = [`${folder.path}/run`, `${folder.path}/whole`];
  const earlier = `${import.meta.dirname}/old_run/`;
  for (const path of ["", "momentum/", "gsgd/"]) {
    await Deno.mkdir(`${out}/${path}`);
    for await (const { name, isFile } of Deno.readDir(`${earlier}${path}`)) {
      if (isFile) await Deno.copyFile(`${earlier}${path}${name}`, `${out}/${path}${name}`);
    }
  }
  const { code, stderr } = await call("train", "--resume", out, "--steps=11");
  assertEquals(code, 0, stderr);
  assertEquals(stderr.split("\n").filter((line) => line.startsWith("warning: ")), [
    ...["momentum", "gsgd"].map((arm) =>
      `warning: ${out}/${arm}/checkpoint.safetensors has no checksum, because an earlier version ` +
      "wrote it: damage to it would not be noticed"
    ),
  ]);
  assertEquals(await checkpointsIn(`${out}/gsgd`), ["step-00000011.safetensors"]);
  const names = await Array.fromAsync(Deno.readDir(`${out}/gsgd`), ({ name }) => name);
  assert(!names.includes("checkpoint.safetensors"), names.join());
  const { out: _, steps: __, ...config } = JSON.parse(
    await Deno.readTextFile(`${earlier}config.json`),
  );
  await Deno.writeTextFile(`${folder.path}/config.json`, JSON.stringify(config));
  await train("train", "--config", `${folder.path}/config.json`, "--steps=11", "--out", whole);
  // the values in the file depend on the machine that wrote it
  const [resumed, fresh] = [await numbersOf(out), await numbersOf(whole)];
  const losses = (lines: typeof fresh) =>
    lines.flatMap(({ kind, trainLoss }) => kind === "end" ? [Number(trainLoss)] : []);
  assertEquals(losses(resumed).length, 2);
  losses(resumed).forEach((loss, i) => assertAlmostEquals(loss, losses(fresh)[i]!, 1e-4));
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors, encodeCheckedSafetensors } from "../../checkpoint/mod.ts";
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

/** A run of the first version, as far as the commands look at it. */
const earlierRun = {
  "config.json": { model: "mlp:64-4-10", dataset: "digits", optimizer: ["gsgd"], inner: "sgd" },
  "metrics.jsonl": {},
};

Deno.test("a run of an earlier version is refused, and nothing in it changes", async () => {
  await using folder = await temporaryFolder();
  for (const [file, content] of Object.entries(earlierRun)) {
    await Deno.writeTextFile(`${folder.path}/${file}`, JSON.stringify(content));
  }
  const why = `${folder.path}: another version of Gspace wrote it, with another random number ` +
    "generator and other names of settings: use that version, or start a new run";
  for (
    const [action, args] of [
      ["resume", ["train", "--resume", folder.path]],
      ["export", ["export", "--run", folder.path, "--out", `${folder.path}/model.onnx`]],
    ] as const
  ) {
    const { code, stderr } = await call(...args);
    assertEquals([code, stderr], [1, `error: Cannot ${action} ${why}`]);
  }
  const summary = { title: "", facts: [], arms: [{ name: "gsgd", firstWeights: "default" }] };
  await Deno.writeTextFile(`${folder.path}/run.json`, JSON.stringify(summary));
  const { code, stderr } = await call("train", "--resume", folder.path);
  assertEquals([code, stderr], [1, `error: Cannot resume ${why}`]);
  const files = await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name);
  assertEquals(files.toSorted(), ["config.json", "metrics.jsonl", "run.json"]);
});

Deno.test("a checkpoint of an earlier version is refused, and nothing changes", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await train(...small, "--optimizer=gsgd", "--steps=4", "--out", out);
  const path = await newestCheckpoint(out);
  const { tensors, metadata } = decodeSafetensors(await Deno.readFile(path));
  const earlier = new Map([...metadata, ["format", "gspace checkpoint 2"]]);
  earlier.delete("gspace.sha256");
  const bytes = await encodeCheckedSafetensors(tensors, Object.fromEntries(earlier));
  await Deno.writeFile(path, bytes);
  const metrics = await Deno.readTextFile(`${out}/metrics.jsonl`);
  const { code, stderr } = await call("train", "--resume", out, "--steps=6");
  assertEquals([code, stderr], [
    1,
    `error: Cannot resume from ${path}: another version of Gspace wrote it, with another random ` +
    "number generator: use that version, or start a new run",
  ]);
  assertEquals(await Deno.readFile(path), bytes);
  assertEquals(await Deno.readTextFile(`${out}/metrics.jsonl`), metrics);
});

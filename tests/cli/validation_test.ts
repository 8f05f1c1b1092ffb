import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors } from "../../checkpoint/mod.ts";
import { call, metricsOf, small, temporaryFolder } from "./command.ts";

/** A run in which validation errors go up and down. */
const flags = [...small, "--optimizer=momentum,gsgd", "--lr=0.3", "--validation=0.3"];

async function run(...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await call(...flags, ...more);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

async function epochsOf(folder: string, arm: string) {
  return (await metricsOf(folder)).filter((line) => line.kind === "epoch" && line.arm === arm)
    .map(({ step, validationError, testError }) => ({
      step: Number(step),
      validationError: Number(validationError),
      testError,
    }));
}

Deno.test("held-out samples are not trained on, and best.safetensors has the lowest error on them", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const text = await run("--epochs=6", "--out", out);
  assertStringIncludes(text, "lowest validation error  test error at best");
  for (const arm of ["momentum", "gsgd"]) {
    const epochs = await epochsOf(out, arm);
    // 140 of 200 samples are left: 5 steps of at most 32
    assertEquals(epochs.map(({ step }) => step), [5, 10, 15, 20, 25, 30]);
    const lowest = Math.min(...epochs.map(({ validationError }) => validationError));
    const best = epochs.find(({ validationError }) => validationError === lowest)!;
    const end = (await metricsOf(out)).find((line) => line.kind === "end" && line.arm === arm)!;
    assertEquals(end.best, { epoch: best.step / 5, ...best });
    const { tensors, metadata } = decodeSafetensors(
      await Deno.readFile(`${out}/${arm}/best.safetensors`),
    );
    assertEquals(metadata.get("step"), `${best.step}`);
    assertEquals(metadata.get("validationError"), `${lowest}`);
    // they equal the weights of a run that ends there
    const there = `${folder.path}/${arm}`;
    await run(`--steps=${best.step}`, "--out", there);
    const model = decodeSafetensors(await Deno.readFile(`${there}/${arm}/model.safetensors`));
    assertEquals(tensors, model.tensors);
  }
});

Deno.test("without held-out samples there is no best.safetensors", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const { stdout } = await call(...small, "--optimizer=sgd", "--steps=9", "--json", "--out", out);
  assert(!stdout.includes("best") && !stdout.includes("validation"), stdout);
  const names = await Array.fromAsync(Deno.readDir(out), ({ name }) => name);
  assert(!names.includes("best.safetensors"), names.join());
});

Deno.test("--patience stops an arm after that many epochs without a lower error, and more patience resumes it", async () => {
  await using folder = await temporaryFolder();
  const [out, whole] = [`${folder.path}/run`, `${folder.path}/whole`];
  await run("--epochs=40", "--patience=2", "--out", out);
  await run("--epochs=40", "--patience=4", "--out", whole);
  for (const arm of ["momentum", "gsgd"]) {
    const errors = (await epochsOf(out, arm)).map(({ validationError }) => validationError);
    const since = (end: number) => end - 1 - errors.indexOf(Math.min(...errors.slice(0, end)));
    const lengths = errors.map((_, i) => i + 1);
    assertEquals(lengths.find((length) => since(length) >= 2), errors.length, arm);
    assert(errors.length < 40);
  }
  const metrics = await Deno.readTextFile(`${out}/metrics.jsonl`);
  const again = await call("train", "--resume", out);
  assertEquals([again.code, await Deno.readTextFile(`${out}/metrics.jsonl`)], [0, metrics]);
  await call("train", "--resume", out, "--patience=4", "--quiet");
  for (const arm of ["momentum", "gsgd"]) {
    assertEquals(await epochsOf(out, arm), await epochsOf(whole, arm));
    const [a, b] = await Promise.all(
      [out, whole].map((path) => Deno.readFile(`${path}/${arm}/best.safetensors`)),
    );
    assertEquals(a, b);
  }
});

Deno.test("the plateau schedule lowers the rate after that many epochs without a lower error", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const schedule = ["--schedule=plateau:2", "--lr-factor=0.5", "--epochs=30", "--log-every=5"];
  await run(...schedule, "--checkpoint-every=7", "--keep-checkpoints=40", "--out", out);
  for (const arm of ["momentum", "gsgd"]) {
    let [lowest, since, rate] = [Infinity, 0, Math.fround(0.3)];
    const rates = (await epochsOf(out, arm)).map(({ validationError }) => {
      const before = rate;
      since = validationError < lowest ? 0 : since + 1;
      lowest = Math.min(lowest, validationError);
      if (since > 0 && since % 2 === 0) rate *= 0.5;
      return before;
    });
    const logged = (await metricsOf(out)).filter((line) => line.kind === "step" && line.arm === arm)
      .map(({ learningRate }) => learningRate);
    assertEquals(logged, rates, arm);
    assert(rates.at(-1)! < rates[0]!);
  }
  const whole = await Deno.readTextFile(`${out}/metrics.jsonl`);
  const numbers = (text: string) =>
    text.replaceAll(/"(seconds|imagesPerSecond)":[^,}]*/g, "").split("\n").toSorted();
  await call("train", "--resume", out, "--from=77", "--quiet");
  assertEquals(numbers(await Deno.readTextFile(`${out}/metrics.jsonl`)), numbers(whole));
});

Deno.test("--validation must leave training samples, and --patience requires it", async () => {
  const of = async (...more: readonly string[]) => {
    const { code, stderr } = await call(...small, "--optimizer=sgd", ...more);
    assertEquals([code, stderr.split("\n").length], [2, 1], stderr);
    return stderr;
  };
  const rule = "a fraction of the training samples below 1, or a number of samples";
  for (const value of ["0", "1.5", "-3", "all"]) {
    assertStringIncludes(await of(`--validation=${value}`), rule);
  }
  assertStringIncludes(await of("--validation=200"), "of the 200 training samples");
  assertStringIncludes(await of("--validation=0.001"), "current number held out is 0");
  assertStringIncludes(await of("--patience=3"), "Cannot use --patience without --validation");
  assertStringIncludes(
    await of("--schedule=plateau:2"),
    "Cannot use --schedule plateau:2 without --validation",
  );
});

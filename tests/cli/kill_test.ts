import { assertEquals, assertGreater } from "@std/assert";
import { generator } from "../support/random.ts";
import { call, small, temporaryFolder } from "./command.ts";
import {
  assertSameResult,
  type Ending,
  finish,
  type KilledRun,
  largeFiles,
  runAndEnd,
  tornFiles,
} from "./kills.ts";
import { writeTinyCifar } from "./tiny_cifar.ts";

const ignore = Deno.build.os === "windows"; // has no signals

/** Stops and kills a run, lets it finish, and compares it with an uninterrupted one. */
async function checkExact(
  run: Omit<KilledRun, "folder">,
  arms: readonly string[],
  endings: readonly Ending[],
): Promise<void> {
  await using folder = await temporaryFolder();
  const [killed, whole] = [{ ...run, folder: `${folder.path}/killed` }, `${folder.path}/whole`];
  for (const ending of endings) await runAndEnd(killed, ending);
  const steps = await finish(killed, arms);
  const { code, stderr } = await call(...run.flags, `--steps=${steps}`, "--out", whole);
  assertEquals(code, 0, stderr);
  await assertSameResult(killed.folder, whole, arms);
}

Deno.test({
  name:
    "a run killed at random points is bit-for-bit identical to an uninterrupted one after resuming",
  ignore,
  async fn() {
    const arms = ["momentum", "gsgd", "adam"];
    const more = [
      "--validation=50",
      "--checkpoint-every=3",
      "--schedule=plateau:3",
      "--clip-value=1",
    ];
    await checkExact(
      {
        flags: [...small, `--optimizer=${arms}`, ...more],
        resumeFlags: ["--threads=2"],
        random: generator(1),
      },
      arms,
      ["SIGKILL", "SIGINT", "SIGKILL", "SIGINT"],
    );
  },
});

Deno.test({
  name: "so is one with batch normalization, augmentation, and smaller last batches",
  ignore,
  async fn() {
    await using data = await temporaryFolder();
    await writeTinyCifar(data.path);
    const arms = ["gsgd", "adam"];
    const from = ["--dataset=cifar10", "--data-dir", data.path, "--allow-unverified"];
    const more = ["--batch=8", `--optimizer=${arms}`, "--mixup=0.3", "--label-smoothing=0.1"];
    const model = ["--model=plainnet-8:2-3-4", ...more];
    await checkExact(
      {
        flags: ["train", "--device=cpu", "--quiet", ...from, ...model, "--checkpoint-every=2"],
        random: generator(2),
      },
      arms,
      ["SIGINT", "SIGKILL"],
    );
  },
});

Deno.test({
  name: "kills during checkpoint writes leave no torn file",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const [killed, whole] = [`${folder.path}/killed`, `${folder.path}/whole`];
    const run = { folder: killed, flags: largeFiles, random: generator(3) };
    for (let kill = 0; kill < 8; kill++) {
      await runAndEnd(run, "SIGKILL");
      assertEquals(await tornFiles(killed), [], `after kill ${kill + 1}`);
    }
    const steps = await finish(run, [""]);
    const { code } = await call(...largeFiles, `--steps=${steps}`, "--out", whole);
    assertEquals(code, 0);
    await assertSameResult(killed, whole, [""]);
  },
});

Deno.test({
  name: "the same kills do tear files that are written in place",
  ignore,
  async fn() {
    const random = generator(4);
    let torn = 0;
    for (let kill = 0; kill < 60 && torn === 0; kill++) {
      await using folder = await temporaryFolder();
      const script = "tests/cli/train_with_plain_writes.ts";
      const run = { folder: `${folder.path}/run`, flags: largeFiles, random, script };
      await runAndEnd(run, "SIGKILL");
      torn += (await tornFiles(run.folder)).length;
    }
    assertGreater(torn, 0, "the control tore no file, so the tests of kills prove nothing");
  },
});

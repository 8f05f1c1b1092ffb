import { assertEquals, assertGreater } from "@std/assert";
import { call, temporaryFolder } from "../cli/command.ts";
import {
  assertSameResult,
  finish,
  type KilledRun,
  largeFiles,
  runAndEnd,
  tornFiles,
} from "../cli/kills.ts";
import { generator } from "../support/random.ts";

const KILLS = 200;
const ignore = Deno.build.os === "windows"; // has no signals

Deno.test({
  name: "of 200 kills at random points none tears a file, and the run ends as if there were none",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const [killed, whole] = [`${folder.path}/killed`, `${folder.path}/whole`];
    const run: KilledRun = { folder: killed, flags: largeFiles, random: generator(5) };
    for (let kill = 1; kill <= KILLS; kill++) {
      await runAndEnd(run, "SIGKILL");
      assertEquals(await tornFiles(killed), [], `after kill ${kill}`);
    }
    const steps = await finish(run, [""]);
    const { code } = await call(...largeFiles, `--steps=${steps}`, "--out", whole);
    assertEquals(code, 0);
    await assertSameResult(killed, whole, [""]);
    console.log(`${KILLS} kills in ${steps} steps with a checkpoint after each: none torn`);
  },
});

Deno.test({
  name: "the control: some of 200 kills tear files that are written in place",
  ignore,
  async fn() {
    const random = generator(6);
    const script = "tests/cli/train_with_plain_writes.ts";
    let torn = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      await using folder = await temporaryFolder();
      const run = { folder: `${folder.path}/run`, flags: largeFiles, random, script };
      await runAndEnd(run, "SIGKILL");
      if ((await tornFiles(run.folder)).length > 0) torn++;
    }
    console.log(`${torn} of ${KILLS} kills tore a file that was written in place`);
    assertGreater(torn, 0);
  },
});

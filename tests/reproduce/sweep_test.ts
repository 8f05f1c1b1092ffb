import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CommandError } from "../../cli/errors.ts";
import { temporaryFolder } from "../cli/command.ts";
import { smallExperiment, study, withSettings } from "./small_study.ts";
import { startStudy } from "./start_study.ts";
import { begunIn, nextCheckpoint, resultsIn, until } from "./study_folder.ts";

const POINTS = 4;

async function linesOf(out: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(`${out}/small-smoke/results.jsonl`);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

async function weightsIn(out: string): Promise<Map<string, Uint8Array>> {
  const points = `${out}/points`;
  const names = [...(await resultsIn(out)).keys()].toSorted();
  return new Map(
    await Promise.all(
      names.map(async (name) =>
        [name, await Deno.readFile(`${points}/${name}/run/model.safetensors`)] as const
      ),
    ),
  );
}

/** Resolves when no worker is left: each holds the lock of its folder for as long as it lives. */
async function workersAreGone(out: string): Promise<void> {
  for (const name of await begunIn(out)) {
    const path = `${out}/points/${name}/lock`;
    using lock = await Deno.open(path, { create: true, write: true });
    await until(() => lock.tryLock(true));
  }
}

/** How a process ended. */
async function finish(process: Deno.ChildProcess): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await process.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("a killed sweep resumes, repeats no run, and gives bit-for-bit identical results", async () => {
  await using folder = await temporaryFolder();
  const [whole, killed] = [`${folder.path}/whole`, `${folder.path}/killed`];
  await study(smallExperiment(), whole);
  assertEquals((await resultsIn(whole)).size, POINTS);

  let before = new Map<string, string>();
  for (const enough of [0, 1]) {
    const process = startStudy(killed);
    await until(async () => (await resultsIn(killed)).size >= enough);
    await nextCheckpoint(killed); // in the middle of a run
    process.kill("SIGKILL");
    await process.output();
    await workersAreGone(killed);
    const after = await resultsIn(killed);
    for (const [name, text] of before) assertEquals(after.get(name), text, name);
    before = after;
  }
  assert(before.size < POINTS, "the kills came too late to test anything");
  const { code, stderr } = await finish(startStudy(killed));
  assertEquals(code, 0, stderr);
  const after = await resultsIn(killed);
  for (const [name, text] of before) assertEquals(after.get(name), text, name);
  assertEquals(await weightsIn(killed), await weightsIn(whole));
  const lines = await linesOf(killed);
  assertEquals(lines.map(({ arm, seed }) => `${arm} ${seed}`), [
    "sgd 1",
    "gsgd 1",
    "sgd 2",
    "gsgd 2",
  ]);
});

Deno.test({
  name: "a killed worker is restarted",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const process = startStudy(folder.path);
    const children = async () => {
      // Deno reads nothing below /proc without all permissions
      const path = `/proc/${process.pid}/task/${process.pid}/children`;
      const { stdout } = await new Deno.Command("cat", { args: [path] }).output();
      return new TextDecoder().decode(stdout).trim().split(" ").filter((pid) => pid !== "");
    };
    await nextCheckpoint(folder.path);
    const [victim] = await children();
    Deno.kill(Number(victim), "SIGKILL");
    const { code, stderr } = await finish(process);
    assertEquals(code, 0, stderr);
    assertEquals((await linesOf(folder.path)).length, POINTS);
  },
});

Deno.test("Ctrl-C saves, says how to resume, and exits with 130", async () => {
  await using folder = await temporaryFolder();
  const process = startStudy(folder.path);
  await until(async () => (await resultsIn(folder.path)).size >= 1);
  process.kill("SIGINT");
  const { code, stderr } = await finish(process);
  assertEquals(code, 130, stderr);
  assertStringIncludes(stderr, "Stopped and saved: run the same command to resume");
  const done = (await linesOf(folder.path)).length;
  assert(done >= 1 && done < POINTS, String(done));
  const table = await Deno.readTextFile(`${folder.path}/small-smoke/table.md`);
  assertStringIncludes(table, "the numbers are partial");
  await study(smallExperiment(), folder.path);
  assertEquals((await linesOf(folder.path)).length, POINTS);
});

Deno.test("a diverged run counts as a result", async () => {
  await using folder = await temporaryFolder();
  await study(withSettings({ lr: 1e8, steps: 200 }), folder.path);
  const lines = await linesOf(folder.path);
  const { sgd = [] } = Object.groupBy(lines, ({ arm }) => String(arm));
  assertEquals(sgd.map(({ status }) => status), ["diverged", "diverged"]);
  const message = String(lines[0]!.message);
  assertStringIncludes(message, "the loss is not finite");
  assertStringIncludes(message, " are kept in run/model.safetensors");
  const table = await Deno.readTextFile(`${folder.path}/small-smoke/table.md`);
  assertStringIncludes(table, "2 diverged");
  assertStringIncludes(table, "2 of 4 runs diverged. The means exclude diverged runs.");
});

Deno.test("a run shared by two experiments is trained once", async () => {
  await using folder = await temporaryFolder();
  const short = withSettings({ steps: 40 });
  await study(short, folder.path);
  const before = await resultsIn(folder.path);
  assertEquals(before.size, POINTS);
  await study({ ...short, what: "other" }, folder.path);
  assertEquals(await resultsIn(folder.path), before);
  const lines = await Deno.readTextFile(`${folder.path}/other-smoke/results.jsonl`);
  assertEquals(lines.trim().split("\n").length, POINTS);
});

Deno.test("a failed run is named, and hopeless sweeps stop", async () => {
  await using folder = await temporaryFolder();
  const wrong = withSettings({ model: "mlp:17-{h}-10" });
  const { message } = await assertRejects(() => study(wrong, folder.path), CommandError);
  assertMatch(message, /^Cannot finish run mlp-17-4-10_synthetic_(sgd|gsgd)_seed-1_/); // of two at a time
  assertStringIncludes(message, "in a sample, 16: current size is 17");
});

Deno.test("two sweeps cannot use one folder at the same time", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/small-smoke`;
  await Deno.mkdir(path);
  using lock = await Deno.open(`${path}/lock`, { create: true, write: true });
  await lock.lock(true);
  const { message } = await assertRejects(
    () => study(smallExperiment(), folder.path),
    CommandError,
  );
  assertStringIncludes(message, "another process is using it");
});

Deno.test("a folder that cannot be written is refused in one line", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const { message } = await assertRejects(
    () => study(smallExperiment(), `${folder.path}/file`),
    CommandError,
  );
  assertStringIncludes(message, `Cannot put results in ${folder.path}/file/small-smoke: `);
});

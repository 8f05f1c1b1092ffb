import { assertEquals } from "@std/assert";
import { findRuns } from "../../live/find_runs.ts";
import { temporaryFolder } from "../cli/command.ts";
import { makeRun } from "./run_folders.ts";

Deno.test("findRuns() finds runs in nested folders, newest first", async () => {
  await using folder = await temporaryFolder();
  const [a, b] = [`${folder.path}/a`, `${folder.path}/study/seed-1/b`];
  await makeRun(b, []);
  await makeRun(a, []);
  await Deno.utime(`${a}/metrics.jsonl`, 1000, 1000);
  await Deno.utime(`${b}/metrics.jsonl`, 2000, 2000);
  await Deno.mkdir(`${folder.path}/empty`);
  await Deno.writeTextFile(`${folder.path}/empty/config.json`, "{");
  const runs = await findRuns([folder.path]);
  assertEquals(runs.map(({ id, isNamed, changed }) => [id, isNamed, changed]), [
    [b, false, 2000000],
    [a, false, 1000000],
  ]);
  assertEquals(runs[0]?.title, "mlp:4-3-2 on synthetic");
  assertEquals(runs[0]?.length, { epochs: 2 });
});

Deno.test("findRuns() shows the names of runs", async () => {
  await using folder = await temporaryFolder();
  await makeRun(folder.path, []);
  const path = `${folder.path}/config.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...config, name: "first" }));
  assertEquals((await findRuns([folder.path]))[0]?.title, "first: mlp:4-3-2 on synthetic");
});

Deno.test("findRuns() says on which device and how many ranks a run trains, if it is known", async () => {
  await using folder = await temporaryFolder();
  await makeRun(folder.path, []);
  const about = async () => (await findRuns([folder.path]))[0]?.about;
  assertEquals(await about(), "");
  const fact = "2 epochs, on 2 ranks over MPI, each on the CPU.";
  for (const [facts, expected] of [[[fact, "other"], fact], [[], ""], [[1], ""], ["x", ""]]) {
    await Deno.writeTextFile(`${folder.path}/run.json`, JSON.stringify({ facts }));
    assertEquals(await about(), expected);
  }
});

Deno.test("findRuns() marks runs that were requested by name, once each", async () => {
  await using folder = await temporaryFolder();
  const run = `${folder.path}/run`;
  await makeRun(run, []);
  const runs = await findRuns([`${run}/`, folder.path, `${folder.path}/nothing`]);
  assertEquals(runs.map(({ id, isNamed }) => [id, isNamed]), [[run, true]]);
});

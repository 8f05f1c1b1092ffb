import { assertEquals, assertRejects } from "@std/assert";
import { RunSamples } from "../../live/run_samples.ts";
import { serveLive } from "../../live/mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { Events } from "./events.ts";
import { makeRun, samplesFile, stepLine, writeSamplesOf } from "./run_folders.ts";

Deno.test("images are read when they change, and only then", async () => {
  await using folder = await temporaryFolder();
  await makeRun(folder.path, []);
  const samples = new RunSamples({ id: folder.path, arms: ["sgd", "gsgd"] });
  assertEquals([await samples.poll(), samples.samples, samples.version], [false, undefined, 0]);
  await writeSamplesOf(folder.path, { sgd: 2, gsgd: 0 });
  assertEquals([await samples.poll(), samples.version], [true, 1]);
  assertEquals(samples.samples?.arms.sgd?.mistakes.map(({ name }) => name), ["b/0", "b/1"]);
  assertEquals([await samples.poll(), samples.version], [false, 1]);
  await writeSamplesOf(folder.path, { sgd: 1 });
  assertEquals([await samples.poll(), samples.version], [true, 2]);
  assertEquals(Object.keys(samples.samples?.arms ?? {}), ["sgd"]);
  await Deno.remove(`${folder.path}/samples.json`);
  assertEquals([await samples.poll(), samples.samples, samples.version], [true, undefined, 3]);
});

Deno.test("the file of an earlier version is found in the folder of its optimizer", async () => {
  await using folder = await temporaryFolder();
  await makeRun(folder.path, []);
  await Deno.mkdir(`${folder.path}/gsgd`);
  const { arms: { gsgd }, ...common } = samplesFile({ gsgd: 3 });
  await Deno.writeTextFile(
    `${folder.path}/gsgd/samples.json`,
    JSON.stringify({ ...common, ...gsgd }),
  );
  const samples = new RunSamples({ id: folder.path, arms: ["sgd", "gsgd"] });
  assertEquals([await samples.poll(), samples.samples?.arms.gsgd?.wrong], [true, 3]);
});

Deno.test("a file that is not what a run writes is an error, once", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/samples.json`, '{"first": 1}');
  const samples = new RunSamples({ id: folder.path, arms: ["sgd"] });
  await assertRejects(() => samples.poll(), Error, "samples.json is not what a run writes");
  assertEquals(await samples.poll(), false);
});

Deno.test("a client receives the images of its runs, and again when they change", async () => {
  await using folder = await temporaryFolder();
  const run = `${folder.path}/run`;
  await makeRun(run, [stepLine("sgd", 1)]);
  await writeSamplesOf(run, { sgd: 1 });
  await using server = await serveLive({ folders: [folder.path], port: 0 });
  await using events = await Events.open(server.url, run);
  const { first: _, ...expected } = samplesFile({ sgd: 1 });
  assertEquals(await events.until("samples"), { run, ...expected });
  await writeSamplesOf(run, { sgd: 2 });
  assertEquals((await events.until("samples")).arms.sgd.wrong, 2);
});

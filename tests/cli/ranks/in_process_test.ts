import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandError, DivergedError } from "../../../cli/errors.ts";
import { GraphError } from "../../../graph/mod.ts";
import { metricsOf, newestCheckpoint, temporaryFolder } from "../command.ts";
import { writeTinyCifar } from "../tiny_cifar.ts";
import { distance, filesOf, small, trainOn } from "./_train_on.ts";

/** How far weights may be from those of one process: Adam divides by small numbers. */
const tolerances = {
  "momentum": 1e-6,
  "adamw": 3e-5,
  "frozen-skeleton": 1e-6,
  "gsgd": 1e-6,
  "path-sgd-skeleton": 1e-6,
} as const;
const arms = Object.keys(tolerances) as (keyof typeof tolerances)[];

/** A run with everything that is drawn or decided for the whole batch. */
const everything = [
  ...small,
  `--optimizer=${arms}`,
  "--epochs=2",
  "--mixup=0.3",
  "--label-smoothing=0.1",
  "--clip-norm=1",
  "--weight-decay=0.01",
  "--validation=11",
  "--schedule=plateau:1",
  "--telemetry",
];

/** The names of fields of lines that depend on time or on the number of ranks. */
const ofRun = ["seconds", "imagesPerSecond", "communicationShare", "plan"];

/** The lines of metrics without times, and with numbers as exact as the ranks' sums. */
async function numbersOf(folder: string): Promise<string[]> {
  const round = (_: string, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(3)) : value;
  const lines = await metricsOf(folder);
  return lines.map((line) =>
    JSON.stringify(Object.entries(line).filter(([name]) => !ofRun.includes(name)), round)
  ).toSorted();
}

Deno.test("all optimizers train on ranks as in one process, and the first rank writes", async () => {
  await using folder = await temporaryFolder();
  const at = (size: number) => `${folder.path}/${size}`;
  for (const size of [1, 2, 3]) await trainOn(size, [...everything, "--out", at(size)]);
  for (const size of [2, 3]) {
    for (const arm of arms) {
      for (const file of ["model", "best"]) {
        const paths = [1, size].map((each) => `${at(each)}/${arm}/${file}.safetensors`);
        const apart = await distance(paths[0]!, paths[1]!);
        assert(apart <= tolerances[arm], `${file} of ${arm} on ${size} ranks: ${apart}`);
      }
    }
    assertEquals(await filesOf(at(size)), await filesOf(at(1)));
    assertEquals(await numbersOf(at(size)), await numbersOf(at(1)));
    for (const { kind, communicationShare: share } of await metricsOf(at(size))) {
      assert(
        kind === "step" ? Number(share) > 0 && Number(share) < 1 : share === undefined,
        `${kind}: ${share}`,
      );
    }
    const { facts, ranks } = JSON.parse(await Deno.readTextFile(`${at(size)}/run.json`));
    assertEquals(ranks, size);
    const html = await Deno.readTextFile(`${at(size)}/report.html`);
    assertStringIncludes(html, "time in communication");
    assertStringIncludes(html, `mpirun -n ${size} deno task train-mpi --`);
    assertStringIncludes(facts[0], `on ${size} ranks over ${size} ranks in one process, each on`);
  }
  const alone = await Deno.readTextFile(`${at(1)}/report.html`);
  assert(!alone.includes("time in communication"));
});

Deno.test("a convolutional network with --sync-bn takes the steps of one process", async () => {
  await using folder = await temporaryFolder();
  await using data = await temporaryFolder();
  await writeTinyCifar(data.path);
  const flags = [
    ...["--device=cpu", "--threads=1", "--quiet", "--dataset=cifar10", "--data-dir", data.path],
    ...["--allow-unverified", "--model=plainnet-8:3-4-5", "--batch=7", "--steps=2", "--lr=0.01"],
    ...["--optimizer=gsgd", "--augment"],
  ];
  const at = (name: string) => `${folder.path}/${name}`;
  await trainOn(1, [...flags, "--out", at("one")]);
  await trainOn(3, [...flags, "--sync-bn", "--out", at("synced")]);
  await trainOn(3, [...flags, "--out", at("local")]);
  const to = (name: string) => `${at(name)}/model.safetensors`;
  const apart = await distance(to("one"), to("synced"));
  assert(apart < 2e-5, `${apart}`);
  assert(await distance(to("one"), to("local")) > 1e-4);
});

Deno.test("ranks divide the parts of a batch, also those with fewer samples than ranks", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small, `--optimizer=${arms}`, "--epochs=2", "--batch=16", "--clip-norm=1"];
  const at = (name: string) => `${folder.path}/${name}`;
  await trainOn(1, [...flags, "--out", at("whole")]);
  for (const [size, parts] of [[2, 3], [3, 7]] as const) {
    const out = at(`${size}-${parts}`);
    await trainOn(size, [...flags, `--accumulate=${parts}`, "--out", out]);
    for (const arm of arms) {
      const apart = await distance(
        `${at("whole")}/${arm}/model.safetensors`,
        `${out}/${arm}/model.safetensors`,
      );
      assert(apart <= tolerances[arm], `${arm} on ${size} ranks in ${parts} parts: ${apart}`);
    }
  }
});

Deno.test("a run resumes exactly on another number of ranks", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small, "--optimizer=gsgd,adam", "--mixup=0.2", "--schedule=cosine"];
  const kept = ["--steps=11", "--checkpoint-every=3", "--keep-checkpoints=9", "--validation=11"];
  const at = (name: string) => `${folder.path}/${name}`;
  await trainOn(1, [...flags, ...kept, "--out", at("whole")]);
  await trainOn(3, [...flags, ...kept, "--out", at("ranks")]);
  for (const [size, from] of [[2, 6], [1, 3]] as const) {
    await trainOn(size, ["--resume", at("ranks"), `--from=${from}`, "--quiet"]);
    for (const [arm, tolerance] of [["gsgd", 1e-6], ["adam", 3e-5]] as const) {
      const paths = await Promise.all(
        ["whole", "ranks"].map((name) => newestCheckpoint(`${at(name)}/${arm}`)),
      );
      const apart = await distance(paths[0]!, paths[1]!);
      assert(apart <= tolerance, `${arm} on ${size} ranks from step ${from}: ${apart}`);
    }
    assertEquals(await numbersOf(at("ranks")), await numbersOf(at("whole")));
  }
});

Deno.test("a finished run resumes on ranks and prints the results of before", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await trainOn(2, [...small, "--optimizer=sgd", "--steps=3", "--out", out]);
  const before = await metricsOf(out);
  await trainOn(2, ["--resume", out, "--quiet"]);
  assertEquals(await metricsOf(out), before);
});

Deno.test("ranks that diverge name the same tensor and keep the last good weights", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small, "--optimizer=sgd", "--steps=9", "--lr=1e30"];
  const messages = [];
  for (const size of [1, 2]) {
    const out = `${folder.path}/${size}`;
    const { message } = await assertRejects(
      () => trainOn(size, [...flags, "--out", out]),
      DivergedError,
      "the first bad tensor is",
    );
    messages.push(message.replaceAll(out, ""));
  }
  assertEquals(messages[1], messages[0]);
});

Deno.test("what fails on one rank fails on all, with its reason", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small, "--optimizer=sgd", "--steps=3", "--out", `${folder.path}/run`];
  const missing = [...flags, "--weights", `${folder.path}/none.safetensors`];
  await assertRejects(() => trainOn(3, flags, missing), CommandError, "rank 1 of 3: Cannot read");
  await assertRejects(
    () => trainOn(2, flags, [...flags, "--lr=0.5", "--steps=4"]),
    GraphError,
    "all must start with the same settings, number of steps, step of sgd: current differ",
  );
  assertEquals(await filesOf(folder.path), []);
});

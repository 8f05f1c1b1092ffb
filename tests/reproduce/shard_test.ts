import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { CommandError, UsageError } from "../../cli/errors.ts";
import { loadExperiments } from "../../reproduce/catalog.ts";
import { pointsOf, searchesOf, searchPoints } from "../../reproduce/expand.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import { configOf, pointName } from "../../reproduce/point_config.ts";
import { isInShard } from "../../reproduce/shard.ts";
import { temporaryFolder } from "../cli/command.ts";
import { smallExperiment, study, tuned, withSettings } from "./small_study.ts";
import { startStudy } from "./start_study.ts";
import { addRuns, conclusionsIn, filesIn, outcomesIn } from "./outcomes.ts";
import { nextCheckpoint } from "./study_folder.ts";

/** The shards of `count` that a run belongs to. */
function shardsOf(name: string, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
    .filter((index) => isInShard(name, { index, count }));
}

Deno.test("every run belongs to exactly one shard, whatever their number", async () => {
  const names = (await loadExperiments()).flatMap((experiment) =>
    [...searchPoints(searchesOf(experiment, "laptop")), ...pointsOf(experiment, "laptop")]
      .map((point) => pointName(configOf(point, experiment, parseRequest([experiment.what]))))
  );
  for (const name of names) {
    for (const count of [1, 2, 3, 7, 64]) assertEquals(shardsOf(name, count).length, 1);
  }
  // runs are spread: no shard of two has fewer than a third of them
  const first = new Set(names).values().filter((name) => shardsOf(name, 2)[0] === 1).toArray();
  const share = first.length / new Set(names).size;
  assert(share > 1 / 3 && share < 2 / 3, String(share));
  const hash = fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }).map((n) =>
    n.toString(16).padStart(12, "0")
  );
  fc.assert(fc.property(hash, fc.integer({ min: 1, max: 300 }), (hash, count) => {
    const [index, ...others] = shardsOf(`mlp_sgd_seed-1_${hash}`, count);
    assertEquals([index, others], [Number(BigInt(`0x${hash}`) % BigInt(count)) + 1, []]);
  }));
});

const refused: readonly (readonly [flags: string, says: string])[] = [
  ...["5/4", "0/3", "1", "1/", "-1/2", "2/3/4", "1.5/2", "a/b", "1/10000"].map((shard) =>
    [`--shard=${shard}`, `Cannot use --shard ${shard}: it must be I/N with whole numbers`] as const
  ),
  ["--phase=final", "Cannot use --phase final: it must be tune or write"],
  ["--phase=write --shard=1/2", "Cannot use --shard 1/2 with --phase write: a shard writes no"],
];

Deno.test("shards that do not exist are refused", () => {
  for (const [flags, says] of refused) {
    const { message } = assertThrows(() => parseRequest(["fig4", ...flags.split(" ")]), UsageError);
    assertStringIncludes(message, says);
  }
});

Deno.test("the union of shards has the results of one process, bit for bit", async () => {
  await using folder = await temporaryFolder();
  const [whole, here, there] = ["whole", "here", "there"].map((name) => `${folder.path}/${name}`);
  await study(tuned(), whole!);
  await study(tuned(), here!, "--phase=tune", "--shard=1/2");
  await study(tuned(), there!, "--phase=tune", "--shard=2/2");
  const error = await assertRejects(() => study(tuned(), here!, "--shard=1/2"), CommandError);
  assertStringIncludes(error.message, "Cannot run shard 1/2 of small: its final runs depend on");
  await addRuns(there!, here!);
  await addRuns(here!, there!);
  await study(tuned(), here!, "--shard=1/2");
  await study(tuned(), there!, "--shard=2/2");
  for (const out of [here!, there!]) {
    assertEquals((await filesIn(`${out}/small-smoke`)).filter((path) => !/^lock/.test(path)), []);
  }
  await addRuns(there!, here!);
  const outcomes = await outcomesIn(here!);
  assertEquals(outcomes, await outcomesIn(whole!));
  assertEquals(Object.keys(outcomes).length, 2 * 8);
  await study(tuned(), here!, "--phase=write");
  assertEquals(await conclusionsIn(here!), await conclusionsIn(whole!));
});

Deno.test("writing some of the runs says that they are not all", async () => {
  await using folder = await temporaryFolder();
  const out = folder.path;
  await study(tuned(), out, "--phase=tune");
  const names = (await filesIn(`${out}/points`)).filter((path) => path.endsWith("result.json"));
  assertEquals(names.length, 4);
  await study(tuned(), out, "--phase=write");
  const { points, verdict } = await conclusionsIn(out);
  assertEquals(points, { done: 4, diverged: 0, total: 8 });
  assertStringIncludes(verdict!.join(), "Only 4 of 8 runs are finished: the numbers are partial.");
  assertEquals(
    (await filesIn(`${out}/points`)).filter((path) => path.endsWith("result.json")),
    names,
  );
});

Deno.test("a killed shard resumes with the same flags, and leaves the other runs alone", async () => {
  await using folder = await temporaryFolder();
  const [whole, killed] = [`${folder.path}/whole`, `${folder.path}/killed`];
  await study(smallExperiment(), whole);
  const shard = "--shard=1/2";
  const first = startStudy(killed, shard);
  await nextCheckpoint(killed);
  first.kill("SIGKILL");
  await first.output();
  const { code, stdout, stderr } = await startStudy(killed, shard).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const all = Object.entries(await outcomesIn(whole));
  const own = all.filter(([path]) => isInShard(path.split("/")[0]!, { index: 1, count: 2 }));
  assert(own.length > 0 && own.length < all.length, "the shard has to be a part");
  assertEquals(await outcomesIn(killed), Object.fromEntries(own));
  assertStringIncludes(
    new TextDecoder().decode(stdout),
    `Done: shard 1/2 of small, ${own.length / 2} run`,
  );
  await study(smallExperiment(), killed);
  assertEquals(await outcomesIn(killed), Object.fromEntries(all));
  assertEquals(await conclusionsIn(killed), await conclusionsIn(whole));
});

Deno.test("a shard cannot be run twice at the same time; others can", async () => {
  await using folder = await temporaryFolder();
  const short = withSettings({ steps: 40 });
  await Deno.mkdir(`${folder.path}/small-smoke`);
  for (const name of ["lock", "lock-1-of-2"]) {
    const path = `${folder.path}/small-smoke/${name}`;
    const lock = await Deno.open(path, { create: true, write: true });
    await lock.lock(true);
    if (name === "lock-1-of-2") {
      const run = () => study(short, folder.path, "--shard=1/2");
      const { message } = await assertRejects(run, CommandError);
      assertStringIncludes(message, "another process is using it");
    }
    await study(short, folder.path, "--shard=2/2");
    lock.close();
  }
});

Deno.test("timings have no shards", async () => {
  await using folder = await temporaryFolder();
  const timing = { ...smallExperiment(), oneAtATime: true };
  const { message } = await assertRejects(
    () => study(timing, folder.path, "--shard=1/2"),
    CommandError,
  );
  assertStringIncludes(message, "Cannot run shard 1/2 of small: it measures time");
});

import { assert, assertEquals } from "@std/assert";
import { pointsOf } from "../../reproduce/expand.ts";
import type { Experiment } from "../../reproduce/experiment.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import { configOf, pointName } from "../../reproduce/point_config.ts";
import { isInShard } from "../../reproduce/shard.ts";
import { temporaryFolder } from "../cli/command.ts";
import { addRuns, conclusionsIn, outcomesIn } from "./outcomes.ts";
import { brief, study } from "./small_study.ts";
import { startStudyOf } from "./start_study.ts";
import { begunIn, nextCheckpoint, resultsIn } from "./study_folder.ts";

/** Another table, which shares two of its four runs with the brief study. */
const larger: Experiment = largerThan(brief());
const ALL = 6; // runs of both

function largerThan(experiment: Experiment): Experiment {
  const { smoke } = experiment.scales;
  const scale = { ...smoke, axes: { h: [4, 6] }, seeds: [1] };
  return { ...experiment, what: "larger", scales: { ...experiment.scales, smoke: scale } };
}

/** The names of the runs of a study. */
function runsOf(experiment: Experiment): readonly string[] {
  const request = parseRequest([experiment.what, "--scale=smoke", "--device=cpu"]);
  return pointsOf(experiment, "smoke").map((point) =>
    pointName(configOf(point, experiment, request))
  );
}

Deno.test("two tables share runs across shards, one of which is killed", async () => {
  await using folder = await temporaryFolder();
  const whole = `${folder.path}/whole`;
  for (const each of [brief(), larger]) await study(each, whole);
  assertEquals((await resultsIn(whole)).size, ALL);
  const inBoth = new Set(runsOf(brief())).intersection(new Set(runsOf(larger)));
  assertEquals(inBoth.size, 2);

  const nodes = [1, 2, 3].map((index) => ({
    out: `${folder.path}/${index}`,
    shard: `--shard=${index}/3`,
    runs: runsOf(brief()).filter((name) => isInShard(name, { index, count: 3 })),
  }));
  const killed = nodes.toSorted((a, b) => b.runs.length - a.runs.length)[0]!;
  const process = startStudyOf("brief", killed.out, killed.shard);
  await nextCheckpoint(killed.out); // in the middle of a run
  process.kill("SIGKILL");
  await process.output();
  assert((await resultsIn(killed.out)).size < (await begunIn(killed.out)).length, "it has ended");

  const before = new Map<string, string>();
  for (const { out, shard, runs } of nodes) {
    await study(brief(), out, shard);
    const results = await resultsIn(out);
    assertEquals([...results.keys()].toSorted(), runs.toSorted());
    for (const [name, text] of results) before.set(name, text);
  }
  assertEquals(before.size, runsOf(brief()).length);
  for (const { out, shard } of nodes) await study(larger, out, shard);

  const [first, ...others] = nodes;
  const begun = (await Promise.all(nodes.map(({ out }) => begunIn(out)))).flat();
  assertEquals(begun.length, ALL, "a run was trained in two shards");
  for (const { out } of others) await addRuns(out, first!.out);
  const results = await resultsIn(first!.out);
  // with the times at which they ended: nothing was trained again for the second table
  for (const [name, text] of before) assertEquals(results.get(name), text, name);
  for (const each of [brief(), larger]) {
    await study(each, first!.out, "--phase=write");
    assertEquals(
      await conclusionsIn(first!.out, each.what),
      await conclusionsIn(whole, each.what),
    );
  }
  assertEquals(await outcomesIn(first!.out), await outcomesIn(whole));
});

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { mayRunNativeCode } from "../../cli/environment.ts";
import { CommandError } from "../../cli/errors.ts";
import { pointsOf } from "../../reproduce/expand.ts";
import type { Experiment } from "../../reproduce/experiment.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import type { Measured } from "../../reproduce/measured.ts";
import { configOf, pointName } from "../../reproduce/point_config.ts";
import { parseResult } from "../../reproduce/point_result.ts";
import { scalingSentences } from "../../reproduce/scaling.ts";
import { commandOf } from "../../reproduce/describe_study.ts";
import { temporaryFolder } from "../cli/command.ts";
import { env, installations, isInstalled } from "../distributed/_installations.ts";
import { smallExperiment, study, withSettings } from "./small_study.ts";

/** One seed on 1, 2, and 3 ranks, which all have batches of 8. */
function onRanks(axes: Experiment["scales"]["smoke"]["axes"]): Experiment {
  const { settings } = withSettings({ batch: 8, steps: 12, logEvery: 4 }).scales.smoke;
  return { ...smallExperiment({ settings, axes, seeds: [1] }), verdict: "throughput" };
}

const scaled = onRanks({ h: [4], ranks: [1, 2, 3] });

Deno.test({
  name: "the command of a page passes its launcher through a shell unchanged",
  ignore: Deno.build.os === "windows", // has no sh
  async fn() {
    assertEquals(
      commandOf(scaled, { scale: "smoke", launcher: null }),
      "deno task reproduce small --scale smoke",
    );
    for (const launcher of ["mpirun -n {}", `env "A=it's $HOME" 'B=\`x\`' mpirun -n {}`]) {
      const command = commandOf(scaled, { scale: "paper", launcher });
      const script = `deno() { printf '%s\\n' "$@"; }; ${command}`;
      const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
      assertEquals(
        new TextDecoder().decode(stdout),
        `task\nreproduce-native\nsmall\n--scale\npaper\n--launcher\n${launcher}\n`,
      );
    }
  },
});

Deno.test("runs on several ranks have the batch size of all of them, and their own names", () => {
  const points = pointsOf(scaled, "smoke");
  assertEquals(
    points.map(({ ranks, settings }) => [ranks ?? 1, settings.batch, "ranks" in settings]),
    [[1, 8, false], [1, 8, false], [2, 16, false], [2, 16, false], [3, 24, false], [3, 24, false]],
  );
  const names = points.map((point) =>
    pointName(configOf(point, scaled, parseRequest(["small"])), point.ranks)
  );
  assertEquals(new Set(names).size, 6);
  assertMatch(names[2]!, /_sgd_2-ranks_seed-1_[0-9a-f]{12}$/);
  const alone = onRanks({ h: [4] });
  const [same] = pointsOf(alone, "smoke");
  assertEquals(pointName(configOf(same!, alone, parseRequest(["small"]))), names[0]);
});

Deno.test("without a launcher, runs on several ranks are refused before anything is computed", async () => {
  await using folder = await temporaryFolder();
  const { message } = await assertRejects(() => study(scaled, folder.path), CommandError);
  assertStringIncludes(
    message,
    'Cannot run small at the scale smoke: some of its runs have 3 ranks: name what starts them, such as --launcher "mpirun -n {}"',
  );
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("the efficiency is the throughput of n ranks over n times that of one, by seed", () => {
  const result = (imagesPerSecond: number) =>
    parseResult(JSON.stringify({
      ...{
        status: "done",
        message: null,
        device: "an abacus",
        seconds: 1,
        finished: "",
        best: null,
      },
      space: null,
      end: { step: 1, trainLoss: 1, trainError: 1, imagesPerSecond },
    }));
  const run = (ranks: number, seed: number, rate: number): Measured => ({
    point: { arm: "sgd", axes: { h: 4, ranks }, seed, tuned: {}, settings: {}, ranks },
    ...{ name: "", result: result(rate), curve: [] },
  });
  const runs = [run(1, 1, 100), run(1, 2, 50), run(2, 1, 150), run(2, 2, 90), run(3, 1, 150)];
  assertEquals(scalingSentences(scaled, runs), [
    "h = 4, SGD: 2 ranks process 1.65 times the images per second of one, an efficiency of 83 % (2 repetitions).",
    "h = 4, SGD: 3 ranks process 1.50 times the images per second of one, an efficiency of 50 % (1 repetition).",
  ]);
  assertEquals(scalingSentences(scaled, runs.slice(0, 2)), []);
});

for (const installation of installations) {
  const { name, launcher, flags } = installation;
  Deno.test({
    name: `${name}: a run on two ranks has the losses of one process with the same batches`,
    ignore: !mayRunNativeCode() || !(await isInstalled(installation)),
    async fn() {
      await using folder = await temporaryFolder();
      const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
      const command = ["env", ...variables, launcher, ...flags, "-n", "{}"].join(" ");
      await study(onRanks({ h: [4], ranks: [2] }), folder.path, "--launcher", command);
      const { settings } = withSettings({ batch: 16, steps: 12, logEvery: 4 }).scales.smoke;
      await study(smallExperiment({ settings, seeds: [1] }), `${folder.path}/one`);
      const lossesIn = async (path: string) => {
        const text = await Deno.readTextFile(`${path}/small-smoke/results.jsonl`);
        return text.trim().split("\n").map((line): number => JSON.parse(line).end.trainLoss);
      };
      const [two, one] = [await lossesIn(folder.path), await lossesIn(`${folder.path}/one`)];
      assertEquals(two.length, 2);
      two.forEach((loss, i) => assert(Math.abs(loss - one[i]!) < 1e-5, `${loss} and ${one[i]}`));
    },
  });
}

/**
 * Times of training on ranks, which `mpirun` starts on this machine.
 * @module
 */
import { launcherEnvironment } from "../../distributed/launcher.ts";
import { pairedRatio } from "../measure.ts";
import { BATCH, type RankTimes } from "./rank.ts";

/** What was measured on 1 and 2 ranks with one thread each. */
export interface RanksRow {
  readonly description: string;
  readonly backend: string;
  /** Best and median time of an all-reduce of 2.67 MB in place on 2 ranks, in milliseconds. */
  readonly allReduce: { readonly best: number; readonly median: number };
  /** Time of a step on one rank ÷ time of the step of one process, measured in turns. */
  readonly oneRankOverNone: number;
  /** Images per second of 1 and of 2 ranks together, by the median time of a step. */
  readonly imagesPerSecond: readonly [number, number];
  /** Images per second of 2 ranks ÷ twice those of one. */
  readonly efficiency: number;
}

/** Measures on 1 and on 2 ranks. */
export async function measureRanks(samples: number): Promise<RanksRow> {
  const [one, two] = [await timesOn(1, samples), await timesOn(2, samples)];
  const rateOf = ({ size, step }: RankTimes) => size * BATCH * 1000 / step.median;
  const rates = [rateOf(one), rateOf(two)] as const;
  return {
    description: two.description,
    backend: two.backend,
    allReduce: { best: two.allReduce.min, median: two.allReduce.median },
    oneRankOverNone: pairedRatio(one.step, one.plain!),
    imagesPerSecond: rates,
    efficiency: rates[1] / (2 * rates[0]),
  };
}

async function timesOn(ranks: number, samples: number): Promise<RankTimes> {
  const file = await Deno.makeTempFile({ prefix: "gspace-ranks-" });
  try {
    const program = new URL("rank.ts", import.meta.url).href;
    const { success, stderr } = await new Deno.Command("mpirun", {
      args: [
        ...["-n", `${ranks}`, "--bind-to", "none", Deno.execPath(), "run", "--no-prompt"],
        ...["--no-check", "--allow-ffi", `--allow-env=${launcherEnvironment}`],
        ...[`--allow-write=${file}`, program, file, `${samples}`],
      ],
    }).output();
    if (!success) {
      throw new Error(`Cannot measure ranks: ${new TextDecoder().decode(stderr).trim()}`);
    }
    return JSON.parse(await Deno.readTextFile(file));
  } finally {
    await Deno.remove(file);
  }
}

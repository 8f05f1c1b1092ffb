import manifest from "../../deno.json" with { type: "json" };
import { bytesOf } from "../../graph/bytes_of.ts";
import { readVariables } from "../../autograd/mod.ts";
import { print } from "../../graph/mod.ts";
import { fixedSettings } from "../checkpoints/fixed_settings.ts";
import type { Job } from "../training/job.ts";
import { stepGraph } from "../training/path_space.ts";

/**
 * Checks that all ranks train the same: version, settings, length, data, and of each arm the step and
 * the initial values.
 * @throws {GraphError} on all ranks, naming what differs
 */
export async function compareRanks(job: Job): Promise<void> {
  const { config, steps, contents, arms, ranks } = job;
  if (ranks.size === 1) return;
  const values: Record<string, string | number | Uint8Array> = {
    "version of Gspace": manifest.version,
    "settings": JSON.stringify(fixedSettings(config)),
    "number of steps": [steps, config.checkpointEvery, config.patience].join(),
    "data": String(contents),
  };
  for (const { name, runner } of arms) {
    values[`step of ${name}`] = print(stepGraph(runner));
    const state = runner.state();
    const arrays = await readVariables([...state.values()]);
    [...state.keys()].forEach((key, i) => values[`"${key}" of ${name}`] = bytesOf(arrays[i]!));
  }
  await ranks.compare(values);
}

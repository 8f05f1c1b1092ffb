/**
 * The process for one run of a sweep: `worker.ts FOLDER`.
 *
 * It exits when its standard input closes, so that it does not outlive the sweep. It also holds
 * the folder's lock: if it still outlives the sweep for a moment, the next worker waits.
 * @module
 */
import { z } from "zod";
import { DivergedError, Interrupted } from "../cli/errors.ts";
import { checkConfig } from "../cli/settings/config.ts";
import { readConfig } from "../cli/settings/config_file.ts";
import { resumeConfig } from "../cli/settings/train_flags.ts";
import { readJson } from "../cli/files.ts";
import { note } from "../cli/output.ts";
import { launcherOfProcess } from "../distributed/launcher.ts";
import { onRanks } from "../cli/ranks/on_ranks.ts";
import type { Ranks } from "../cli/ranks/ranks.ts";
import { train } from "../cli/train.ts";
import { communicationShare, meanPace } from "../metrics/pace.ts";
import { PointFolder, type PointRequest } from "./point_folder.ts";
import type { PointEnd, PointResult } from "./point_result.ts";
import { type CurveLine, parseMetrics } from "./run_metrics.ts";

/** The pages of sweeps show nothing of single layers. */
const unmeasured = { layersEvery: 0 };

/** Settings that may change between sweeps in the same folder. */
const changeable = ["dataDir", "cacheDir", "device", "threads"] as const;

/** The part of the G-SGD report that is used. */
const spaceSchema = z.object({ edges: z.number(), nodes: z.number() });

/** Does a run; of several ranks, the first one takes the lock and writes the result. */
async function work(path: string, ranks: Ranks): Promise<void> {
  const folder = new PointFolder(path);
  using _lock = await ranks.together(() => ranks.isFirst ? folder.lock() : undefined);
  if (await ranks.onFirst(async () => await folder.result() !== undefined)) return;
  const { config, device } = await folder.request();
  const finish = async (resultOf: () => Promise<PointResult>) => {
    await ranks.together(async () => ranks.isFirst && await folder.finish(await resultOf()));
  };
  try {
    await trainIn(folder, config, ranks);
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    // results are published and merged with those of other machines
    const message = error.message.replaceAll(`${folder.path}/`, "");
    return await finish(async () => resultFrom(folder, device, await folder.curve(), { message }));
  }
  await finish(() => resultOf(folder, device));
}

/** Resumes the run in the folder, or starts it. */
async function trainIn(
  folder: PointFolder,
  requested: PointRequest["config"],
  ranks: Ranks,
): Promise<void> {
  if (await ranks.onFirst(() => folder.hasBegun())) {
    const changes = changeable.flatMap((name) =>
      name in requested ? [[name, requested[name]] as const] : []
    );
    const stored = await readConfig(`${folder.run}/config.json`);
    await train({
      config: resumeConfig(stored, { ...Object.fromEntries(changes), ...unmeasured }),
      resume: folder.run,
      draw: false,
    }, ranks);
    return;
  }
  // without a config, nothing has been trained yet
  await ranks.onFirst(() => removeFolder(folder.run));
  const settings = { ...requested, out: folder.run, quiet: true, ...unmeasured };
  const config = checkConfig(settings, `${folder.path}/request.json`);
  await train({ config, draw: false }, ranks);
}

async function removeFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** The result of a run that did all of its steps. The last step may still have diverged. */
export async function resultOf(folder: PointFolder, device: string): Promise<PointResult> {
  const file = `${folder.run}/metrics.jsonl`;
  const { curve, end, hasEnd } = parseMetrics(await Deno.readTextFile(file), file);
  if (!hasEnd) throw new Error(`Internal: ${file} has no end`);
  if (!end) {
    const message = "the train loss of the final weights is not finite";
    return await resultFrom(folder, device, curve, { message });
  }
  const tested = curve.flatMap(({ kind, epoch, testError }) =>
    kind === "epoch" && testError !== null ? [{ epoch, testError }] : []
  );
  return await resultFrom(folder, device, curve, {
    end: { ...end, ...warmPace(curve) },
    best: tested.toSorted((a, b) => a.testError - b.testError)[0] ?? null,
  });
}

/** Means over the time of all step lines but the first, if there are several. */
function warmPace(
  curve: readonly CurveLine[],
): Partial<Pick<PointEnd, "imagesPerSecond" | "communicationShare">> {
  const lines = curve.filter(({ kind }) => kind === "step");
  const imagesPerSecond = meanPace(lines, "imagesPerSecond");
  return {
    ...(imagesPerSecond !== null && { imagesPerSecond }),
    communicationShare: communicationShare(lines),
  };
}

/** A result with final numbers, or of a run that diverged. */
async function resultFrom(
  folder: PointFolder,
  device: string,
  curve: readonly CurveLine[],
  { message = null, end = null, best = null }: Partial<PointResult>,
): Promise<PointResult> {
  return {
    status: end ? "done" : "diverged",
    message,
    device,
    seconds: curve.at(-1)?.seconds ?? 0,
    finished: new Date().toISOString(),
    end,
    best,
    space: await spaceOf(folder),
  };
}

/** m and H from the G-SGD report, if there is one. */
async function spaceOf(folder: PointFolder): Promise<PointResult["space"]> {
  const report = await readJson(`${folder.run}/gsgd.json`, spaceSchema);
  return report ? { weights: report.edges, scaleNodes: report.nodes } : null;
}

/** Resolves when the parent process has ended. */
async function parentIsGone(): Promise<void> {
  const buffer = new Uint8Array(64);
  while (await Deno.stdin.read(buffer) !== null);
}

if (import.meta.main) {
  // a launcher passes its standard input on to the first rank only, and ends with it
  if ((launcherOfProcess()?.rank ?? 0) === 0) void parentIsGone().then(() => Deno.exit(1));
  try {
    await onRanks("auto", (ranks) => work(Deno.args[0] ?? ".", ranks));
    Deno.exit(0);
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    Deno.exit(error instanceof Interrupted ? error.exitCode : 1);
  }
}

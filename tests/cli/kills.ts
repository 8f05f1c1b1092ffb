/** Runs of the command that are stopped or killed at random points, and checks of their files. */
import { assertEquals } from "@std/assert";
import { decodeSafetensors } from "../../checkpoint/mod.ts";
import type { generator } from "../support/random.ts";
import { metricsOf, newestCheckpoint, start, startScript } from "./command.ts";

/** How a run is ended: by a signal that it can handle, or by one that it cannot. */
export type Ending = "SIGINT" | "SIGKILL";

/** A run that is ended repeatedly. */
export interface KilledRun {
  /** Its folder, which may not exist yet. */
  readonly folder: string;
  /** Flags to start it. */
  readonly flags: readonly string[];
  /** Flags to resume it. */
  readonly resumeFlags?: readonly string[];
  readonly random: ReturnType<typeof generator>;
  /** Script of the repository to run instead of the command. */
  readonly script?: string;
}

/** More steps than are ever done before the run is ended. */
const ENDLESS = "--steps=100000000";

/**
 * Starts or resumes the run, and ends it: sometimes while it starts or loads, otherwise
 * some time after its next checkpoint, mostly when it has just started to write another one.
 */
export async function runAndEnd(run: KilledRun, ending: Ending): Promise<void> {
  const { folder, flags, resumeFlags = [], random, script = "cli/main.ts" } = run;
  const begun = await exists(`${folder}/config.json`);
  // ended before it started: there is nothing to resume
  if (!begun) await removeIfThere(folder);
  const args = begun
    ? ["train", "--resume", folder, "--quiet", ...resumeFlags]
    : [...flags, ENDLESS, "--out", folder];
  const before = await newestIn(folder);
  const child = startScript(script, args);
  const output = child.output();
  let ended: Deno.CommandOutput | undefined;
  output.then((result) => ended = result);
  if (ending === "SIGKILL" && random() < 0.2) {
    await sleep(1500 * random());
  } else {
    while (!ended && await newestIn(folder) === before) await sleep(5);
    await sleep(200 * random());
    if (!ended && random() < 0.8) await nextWrite(folder);
  }
  // a process that ended by itself is detected below
  if (!ended) child.kill(ending);
  const { code, stderr } = await output;
  const expected = ending === "SIGINT" ? 130 : 137;
  assertEquals(code, expected, new TextDecoder().decode(stderr));
}

/** Lets a run finish a few steps later. Resolves to the number of steps. */
export async function finish({ folder }: KilledRun, arms: readonly string[]): Promise<number> {
  const done = await Promise.all(arms.map(async (arm) => {
    const path = await newestCheckpoint(`${folder}/${arm}`);
    return Number(/step-(\d+)/.exec(path)?.[1]);
  }));
  const steps = Math.max(...done) + 3;
  const child = start("train", "--resume", folder, "--quiet", `--steps=${steps}`);
  const { code, stderr } = await child.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return steps;
}

/** The safetensors files in a folder that are truncated or otherwise invalid. */
export async function tornFiles(folder: string): Promise<string[]> {
  const torn: string[] = [];
  for (const path of await filesIn(folder)) {
    if (!path.endsWith(".safetensors")) continue;
    try {
      decodeSafetensors(await Deno.readFile(path));
    } catch {
      torn.push(path);
    }
  }
  return torn;
}

/** Compares the files of a run with those of another run with the same steps. */
export async function assertSameResult(
  folder: string,
  whole: string,
  arms: readonly string[],
): Promise<void> {
  assertEquals(await numbersOf(folder), await numbersOf(whole));
  for (const arm of arms) {
    const checkpoint = (await newestCheckpoint(`${whole}/${arm}`)).slice(whole.length + 1);
    for (const path of [`${arm}/model.safetensors`, checkpoint]) {
      const [one, two] = await Promise.all([folder, whole].map((at) => bytesOf(`${at}/${path}`)));
      assertEquals(one, two, path);
    }
  }
}

/** The tensors of a checkpoint, whose progress depends on time, or the bytes of other files. */
async function bytesOf(path: string): Promise<unknown> {
  const bytes = await Deno.readFile(path);
  return path.includes("/checkpoints/") ? decodeSafetensors(bytes).tensors : bytes;
}

/** Metrics of each arm, without values that differ from run to run. */
async function numbersOf(folder: string): Promise<string[]> {
  return (await metricsOf(folder))
    .map(({ seconds: _, imagesPerSecond: __, communicationShare: ___, ...rest }) =>
      JSON.stringify(rest)
    )
    .toSorted();
}

async function filesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  if (!await exists(folder)) return paths;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isFile) paths.push(path);
    else paths.push(...await filesIn(path));
  }
  return paths;
}

async function newestIn(folder: string): Promise<string | undefined> {
  const names = (await filesIn(folder)).map((path) => path.split("/").at(-1)!);
  return names.filter((name) => /^step-\d+\.safetensors$/.test(name)).toSorted().at(-1);
}

/** Waits until something is written to a folder, for at most a second. */
async function nextWrite(folder: string): Promise<void> {
  const watcher = Deno.watchFs(folder);
  const timer = setTimeout(() => watcher.close(), 1000);
  for await (const { kind } of watcher) if (kind === "create" || kind === "modify") break;
  clearTimeout(timer);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function removeIfThere(folder: string): Promise<void> {
  if (await exists(folder)) await Deno.remove(folder, { recursive: true });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Flags of a run that spends most of its time writing: 4 MB a step, in two files. */
export const largeFiles: readonly string[] = [
  "train",
  "--device=cpu",
  "--threads=1",
  "--quiet",
  "--dataset=synthetic",
  "--limit=200",
  "--batch=32",
  "--model=mlp:16-480-480-10",
  "--optimizer=adam",
  "--checkpoint-every=1",
  "--keep-checkpoints=2",
];

/** What studies have found, without what differs each time, and copies of it. */
import type { Summary } from "../../reproduce/summary.ts";

/** The paths of all files in a folder and those below it, sorted. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const paths = await Promise.all(
    entries.map(async ({ name, isDirectory }) =>
      isDirectory ? (await filesIn(`${folder}/${name}`)).map((path) => `${name}/${path}`) : [name]
    ),
  );
  return paths.flat().toSorted();
}

/** The parts of a summary that are results: all but times and the machine. */
export async function conclusionsIn(
  out: string,
  what = "small",
): Promise<Partial<Summary>> {
  const summary: Summary = JSON.parse(await Deno.readTextFile(`${out}/${what}-smoke/summary.json`));
  const { environment: _, ...rest } = summary;
  return rest;
}

/** Final weights, and curves without times, by their paths. */
export async function outcomesIn(out: string): Promise<Record<string, unknown>> {
  const outcomes: Record<string, unknown> = {};
  for (const path of await filesIn(`${out}/points`)) {
    const file = `${out}/points/${path}`;
    if (path.endsWith("model.safetensors")) outcomes[path] = await Deno.readFile(file);
    if (!path.endsWith("metrics.jsonl")) continue;
    const lines = (await Deno.readTextFile(file)).trim().split("\n");
    outcomes[path] = lines.map((line) => {
      const { seconds: _, imagesPerSecond: __, communicationShare: ___, ...rest } = JSON.parse(
        line,
      );
      return rest;
    });
  }
  return outcomes;
}

/** Adds the runs in one folder to those in another, as a copy between machines does. */
export async function addRuns(from: string, to: string): Promise<void> {
  for (const path of await filesIn(`${from}/points`)) {
    const target = `${to}/points/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(`${from}/points/${path}`, target);
  }
}

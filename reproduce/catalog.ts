import { didYouMean } from "../graph/nearest_name.ts";
import { parseJson } from "../checkpoint/mod.ts";
import { UsageError } from "../cli/errors.ts";
import { type Experiment, experimentSchema } from "./experiment.ts";

const folder = new URL("./configs/", import.meta.url);

/** Reads all files of `configs/`, sorted by name. */
export async function loadExperiments(): Promise<readonly Experiment[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".json")) files.push(name);
  return await Promise.all(files.toSorted().map(loadExperiment));
}

async function loadExperiment(file: string): Promise<Experiment> {
  const data: unknown = parseJson(await Deno.readTextFile(new URL(file, folder)));
  return checkExperiment(data, `reproduce/configs/${file}`);
}

/**
 * Checks the contents of a config file.
 * @throws {UsageError} naming the place and the rule
 */
export function checkExperiment(data: unknown, path: string): Experiment {
  const result = experimentSchema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join(".") || "the file";
  throw new UsageError(`Cannot use ${path}: ${place}: ${issue?.message}`);
}

/**
 * Finds experiments by name, each once; `all` means all of them.
 * @throws {UsageError} naming the nearest name
 */
export function findExperiments(
  names: readonly string[],
  experiments: readonly Experiment[],
): readonly Experiment[] {
  const known = experiments.flatMap(({ what, aliases }) => [what, ...aliases]);
  const found = names.flatMap((name) => {
    if (name === "all") return experiments;
    const one = experiments.find(({ what, aliases }) => what === name || aliases.includes(name));
    if (one) return [one];
    throw new UsageError(
      `Cannot reproduce "${name}": it must be one of ${known.toSorted().join(", ")}, or all` +
        didYouMean(name, known),
    );
  });
  return [...new Set(found)];
}

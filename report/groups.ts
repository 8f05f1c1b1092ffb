import { changedSettings } from "./changed_settings.ts";
import type { RunFacts } from "./run_facts.ts";

/** Runs that are listed in one table, in the order of their paths. */
export interface RunGroup<Run> {
  readonly title: string;
  readonly runs: readonly Run[];
  /** Names of the settings that the table shows. */
  readonly settings: readonly string[];
}

/** Whatever has the facts of a run. */
interface WithFacts {
  readonly facts: RunFacts;
}

/**
 * Groups runs of one model on one dataset, such as those of a sweep. Runs that have no others to be
 * compared with come last, in one table that says only what they are of.
 */
export function groupRuns<Run extends WithFacts>(runs: readonly Run[]): readonly RunGroup<Run>[] {
  const sorted = runs.toSorted((a, b) => compareNames(a.facts.path, b.facts.path));
  const byTitle = Map.groupBy(sorted, ({ facts }) => titleOf(facts));
  const sweeps = [...byTitle].filter(([, group]) => group.length > 1).map(([title, group]) => ({
    title,
    runs: group,
    settings: changedSettings(group.map(({ facts }) => facts.config)),
  }));
  const rest = [...byTitle.values()].flatMap((group) => group.length > 1 ? [] : group);
  if (rest.length === 0) return sweeps;
  const title = sweeps.length === 0 ? "All runs" : "Other runs";
  return [...sweeps, { title, runs: rest, settings: ["model", "dataset"] }];
}

function titleOf({ config: { model, dataset } }: RunFacts): string {
  return `${model} on ${dataset}`;
}

/** Orders names as people do: lr-2 before lr-10, and lr-0.003 before lr-0.01. */
function compareNames(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split(/(\d+(?:\.\d+)?)/));
  for (const [i, part] of left!.entries()) {
    const other = right![i] ?? "";
    // a split on a group alternates texts and numbers
    const order = i % 2 === 1 && other !== ""
      ? Number(part) - Number(other)
      : part.localeCompare(other, "en");
    if (order !== 0) return order;
  }
  return left!.length - right!.length;
}

/** Paths without the folders that they share. */
export function shortPaths(paths: readonly string[]): readonly string[] {
  const parts = paths.map((path) => path.split("/"));
  const [first = []] = parts;
  const differs = first.findIndex((part, i) => parts.some((other) => other[i] !== part));
  return parts.map((all) => {
    const from = differs < 0 ? Infinity : differs;
    return all.slice(Math.min(from, all.length - 1)).join("/");
  });
}

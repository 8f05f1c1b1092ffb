import { orDash, percent, timeTaken } from "../cli/format.ts";
import {
  markup,
  type PageCell,
  type PageRow,
  type PageTable,
  type SeriesStyles,
} from "../figures/mod.ts";
import { settingText } from "./changed_settings.ts";
import { type RunGroup, shortPaths } from "./groups.ts";
import type { ArmFacts, RunFacts } from "./run_facts.ts";
import { sparkLine } from "./spark_line.ts";

/** A run of the list, and the address of its report. */
export interface ListedRun {
  readonly facts: RunFacts;
  readonly href: string;
}

/** Number of columns for settings and optimizers that a page has room for. */
const MOST_COLUMNS = 7;
/** Number of settings that have a column of their own in any case. All others share one. */
const LEAST_SETTINGS = 2;

/** The column of the settings beyond those. */
const REST = "other settings";

/** A table with one row for each run, and columns for the settings in which they differ. */
export function runsTable(
  { title, runs, settings }: RunGroup<ListedRun>,
  styles: SeriesStyles,
): PageTable {
  const arms = [...new Set(runs.flatMap(({ facts }) => facts.arms.map(({ arm }) => arm)))];
  const measure = measureOf(runs);
  const labels = labelsOf(runs.map(({ facts }) => facts));
  const room = Math.max(LEAST_SETTINGS, MOST_COLUMNS - arms.length);
  const [own, rest] = [settings.slice(0, room), settings.slice(room)];
  const texts = [...own.map(flagOf), ...(rest.length > 0 ? [REST] : [])];
  return {
    caption: title,
    isSortable: true,
    columns: [
      ...["run", ...texts].map((label) => ({ label, kind: "text" }) as const),
      ...arms.map((arm) => ({ label: `${measure.name}, ${arm}`, arm, kind: "number" }) as const),
      { label: "training loss", kind: "text" },
      { label: "time", kind: "number" },
      { label: "state", kind: "text" },
    ],
    rows: runs.map(({ facts, href }, i): PageRow => {
      const ofName = (name: string) => settingText(facts.config[name]);
      const others = rest.filter((name) => (facts.config[name] ?? null) !== null)
        .map((name) => `${flagOf(name)} ${ofName(name)}`).join(", ");
      return {
        cells: [
          {
            content: markup`<a href="${href}" title="${facts.path}">${labels[i]!}</a>`,
            sortBy: i, // the runs are in the order of their names
          },
          ...own.map(ofName),
          ...(rest.length > 0 ? [others] : []),
          ...arms.map((arm) => resultCell(facts.arms.find((one) => one.arm === arm), measure)),
          lossCell(facts, styles),
          { content: timeTaken(facts.seconds), sortBy: facts.seconds },
          stateCell(facts),
        ],
      };
    }),
  };
}

/** The names of runs, or their paths. Runs with one name, as of a sweep, have both. */
function labelsOf(runs: readonly RunFacts[]): readonly string[] {
  const paths = shortPaths(runs.map(({ path }) => path));
  const names = runs.map(({ config: { name } }) => typeof name === "string" ? name : undefined);
  return paths.map((path, i) => {
    const name = names[i];
    if (name === undefined) return path;
    const isUnique = names.filter((other) => other === name).length === 1;
    return isUnique || name === path ? name : `${name}: ${path}`;
  });
}

/** What runs are compared by. */
interface Measure {
  readonly name: string;
  readonly of: (arm: ArmFacts) => number | null;
  readonly show: (value: number) => string;
}

/** The test error, or the training loss of runs without a test split. */
function measureOf(runs: readonly ListedRun[]): Measure {
  const isTested = runs.some(({ facts }) => facts.arms.some(({ testError }) => testError !== null));
  return isTested
    ? { name: "test error", of: ({ testError }) => testError, show: percent }
    : { name: "training loss", of: ({ trainLoss }) => trainLoss, show: (loss) => loss.toFixed(4) };
}

/** The result of an optimizer. Values before the end of training are faint. */
function resultCell(arm: ArmFacts | undefined, { of, show }: Measure): PageCell {
  if (!arm) return { content: "", sortBy: null };
  const value = of(arm);
  const text = orDash(value, show);
  return {
    content: arm.isFinished ? text : markup`<span class="soft">${text}</span>`,
    sortBy: value,
  };
}

/** The curves of the training loss, sorted by the lowest loss. */
function lossCell({ arms }: RunFacts, styles: SeriesStyles): PageCell {
  const losses = arms.flatMap(({ trainLoss }) => trainLoss ?? []);
  const newest = arms.map(({ arm, trainLoss }) =>
    `${arm} ${orDash(trainLoss, (loss) => loss.toFixed(4))}`
  );
  return {
    content: sparkLine(arms, styles, `Training loss: ${newest.join(", ")}`) ?? "–",
    sortBy: losses.length > 0 ? Math.min(...losses) : null,
  };
}

function stateCell({ arms, length }: RunFacts): PageCell {
  if (arms.every(({ isFinished }) => isFinished)) return { content: "finished", sortBy: 1 };
  const done = Math.min(...arms.map(({ done }) => done));
  const { unit = "epoch", count } = length ?? {};
  const number = String(Number(done.toFixed(1)));
  return {
    content: count === undefined ? `${unit} ${number}` : `${unit} ${number} of ${count}`,
    sortBy: count === undefined ? 0 : Math.min(0.999, done / count),
  };
}

/** The name of a setting as a flag. */
function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

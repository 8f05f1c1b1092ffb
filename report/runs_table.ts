import { orDash, percent, timeTaken } from "../cli/format.ts";
import {
  type Html,
  markup,
  type PageCell,
  type PageColumn,
  type PageRow,
  type PageTable,
  type SeriesStyles,
} from "../figures/mod.ts";
import { armSample } from "../figures/table.ts";
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

/** Number of optimizers that have a column each. More than these share one. */
const MOST_ARMS = 4;

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
  const results = resultColumns(arms, measure, styles);
  const room = Math.max(LEAST_SETTINGS, MOST_COLUMNS - results.length);
  const [own, rest] = [settings.slice(0, room), settings.slice(room)];
  const texts = [...own.map(flagOf), ...(rest.length > 0 ? [REST] : [])];
  return {
    caption: title,
    isSortable: true,
    columns: [
      ...["run", ...texts].map((label) => ({ label, kind: "text" }) as const),
      ...results.map(({ column }) => column),
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
          ...results.map(({ cellOf }) => cellOf(facts)),
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

/** A column of results. */
interface ResultColumn {
  readonly column: PageColumn;
  readonly cellOf: (facts: RunFacts) => PageCell;
}

/** A column for each optimizer, or one for all of them if there is no room for so many. */
function resultColumns(
  arms: readonly string[],
  measure: Measure,
  styles: SeriesStyles,
): readonly ResultColumn[] {
  if (arms.length > MOST_ARMS) {
    return [{
      column: { label: measure.name, kind: "text" },
      cellOf: (facts) => resultList(facts, measure, styles),
    }];
  }
  return arms.map((arm) => ({
    column: { label: `${measure.name}, ${arm}`, arm, kind: "number" },
    cellOf: (facts) => resultCell(facts.arms.find((one) => one.arm === arm), measure),
  }));
}

/** The result of an optimizer. */
function resultCell(arm: ArmFacts | undefined, measure: Measure): PageCell {
  return arm
    ? { content: resultText(arm, measure), sortBy: measure.of(arm) }
    : { content: "", sortBy: null };
}

/** The results of all optimizers, one a line, sorted by the lowest. */
function resultList({ arms }: RunFacts, measure: Measure, styles: SeriesStyles): PageCell {
  const values = arms.flatMap((arm) => measure.of(arm) ?? []);
  const lines = arms.map((arm) =>
    markup`<li>${armSample(arm.arm, styles)}<span>${arm.arm}</span> <b>${
      resultText(arm, measure)
    }</b></li>`
  );
  return {
    content: markup`<ul class="results">${lines}</ul>`,
    sortBy: values.length > 0 ? Math.min(...values) : null,
  };
}

/** A result as text. Values before the end of training are faint. */
function resultText(arm: ArmFacts, { of, show }: Measure): string | Html {
  const text = orDash(of(arm), show);
  return arm.isFinished ? text : markup`<span class="soft">${text}</span>`;
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

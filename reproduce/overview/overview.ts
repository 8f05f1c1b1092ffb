import type { Experiment } from "../../reproduce/experiment.ts";
import { armLabel, whereLabel } from "../../reproduce/measured.ts";
import { metricOf } from "../../reproduce/metrics.ts";
import type { Summary } from "../../reproduce/summary.ts";
import { meanText } from "../../reproduce/words.ts";
import { verdictOn } from "./verdicts.ts";

/** An item of the overview: a table or figure of the paper. */
export interface OverviewItem {
  /** As in the paper: `Table 1, figure 3`. */
  readonly name: string;
  readonly experiment: Experiment;
  /** The folder of the results; `null` if there are none. */
  readonly folder: string | null;
  /** The results, or the reason why there are none. */
  readonly result: Summary | string;
}

/** An overview of all results in Markdown. All sentences about results are computed from them. */
export function overviewOf(items: readonly OverviewItem[], introduction: string): string {
  const rows = items.map((item) => `| ${linkOf(item)} | ${conclusionOf(item)} |`);
  return [
    "# Results",
    introduction,
    ["| what | verdict |", "| --- | --- |", ...rows].join("\n"),
    ...items.map(sectionOf),
  ].join("\n\n") + "\n";
}

function linkOf({ name, folder }: OverviewItem): string {
  return folder === null ? name : `[${name}](${folder}/table.md)`;
}

function conclusionOf({ experiment, result }: OverviewItem): string {
  if (typeof result === "string") return `No result. ${result}`;
  const { done, total } = result.points;
  const partial = done < total ? `Partial, ${done} of ${total} runs: ` : "";
  return partial + verdictOn(experiment, result).conclusion;
}

function sectionOf(item: OverviewItem): string {
  const { experiment, result } = item;
  const { title, claim, source } = experiment;
  return [
    `## ${title}`,
    [
      `- **Claim:** ${claim} (${source})`,
      `- **Paper:** ${paperText(experiment)}`,
      ...(typeof result === "string" ? [] : oursText(item, result)),
      `- **Verdict:** ${conclusionOf(item)}`,
    ].join("\n"),
  ].join("\n\n");
}

function paperText(experiment: Experiment): string {
  // the others are properties of networks, not results
  const results = experiment.paper.filter(({ metric }) => metricOf(metric).better !== null);
  const entries = results.map(({ where: { arm, ...axes }, metric, mean, spread }) => {
    const { label, unit, digits } = metricOf(metric);
    const number = (value: number) => value.toFixed(digits);
    const group = `${label}${unit === "" ? "" : ` in ${unit}`}, ${whereLabel(experiment, axes)}`;
    const value = meanText({ mean, spread }, number);
    return {
      group,
      text: arm === undefined ? value : `${armLabel(experiment, String(arm))} ${value}`,
    };
  });
  if (entries.length === 0) return "no numbers.";
  return [...Map.groupBy(entries, ({ group }) => group)]
    .map(([group, own]) => `${group}: ${own.map(({ text }) => text).join(", ")}`).join("; ") + ".";
}

function oursText({ experiment, folder }: OverviewItem, summary: Summary): readonly string[] {
  const { command, differences, points: { done, total }, environment } = summary;
  const runs = done < total ? `${done} of ${total} runs` : `${done} runs`;
  const hours = (environment.trainingSeconds / 3600).toFixed(1);
  return [
    `- **Ours:** \`${command}\`: ${runs}, ${hours} hours of training ([numbers](${folder}/table.md)).`,
    ...verdictOn(experiment, summary).evidence.map((sentence) => `  - ${sentence}`),
    `- **Setting:** ${differences.join(" ")}`,
  ];
}

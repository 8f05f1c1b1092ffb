import type { Experiment } from "../experiment.ts";
import { armLabel, whereLabel } from "../measured.ts";
import { metricOf } from "../metrics.ts";
import type { Summary } from "../summary.ts";
import { meanText } from "../describe_comparison.ts";
import { inShort } from "./in_short.ts";
import type { OverviewItem } from "./item.ts";
import { type Verdict, verdictOn } from "./verdicts.ts";

/** What does not depend on results. */
interface Frame {
  readonly introduction: string;
  /** A section on how to read the page. */
  readonly reading: string;
}

/** An overview of all results in Markdown. All sentences about results are computed from them. */
export function overviewOf(
  items: readonly OverviewItem[],
  { introduction, reading }: Frame,
): string {
  const judged = items.map((item) => ({ item, verdict: verdictOf(item) }));
  const rows = judged.map(({ item, verdict }) => `| ${linkOf(item)} | ${verdict.conclusion} |`);
  return [
    "# Results",
    introduction,
    "## In short",
    inShort(items).map((entry) => `- ${entry}`).join("\n"),
    "## All tables and figures",
    ["| what | verdict |", "| --- | --- |", ...rows].join("\n"),
    reading,
    ...judged.map(({ item, verdict }) => sectionOf(item, verdict)),
  ].join("\n\n") + "\n";
}

function linkOf({ name, folder }: OverviewItem): string {
  return folder === null ? name : `[${name}](${folder}/table.md)`;
}

/** What the results of an item say, and by which numbers. */
function verdictOf({ experiment, result }: OverviewItem): Verdict {
  if (typeof result === "string") return { conclusion: `No result. ${result}`, evidence: [] };
  const { done, total } = result.points;
  const partial = done < total ? `Partial, ${done} of ${total} runs: ` : "";
  const { conclusion, evidence } = verdictOn(experiment, result);
  return { conclusion: partial + conclusion, evidence };
}

function sectionOf(item: OverviewItem, { conclusion, evidence }: Verdict): string {
  const { experiment, result } = item;
  const { title, claim, source } = experiment;
  return [
    `## ${title}`,
    [
      `- **Claim:** ${claim} (${source})`,
      `- **Paper:** ${paperText(experiment)}`,
      ...(typeof result === "string" ? [] : oursText(item, result, evidence)),
      `- **Verdict:** ${conclusion}`,
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
  if (entries.length === 0) {
    return results.length < experiment.paper.length
      ? "curves, no numbers of results."
      : "no numbers.";
  }
  return [...Map.groupBy(entries, ({ group }) => group)]
    .map(([group, own]) => `${group}: ${own.map(({ text }) => text).join(", ")}`).join("; ") + ".";
}

function oursText(
  { folder }: OverviewItem,
  summary: Summary,
  evidence: readonly string[],
): readonly string[] {
  const { command, differences, points: { done, total }, environment } = summary;
  const runs = done < total ? `${done} of ${total} runs` : `${done} runs`;
  const hours = (environment.trainingSeconds / 3600).toFixed(1);
  return [
    `- **Ours:** \`${command}\`: ${runs}, ${hours} hours of training ([numbers](${folder}/table.md)).`,
    ...evidence.map((sentence) => `  - ${sentence}`),
    `- **Setting:** ${differences.join(" ")}`,
  ];
}

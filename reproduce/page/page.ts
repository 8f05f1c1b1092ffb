import {
  figureSection,
  type Html,
  markup,
  page,
  type PageOptions,
  type SeriesStyles,
  stylesOf,
  tableCard,
} from "../../figures/mod.ts";
import type { Scale, Summary } from "../summary.ts";
import { figuresOf, namesOf } from "./figures.ts";
import { glossary, statistics } from "./glossary.ts";
import { comparisonsTable, measuredTable } from "./tables.ts";

/** Tables with more tests than this are closed at first. */
const MOST_TESTS = 12;

/**
 * The page of a reproduction as one HTML file: the main finding with its figure, then the numbers,
 * then everything else. It does not assume knowledge of the paper.
 */
export async function reproductionPage(
  summary: Summary,
  options: PageOptions = {},
): Promise<string> {
  const { title, claim, source, verdict: [finding = "", ...details] } = summary;
  const styles = stylesFor(summary);
  const sections: Html[] = [];
  for (const figure of figuresOf(summary)) {
    const heading = sections.length === 0 ? "h2" : "h3";
    sections.push(await figureSection(figure, styles, { heading }));
  }
  const [main = null, ...others] = sections;
  const content = markup`<p class="lead">${finding}</p>
<p class="soft">${progressOf(summary)}</p>
${main}
<h2>Numbers</h2>
${numbersOf(summary, styles)}
${detailsOf(details)}
${others.length === 0 ? null : markup`<h2>More figures</h2>\n${others}`}
<h2>Claim of the paper</h2>
<p>${claim}</p>
<p class="soft">${source}. This is a reproduction of Meng et al., <i>G-SGD: Optimizing ReLU Neural
Networks in its Positively Scale-Invariant Space</i>, ICLR 2019.</p>
${differencesOf(summary)}
${folded("What is compared", glossary(namesOf(summary)))}
${originOf(summary)}`;
  return page(title, content, options);
}

function detailsOf(sentences: readonly string[]): Html | null {
  if (sentences.length === 0) return null;
  const items = sentences.map((sentence) => markup`<li>${sentence}</li>\n`);
  return markup`<h2>Result in detail</h2>
<div class="card"><ul>${items}</ul></div>`;
}

function numbersOf({ tables, comparisons }: Summary, styles: SeriesStyles): Html {
  const parts = tables.map((table) =>
    markup`${tableCard(measuredTable(table), styles)}
${table.note === "" ? null : markup`<p class="soft">${table.note}</p>`}
`
  );
  const tests = tableCard(comparisonsTable(comparisons));
  const isLong = comparisons.length > MOST_TESTS;
  return markup`${parts}
${
    comparisons.length === 0
      ? null
      : isLong
      ? folded(`${comparisons.length} paired tests`, tests)
      : tests
  }
${folded("How to read the numbers", statistics)}`;
}

/** A part of a page that is closed at first. */
function folded(title: string, content: Html): Html {
  return markup`<details class="part"><summary>${title}</summary>
${content}</details>`;
}

/** The styles of a reproduction, shared by its page and its figure files. */
export function stylesFor(summary: Summary): SeriesStyles {
  return stylesOf(namesOf(summary).keys(), figuresOf(summary));
}

const scales: Readonly<Record<Scale, string>> = {
  smoke:
    "a check of about one minute that the code works, with no conclusions about the optimizers",
  laptop: "a reduced setting for two CPU cores",
  paper: "the paper's own setting",
};

function progressOf({ scale, points: { done, total, diverged } }: Summary): string {
  const runs = done < total
    ? `${done} of ${total} runs are finished: all numbers are partial`
    : `${done} runs`;
  const bad = diverged > 0 ? `, ${diverged} of which diverged; the means exclude them` : "";
  return `Scale “${scale}”: ${scales[scale]}. ${runs}${bad}.`;
}

function differencesOf({ differences }: Summary): Html {
  const title = "Differences from the paper's setting";
  if (differences.length === 0) return markup`<p>${title}: none.</p>`;
  return folded(title, markup`<ul>${differences.map((one) => markup`<li>${one}</li>\n`)}</ul>`);
}

function originOf({ command, environment }: Summary): Html {
  const { gspace, deno, system, devices, trainingSeconds, finished } = environment;
  const sentences = [
    `Device: ${devices.join(" and ") || "none yet"}; ${system}, Deno ${deno}, Gspace ${gspace}.`,
    `${hours(trainingSeconds)} of training in total.`,
    finished === null ? "No run is finished." : `Last run finished ${finished}.`,
  ];
  return markup`<h2>Reproduce this page</h2>
<div class="card"><pre class="command">${command}</pre></div>
<p class="soft">${sentences.join(" ")}</p>`;
}

function hours(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return `${(seconds / 3600).toFixed(1)} hours`;
}

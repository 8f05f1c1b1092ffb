import {
  figureSection,
  type Html,
  markup,
  page,
  type SeriesStyles,
  stylesOf,
  tableCard,
} from "../../figures/mod.ts";
import type { Scale, Summary } from "../summary.ts";
import { figuresOf, namesOf } from "./figures.ts";
import { glossary, statistics } from "./glossary.ts";
import { comparisonsTable, measuredTable } from "./tables.ts";

/** The page of a reproduction as one HTML file. It does not assume knowledge of the paper. */
export async function reproductionPage(summary: Summary): Promise<string> {
  const { title, claim, source, verdict, tables, comparisons } = summary;
  const figures = figuresOf(summary);
  const styles = stylesFor(summary);
  const sections: Html[] = [];
  for (const figure of figures) sections.push(await figureSection(figure, styles));
  const parts = tables.map((table) =>
    markup`${tableCard(measuredTable(table), styles)}
${table.note === "" ? null : markup`<p class="soft">${table.note}</p>`}
`
  );
  const content =
    markup`<p class="soft">A reproduction of Meng et al., <i>G-SGD: Optimizing ReLU Neural
Networks in its Positively Scale-Invariant Space</i>, ICLR 2019. ${progressOf(summary)}</p>
<h2>Claim of the paper</h2>
<p class="lead">${claim}</p>
<p class="soft">${source}.</p>
<h2>Result</h2>
<div class="card verdict">${verdict.map((sentence) => markup`<p>${sentence}</p>\n`)}</div>
${differencesOf(summary)}
${glossary(namesOf(summary))}
${sections.length === 0 ? null : markup`<h2>Figures</h2>\n${sections}`}
<h2>Numbers</h2>
${statistics}
${parts}
${comparisons.length === 0 ? null : tableCard(comparisonsTable(comparisons))}
${originOf(summary)}`;
  return page(title, content);
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
  const list = differences.length === 0
    ? markup`<p>None: this is the paper's setting.</p>`
    : markup`<ul>${differences.map((one) => markup`<li>${one}</li>\n`)}</ul>`;
  return markup`<h2>Differences from the paper's setting</h2>
${list}`;
}

function originOf({ command, environment }: Summary): Html {
  const { gspace, deno, system, devices, trainingSeconds, finished } = environment;
  const sentences = [
    `Device: ${devices.join(" and ") || "none yet"}; ${system}, Deno ${deno}, Gspace ${gspace}.`,
    `${hours(trainingSeconds)} of training in total.`,
    finished === null ? "No run is finished." : `Last run finished ${finished}.`,
  ];
  return markup`<h2>Reproduce this page</h2>
<div class="card"><pre>${command}</pre></div>
<p class="soft">${sentences.join(" ")}</p>`;
}

function hours(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return `${(seconds / 3600).toFixed(1)} hours`;
}

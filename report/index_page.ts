import { counted } from "../graph/counted.ts";
import { type Html, markup, page, type PageOptions, stylesOf, tableCard } from "../figures/mod.ts";
import type { Entry, ReproductionEntry, RunEntry } from "./entry.ts";
import { groupRuns } from "./groups.ts";
import { runsTable } from "./runs_table.ts";

/** A result and its folder in the site. */
export interface Placed<Kind extends Entry = Entry> {
  readonly folder: string;
  readonly entry: Kind;
}

/** Renders the page that lists all results: runs as rows of tables, then reproductions as cards. */
export function indexPage(placed: readonly Placed[], options: PageOptions): string {
  const reproductions: Placed<ReproductionEntry>[] = [];
  const runs: Placed<RunEntry>[] = [];
  for (const { folder, entry } of placed) {
    if (entry.kind === "run") runs.push({ folder, entry });
    else reproductions.push({ folder, entry });
  }
  return page(
    "Results",
    markup`<p class="lead">${leadOf(reproductions.length, runs.length)}</p>
${runsOf(runs)}
${reproductionsOf(reproductions)}`,
    options,
  );
}

function leadOf(reproductions: number, runs: number): string {
  const parts = [
    ...(runs > 0 ? [counted(runs, "run")] : []),
    ...(reproductions > 0 ? [`${counted(reproductions, "reproduction")} of the paper`] : []),
  ];
  return `${parts.join(" and ")}. Each page has the command that produced it.`;
}

function reproductionsOf(placed: readonly Placed<ReproductionEntry>[]): Html | null {
  if (placed.length === 0) return null;
  return markup`<h2>Reproductions of the paper</h2>
<div class="entries">
${placed.map(card)}</div>`;
}

function card({ folder, entry }: Placed<ReproductionEntry>): Html {
  const { title, about, finding, command, picture } = entry;
  const file = (name: string) => `${folder}/${encodeURIComponent(name)}`;
  const image = picture === null
    ? null
    : markup`<a href="${file("report.html")}"><img src="${
      file(picture)
    }" alt="Curves of ${title}" loading="lazy"></a>`;
  return markup`<article class="card">
<h3><a href="${file("report.html")}">${title}</a></h3>
<p class="soft">${about}</p>
<p>${finding}</p>
${image}
<p><code>${command}</code></p>
</article>
`;
}

function runsOf(placed: readonly Placed<RunEntry>[]): Html | null {
  if (placed.length === 0) return null;
  const runs = placed.map(({ folder, entry: { facts } }) => ({
    facts,
    href: `${folder}/report.html`,
  }));
  const styles = stylesOf(runs.flatMap(({ facts }) => facts.arms.map(({ arm }) => arm)));
  return markup`<h2>Runs</h2>
${groupRuns(runs).map((group) => tableCard(runsTable(group, styles), styles))}`;
}

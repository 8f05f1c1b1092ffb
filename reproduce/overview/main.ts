/**
 * Writes `docs/results/README.md` from the results in that folder.
 * @module
 */
import { exists } from "../../cli/files.ts";
import { loadExperiments } from "../catalog.ts";
import { readSummary } from "../page/read_summary.ts";
import type { OverviewItem } from "./item.ts";
import { overviewOf } from "./overview.ts";

const folder = "docs/results";

/** The tables and figures of the paper, and the reasons for those that have no results. */
const order: readonly (readonly [what: string, name: string, missing?: string])[] = [
  ["table1", "Table 1, figure 3"],
  ["depth", "Depth"],
  ["width", "Width"],
  ["fig4", "Figure 4, table 6"],
  ["fig5", "Figure 5"],
  ["signs", "Section 11.2, signs"],
  ["theorem-4.1", "Theorem 4.1"],
  ["fig6", "Figure 6"],
  ["table5", "Table 5, figure 7"],
  ["fig8", "Figure 8"],
  [
    "fig9",
    "Figure 9",
    "It needs CIFAR-100, of which only 500 training images were at hand: too few to decide anything.",
  ],
];

const introduction =
  `What \`deno task reproduce\` found on two CPU cores, with smaller networks and less training than in
the paper. A difference **counts** if its paired t test over equal seeds remains significant at 5 %
with Holm's correction over all tests of its page; [below](#how-to-read-this-page) is more on that.`;

const reading = `## How to read this page

The [plan](plan.md) says which runs there are, at which budgets, and by which rule they decide. A
claim is _supported_ if all its differences count, _supported in part_ if some do, _contradicted_ if
some count against it (_in part_ if others count for it), and else _not shown_. That no difference
counts does not mean that there is none: the intervals on the pages say how large it can be. A
difference is that of the first minus the second: if it is negative, the first has the lower loss or
error.

\`report.html\` in each folder (open it in a browser) shows figures and intervals, \`table.md\` has the
same as text, and \`results.jsonl\` every run. If you have a GPU, \`--scale paper\` runs the setting of
the paper. All its tables and figures with results are here; tables 2 to 4 and figures 1 and 2 are
notation and drawings. Every sentence about a result on this page is computed from that result, by
\`deno run --allow-read --allow-write=docs/results reproduce/overview/main.ts\`.`;

/** The text of the page. Reads `docs/results` in the working directory. */
export async function resultsPage(): Promise<string> {
  const experiments = await loadExperiments();
  const items = order.map(
    async ([what, name, missing = "It was not run."]): Promise<OverviewItem> => {
      const experiment = experiments.find((one) => one.what === what);
      if (!experiment) throw new Error(`Cannot write the page of results: there is no ${what}`);
      const path = `${what}-laptop`;
      const hasResults = await exists(`${folder}/${path}/summary.json`);
      const result = hasResults ? await readSummary(`${folder}/${path}/summary.json`) : missing;
      return { name, experiment, folder: hasResults ? path : null, result };
    },
  );
  return overviewOf(await Promise.all(items), { introduction, reading });
}

if (import.meta.main) await Deno.writeTextFile(`${folder}/README.md`, await resultsPage());

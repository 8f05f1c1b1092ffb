import { CommandError } from "../cli/errors.ts";
import { makeFolder, writeText, writeTexts } from "../cli/files.ts";
import { GENERATOR, type Html, markup, page, type PageOptions, tableCard } from "../figures/mod.ts";
import type { Entry } from "./entry.ts";

/** A result and its folder in the site. */
interface Placed {
  readonly folder: string;
  readonly entry: Entry;
}

/**
 * Writes one folder per result and an index of them all. Resolves to the path of the index.
 * @throws {CommandError} if the folder contains an index.html that this command did not write
 */
export async function writeSite(
  out: string,
  results: ReadonlyMap<string, Entry>,
  options: PageOptions = {},
): Promise<string> {
  const index = `${out}/index.html`;
  await checkIsOurs(out, index);
  const placed = placeAll(results);
  for (const { folder, entry } of placed) {
    await makeFolder(`${out}/${folder}`);
    await writeTexts(`${out}/${folder}`, entry.files);
  }
  await writeText(index, indexPage(placed, options));
  return index;
}

/** Assigns a folder to each result, named after its path, with characters that are safe in URLs. */
function placeAll(results: ReadonlyMap<string, Entry>): readonly Placed[] {
  const taken = new Set<string>();
  return [...results].map(([path, entry]) => {
    const base = path.replace(/[^\w.-]+/g, "-").replace(/^[-.]+/, "") || "result";
    let folder = base;
    for (let n = 2; taken.has(folder); n++) folder = `${base}-${n}`;
    taken.add(folder);
    return { folder, entry };
  });
}

function indexPage(placed: readonly Placed[], options: PageOptions): string {
  const of = (kind: Entry["kind"]) => placed.filter(({ entry }) => entry.kind === kind);
  return page(
    "Results",
    markup`<p class="lead">All runs and reproductions, with the commands that produced them.</p>
${sectionOf("Reproductions of the paper", of("reproduction"))}
${sectionOf("Runs", of("run"))}`,
    options,
  );
}

function sectionOf(title: string, placed: readonly Placed[]): Html | null {
  if (placed.length === 0) return null;
  return markup`<h2>${title}</h2>
<div class="entries">
${placed.map(card)}</div>`;
}

function card({ folder, entry }: Placed): Html {
  const { title, about, finding, styles, command, picture } = entry;
  const file = (name: string) => `${folder}/${encodeURIComponent(name)}`;
  const image = picture === null
    ? null
    : markup`<a href="${file("report.html")}"><img src="${
      file(picture)
    }" alt="Curves of ${title}" loading="lazy"></a>`;
  return markup`<article class="card">
<h3><a href="${file("report.html")}">${title}</a></h3>
<p class="soft">${about}</p>
${typeof finding === "string" ? markup`<p>${finding}</p>` : tableCard(finding, styles)}
${image}
<p><code>${command}</code></p>
</article>
`;
}

/**
 * Makes a folder for a site.
 * @throws {CommandError} if its index is there already, and is not from a command of this project
 */
export async function checkIsOurs(out: string, index: string): Promise<void> {
  await makeFolder(out);
  const mark = markup`<meta name="generator" content="${GENERATOR}">`.text;
  try {
    if ((await Deno.readTextFile(index)).includes(mark)) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (!(error instanceof Deno.errors.IsADirectory)) throw error;
  }
  throw new CommandError(
    `Cannot write the site to ${out}: it contains an index.html that this command did not write: ` +
      "choose another folder with --out",
  );
}

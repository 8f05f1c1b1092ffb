import { CommandError } from "../cli/errors.ts";
import { makeFolder, writeText, writeTexts } from "../cli/files.ts";
import { GENERATOR, markup, type PageOptions } from "../figures/mod.ts";
import type { Entry } from "./entry.ts";
import { indexPage, type Placed } from "./index_page.ts";

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

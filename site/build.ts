import { CommandError } from "../cli/errors.ts";
import { makeFolder, writeText } from "../cli/files.ts";
import { entryOf } from "../report/entry.ts";
import { findResults } from "../report/find.ts";
import { checkIsOurs, writeSite } from "../report/site.ts";
import { writeReference } from "./api/write.ts";
import { docPages, pictures } from "./docs/pages.ts";
import { frontPage } from "./front.ts";
import { gspacePage } from "./gspace/page.ts";
import { type Page, render } from "./page/shell.ts";
import { siteStyle } from "./page/style.ts";
import { referencePage } from "./reference.ts";
import { writeScripts } from "./scripts.ts";
import { trainPage } from "./train/page.ts";

/** Published results of the repository. */
const RESULTS = "docs/results";

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" ` +
  `height="16" rx="3" fill="#2f4fb5"/><path d="M3 12L8 4l5 8" fill="none" stroke="#fff" ` +
  `stroke-width="2"/></svg>`;

/** What to build. */
export interface SiteOptions {
  /** Folder to write the site to. */
  readonly out: string;
  /** Whether the site has the reference of the API, which takes most of the time. */
  readonly api: boolean;
}

/**
 * Builds the site. Resolves to the path of its first page.
 * @throws {CommandError} if the folder contains an index.html that is not from this project
 */
export async function buildSite({ out, api }: SiteOptions): Promise<string> {
  const index = `${out}/${frontPage.path}`;
  await checkIsOurs(out, index);
  await writeScripts(out);
  if (api) await writeReference(`${out}/api`);
  await writeResults(`${out}/results`);
  const reference = api ? [await referencePage()] : [];
  const pages = [frontPage, gspacePage, trainPage, ...reference, ...await docPages()];
  await writePages(out, pages, new Set([...pages.map(({ path }) => path), "results/index.html"]));
  for (const path of pictures) await writeText(`${out}/${path}`, await Deno.readTextFile(path));
  await writeText(`${out}/style.css`, siteStyle);
  await writeText(`${out}/icon.svg`, icon);
  return index;
}

async function writePages(
  out: string,
  pages: readonly Page[],
  places: ReadonlySet<string>,
): Promise<void> {
  const folders = [...pages.map(({ path }) => path), ...pictures]
    .map((path) => `${out}/${path}`.replace(/\/[^/]*$/, ""));
  for (const folder of new Set(folders)) await makeFolder(folder);
  for (const page of pages) await writeText(`${out}/${page.path}`, render(page, places));
}

/** The results that are in the repository, as `deno task report` shows them. */
async function writeResults(out: string): Promise<void> {
  const results = await findResults(RESULTS);
  const entries = await Promise.all(
    results.map(async (found) => [found.path, await entryOf(found)] as const),
  );
  if (entries.length === 0) throw new CommandError(`Cannot build the site: ${RESULTS} is empty`);
  await writeSite(out, new Map(entries), { index: { href: "../index.html", text: "Gspace" } });
}

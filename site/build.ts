import { makeFolder, writeText } from "../cli/files.ts";
import { CommandError } from "../cli/errors.ts";
import { gspacePage } from "./gspace/page.ts";
import { type Page, render } from "./page/shell.ts";
import { siteStyle } from "./page/style.ts";

/** Script files of the site, and the modules that they are made of. */
const bundles = [["gspace.js", "site/gspace/main.js"]] as const;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" ` +
  `height="16" rx="3" fill="#2f4fb5"/><path d="M3 12L8 4l5 8" fill="none" stroke="#fff" ` +
  `stroke-width="2"/></svg>`;

/** Builds the site. Resolves to the path of its first page. */
export async function buildSite(out: string): Promise<string> {
  await makeFolder(out);
  for (const [name, entry] of bundles) await bundle(entry, `${out}/${name}`);
  const pages: readonly Page[] = [gspacePage];
  const paths = new Set(pages.map(({ path }) => path));
  for (const page of pages) {
    await makeFolder(`${out}/${page.path}`.replace(/\/[^/]*$/, ""));
    await writeText(`${out}/${page.path}`, render(page, paths));
  }
  await writeText(`${out}/style.css`, siteStyle);
  await writeText(`${out}/icon.svg`, icon);
  return `${out}/${pages[0]!.path}`;
}

/** A classic script, because browsers load no modules from files. */
async function bundle(entry: string, path: string): Promise<void> {
  await runDeno([
    ...["bundle", "--quiet", "--no-lock", "--platform=browser", "--minify", "--format=iife"],
    ...["--output", path, entry],
  ]);
}

async function runDeno(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args] }).output();
  if (success) return;
  const [action] = args;
  throw new CommandError(
    `Cannot build the site: deno ${action}: ${new TextDecoder().decode(stderr)}`,
  );
}

import { makeFolder, writeText } from "../cli/files.ts";
import { CommandError } from "../cli/errors.ts";
import { dataFolder } from "../datasets/data_file.ts";
import { fashionMnist7x7File } from "../datasets/fashion_mnist_7x7.ts";
import { trainPage } from "./train/page.ts";
import { gspacePage } from "./gspace/page.ts";
import { type Page, render } from "./page/shell.ts";
import { siteStyle } from "./page/style.ts";

/** Script files of the site, and the modules that they are made of. */
const bundles = [
  ["gspace.js", "site/gspace/main.js"],
  ["train.js", "site/train/main.js"],
  ["train-worker.js", "site/train/worker.js"],
] as const;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" ` +
  `height="16" rx="3" fill="#2f4fb5"/><path d="M3 12L8 4l5 8" fill="none" stroke="#fff" ` +
  `stroke-width="2"/></svg>`;

/** Builds the site. Resolves to the path of its first page. */
export async function buildSite(out: string): Promise<string> {
  await makeFolder(out);
  for (const [name, entry] of bundles) await bundle(entry, `${out}/${name}`);
  await setGlobal(
    `${out}/train-worker.js`,
    "gspaceWorker",
    (bytes) => new TextDecoder().decode(bytes),
  );
  const data = new URL(fashionMnist7x7File.file, dataFolder());
  await setGlobal(`${out}/fashion-mnist-7x7.js`, "gspaceData", (bytes) => bytes.toBase64(), data);
  const pages: readonly Page[] = [gspacePage, trainPage];
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

/**
 * Writes a script that sets a global variable to the text of a file: pages that are opened as files
 * can read other files only as scripts.
 */
async function setGlobal(
  path: string,
  name: string,
  textOf: (bytes: Uint8Array<ArrayBuffer>) => string,
  source: string | URL = path,
): Promise<void> {
  const text = textOf(await Deno.readFile(source));
  await writeText(path, `globalThis.${name} = ${JSON.stringify(text)};\n`);
}

async function runDeno(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args] }).output();
  if (success) return;
  const [action] = args;
  throw new CommandError(
    `Cannot build the site: deno ${action}: ${new TextDecoder().decode(stderr)}`,
  );
}

import { writeText } from "../cli/files.ts";
import { dataFolder } from "../datasets/data_file.ts";
import { fashionMnist7x7File } from "../datasets/fashion_mnist_7x7.ts";
import { runDeno } from "../tools/run_deno.ts";

/** Script files of the site, and the modules that they are made of. */
const bundles = [
  ["gspace.js", "site/gspace/main.js"],
  ["train.js", "site/train/main.js"],
  ["train-worker.js", "site/train/worker.js"],
] as const;

/** Writes the scripts of the pages, and the data that they load. */
export async function writeScripts(out: string): Promise<void> {
  for (const [name, entry] of bundles) await bundle(entry, `${out}/${name}`);
  const worker = `${out}/train-worker.js`;
  await writeGlobal(worker, "gspaceWorker", await Deno.readTextFile(worker));
  const data = await Deno.readFile(new URL(fashionMnist7x7File.file, dataFolder()));
  await writeGlobal(`${out}/fashion-mnist-7x7.js`, "gspaceData", data.toBase64());
}

/** Makes a classic script, because browsers load no modules from files. */
async function bundle(entry: string, path: string): Promise<void> {
  const flags = ["--quiet", "--platform=browser", "--minify", "--format=iife"];
  await runDeno("build the site", ["bundle", ...flags, "--output", path, entry]);
}

/**
 * Writes a script that sets a global variable to a text: pages that are opened as files can read
 * other files only as scripts.
 */
async function writeGlobal(path: string, name: string, text: string): Promise<void> {
  await writeText(path, `globalThis.${name} = ${JSON.stringify(text)};\n`);
}

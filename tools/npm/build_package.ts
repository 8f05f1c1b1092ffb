/** Builds the npm package: JavaScript of ES2022 and types, one file of each for each source file. */
import { makeFolder, writeText } from "../../cli/files.ts";
import { CommandError } from "../../cli/errors.ts";
import config from "../../deno.json" with { type: "json" };
import { runDeno } from "../run_deno.ts";
import { manifest, modules, onPages } from "./manifest.ts";

/** Files that are copied as they are, and folders of such files. */
const documents = ["README.md", "LICENSE"] as const;
const folders = ["datasets/data"] as const;

/** Options of the TypeScript compiler. The types are those that `deno task check` has checked. */
const compilerOptions: Readonly<Record<string, string>> = {
  target: "es2022",
  module: "esnext",
  moduleResolution: "bundler",
  lib: "es2024,esnext.disposable,dom,dom.iterable,dom.asynciterable",
  rootDir: ".",
  declaration: "true",
  noCheck: "true",
  strict: "true",
  rewriteRelativeImportExtensions: "true",
  verbatimModuleSyntax: "true",
};

/**
 * Builds the package in an empty or missing folder, or in one that it has built before. Runs in the
 * root of the repository.
 * @throws {CommandError} if the folder has other contents, or the compiler fails
 */
export async function buildPackage(out: string): Promise<void> {
  await clear(out);
  await runDeno("build the package", [
    ...["run", "--quiet", "--allow-read", "--allow-write", "--allow-env", "--allow-sys"],
    ...["--allow-run", `${config.imports.typescript}/tsc`],
    ...Object.entries(compilerOptions).flatMap(([name, value]) => [`--${name}`, value]),
    ...["--outDir", out, ...modules.values(), ...onPages.values()],
  ]);
  await adaptDeclarations(out);
  for (const path of documents) await Deno.copyFile(path, `${out}/${path}`);
  for (const folder of folders) {
    await makeFolder(`${out}/${folder}`);
    for await (const { name } of Deno.readDir(folder)) {
      await Deno.copyFile(`${folder}/${name}`, `${out}/${folder}/${name}`);
    }
  }
  await writeText(`${out}/package.json`, `${JSON.stringify(manifest(), null, 2)}\n`);
}

/** Removes an earlier package. */
async function clear(out: string): Promise<void> {
  await makeFolder(out);
  const names: string[] = [];
  for await (const { name } of Deno.readDir(out)) names.push(name);
  if (names.length > 0 && !names.includes("package.json")) {
    throw new CommandError(`Cannot build the package in ${out}: the folder has other contents`);
  }
  for (const name of names) await Deno.remove(`${out}/${name}`, { recursive: true });
}

/**
 * Makes declarations independent of Deno and of the compiler's settings: the compiler keeps the names
 * of source files there, and the types of disposables may have to be loaded.
 */
async function adaptDeclarations(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await adaptDeclarations(path);
    if (!name.endsWith(".d.ts")) continue;
    const specifiers = /((?:\bfrom |\bimport\(|^import )"\.[^"]*)\.ts"/gm;
    const text = (await Deno.readTextFile(path)).replace(specifiers, '$1.js"')
      .replaceAll("Deno.PointerValue", "object | null");
    const isShared = path.endsWith("graph/dispose.d.ts");
    const header = isShared ? '/// <reference lib="esnext.disposable" />\n' : "";
    await Deno.writeTextFile(path, header + text);
  }
}

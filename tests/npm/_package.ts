/** The package for npm as its users have it. */
import * as esbuild from "esbuild";
import { decoders } from "../../tools/npm/manifest.ts";
import { buildPackage } from "../../tools/npm/build_package.ts";
import { temporaryFolder } from "../cli/command.ts";
import { run } from "../portable/_bundle.ts";

/** Builds the package into the `node_modules` of an empty project, and returns the project's folder. */
export async function projectWithPackage(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporaryFolder();
  await buildPackage(packageIn(folder.path));
  await Deno.writeTextFile(`${folder.path}/package.json`, `{ "type": "module" }\n`);
  return folder;
}

/** Installs the package in an empty project as `npm install gspace-gspace-0.1.0.tgz` does. */
export async function projectWithInstalled(): Promise<AsyncDisposable & { readonly path: string }> {
  await using built = await projectWithPackage();
  const folder = await temporaryFolder();
  const { path } = folder;
  const packed = await run("npm", [
    ...["pack", "--silent", "--pack-destination", path, packageIn(built.path)],
  ]);
  await Deno.writeTextFile(`${path}/package.json`, `{ "type": "module" }\n`);
  await run("npm", [
    ...["install", "--prefix", path, "--prefer-offline", "--no-audit", "--no-fund"],
    `${path}/${packed.trim()}`,
  ]);
  return folder;
}

/** The folder of the package in a project's folder. */
const FOLDER = "node_modules/@gspace/gspace/";

/** The folder of the package in a project. */
export function packageIn(project: string): string {
  return `${project}/${FOLDER.slice(0, -1)}`;
}

/** Bundles a program for browsers, minified; returns the bytes of its files. */
export async function bundleWhole(project: string, program: string): Promise<number> {
  const { metafile } = await bundle(project, program, {});
  return Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** A program in parts, most of which a page downloads only when it needs them. */
export interface SplitBundle {
  /** Copies the files of which `bytesWith` gives the bytes into a folder. */
  copyWith(modules: readonly string[], folder: string): Promise<void>;
  /** Bytes that a page downloads at first, or with some modules of the package that it loads later. */
  bytesWith(modules: readonly string[]): number;
  /** The modules of the package that are in any of its files. */
  readonly modules: readonly string[];
}

/** Bundles a program for browsers, minified, in parts. */
export async function bundleInParts(project: string, program: string): Promise<SplitBundle> {
  const { metafile: { outputs } } = await bundle(project, program, { splitting: true });
  const fileOf = (entry: string): string => {
    const file = Object.keys(outputs).find((file) => outputs[file]!.entryPoint === entry);
    if (file === undefined) throw new Error(`no part of the bundle is for ${entry}`);
    return file;
  };
  const filesWith = (modules: readonly string[]): string[] => {
    const loaded = modules.map((name) => fileOf(FOLDER + name));
    const files = new Set([fileOf(program), ...loaded]);
    for (const file of files) {
      const imports = outputs[file]!.imports.filter(({ kind }) => kind === "import-statement");
      imports.forEach(({ path }) => files.add(path));
    }
    return [...files];
  };
  return {
    async copyWith(modules, folder) {
      for (const file of filesWith(modules)) {
        await Deno.copyFile(`${project}/${file}`, `${folder}/${file.replace(/^.*\//, "")}`);
      }
    },
    bytesWith: (modules) => filesWith(modules).reduce((sum, file) => sum + outputs[file]!.bytes, 0),
    modules: Object.values(outputs).flatMap(({ inputs }) =>
      Object.keys(inputs).filter((name) => name.startsWith(FOLDER))
        .map((name) => name.slice(FOLDER.length))
    ),
  };
}

async function bundle(
  project: string,
  program: string,
  options: Pick<esbuild.BuildOptions, "splitting">,
): Promise<esbuild.BuildResult<{ metafile: true }>> {
  await Deno.copyFile(`${import.meta.dirname}/programs/${program}`, `${project}/${program}`);
  try {
    return await esbuild.build({
      absWorkingDir: project,
      entryPoints: [program],
      outdir: `${project}/bundle`,
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      metafile: true,
      external: [...decoders],
      logLevel: "warning",
      ...options,
    });
  } finally {
    await esbuild.stop();
  }
}

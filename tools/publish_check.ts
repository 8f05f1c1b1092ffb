// Runs `deno publish --dry-run`, and fails if the package would contain unexpected files.
//
// Publishing ignores import maps. So if JSR cannot be reached, this runs in a temporary copy whose
// deno.json links the replacements in tools/offline as if they were the real packages.
import config from "../deno.json" with { type: "json" };
import offline from "./offline/import_map.json" with { type: "json" };
import { rooms } from "../tests/rooms.ts";

const root = new URL("../", import.meta.url);

/**
 * Files that may be published: the project's documents, the sources of the rooms, the page of
 * `live`, and the bundled datasets.
 */
const EXPECTED = new RegExp(
  String.raw`^(?:mod\.ts|deno\.json|README\.md|LICENSE|(?:${
    [...rooms.keys()].join("|")
  })/.+\.ts|(?:${
    [...rooms.keys()].join("|")
  })/README\.md|datasets/data/[^/]+|live/client/\w+\.(?:js|css|html))$`,
);

async function run(args: readonly string[], cwd: URL): Promise<[number, string]> {
  const [command = "", ...rest] = args;
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: rest,
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
}

async function isJsrReachable(): Promise<boolean> {
  const [code, output] = await run([Deno.execPath(), "run", "-q", "tools/std_flags.ts"], root);
  if (code !== 0) throw new Error(`tools/std_flags.ts failed:\n${output}`);
  return !output.includes("--import-map");
}

/** Copies files that git tracks or would track, and no others. */
async function copyRepository(target: string): Promise<void> {
  const list = ["git", "ls-files", "--cached", "--others", "--exclude-standard"];
  const [code, output] = await run(list, root);
  if (code !== 0) throw new Error(`Cannot list the files with git:\n${output}`);
  for (const path of output.trim().split("\n")) {
    const copy = `${target}/${path}`;
    await Deno.mkdir(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(new URL(path, root), copy).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // deleted, not yet committed
    });
  }
}

/** Makes a package of the replacements for each `@std` package, and returns the folders. */
async function linkStandIns(target: string): Promise<readonly string[]> {
  const packages = new Map<string, Record<string, string>>();
  for (const [specifier, file] of Object.entries(offline.imports)) {
    if (file.startsWith("npm:")) continue;
    const name = specifier.split("/").slice(0, 2).join("/");
    const entry = `.${specifier.slice(name.length)}`;
    packages.set(name, { ...packages.get(name), [entry]: file });
  }
  const folders: string[] = [];
  for (const [name, exports] of packages) {
    const folder = `${target}/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    for await (const { name: file } of Deno.readDir(new URL("offline/", import.meta.url))) {
      if (!file.endsWith(".ts")) continue;
      await Deno.copyFile(new URL(`offline/${file}`, import.meta.url), `${folder}/${file}`);
    }
    const range = Object.entries(config.imports).find(([key]) => key === name)?.[1] ?? "";
    const version = /@\^(\d+\.\d+\.\d+)$/.exec(range)?.[1];
    if (version === undefined) {
      throw new Error(
        `Cannot find the version of ${name} in deno.json: current range is "${range}"`,
      );
    }
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ name, version, exports }));
    folders.push(folder);
  }
  return folders;
}

async function prepareCopy(scratch: string): Promise<string> {
  const copy = `${scratch}/repository`;
  await copyRepository(copy);
  const links = await linkStandIns(`${scratch}/standins`);
  await Deno.writeTextFile(`${copy}/deno.json`, JSON.stringify({ ...config, links }, null, 2));
  return copy;
}

/** The files that the dry run would publish, relative to its folder. */
function publishedFiles(output: string, folder: URL): readonly string[] {
  const paths = [...output.matchAll(/^\s+(file:\/\/\S+) \(/gm)].map(([, path = ""]) => path);
  return paths.map((path) => path.startsWith(folder.href) ? path.slice(folder.href.length) : path);
}

async function rehearse(folder: URL): Promise<boolean> {
  const dryRun = [Deno.execPath(), "publish", "--dry-run", "--allow-dirty", ...Deno.args];
  const [code, output] = await run(dryRun, folder);
  console.log(output);
  if (code !== 0) return false;
  const files = publishedFiles(output, folder);
  const stray = files.filter((file) => !EXPECTED.test(file));
  if (files.length === 0) console.error("error: no files would be published");
  if (stray.length > 0) {
    console.error(`error: these files must not be published:\n  ${stray.join("\n  ")}`);
  }
  return files.length > 0 && stray.length === 0;
}

const scratch = await Deno.realPath(await Deno.makeTempDir());
try {
  const inPlace = await isJsrReachable();
  console.log(
    `Dry run of deno publish ${inPlace ? "in place" : "in a copy, with tools/offline linked"}`,
  );
  const folder = inPlace ? root : new URL(`file://${await prepareCopy(scratch)}/`);
  if (!await rehearse(folder)) Deno.exitCode = 1;
} finally {
  await Deno.remove(scratch, { recursive: true });
}

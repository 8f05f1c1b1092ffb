// Rehearses `deno publish`, and fails if the package would hold a file it should not.
//
// Publishing ignores import maps, so where JSR cannot be reached the rehearsal runs in a scratch
// copy whose deno.json links the stand-ins of tools/offline as if they were the real packages.
import config from "../deno.json" with { type: "json" };
import offline from "./offline/import_map.json" with { type: "json" };
import { rooms } from "../tests/rooms.ts";

const root = new URL("../", import.meta.url);

/**
 * What may be published: the papers, the sources of the rooms, the page that `live` serves, and
 * the datasets that we ship.
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

/** Copies what git tracks, or would track, so that nothing else can slip in. */
async function copyRepository(target: string): Promise<void> {
  const list = ["git", "ls-files", "--cached", "--others", "--exclude-standard"];
  const [code, output] = await run(list, root);
  if (code !== 0) throw new Error(`git could not list the files:\n${output}`);
  for (const path of output.trim().split("\n")) {
    const copy = `${target}/${path}`;
    await Deno.mkdir(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(new URL(path, root), copy).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // deleted, not yet committed
    });
  }
}

/** Makes a package of the stand-ins for each `@std` package; returns the folders. */
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
    if (version === undefined) throw new Error(`No version of ${name} in deno.json: ${range}`);
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

/** The files that the dry run says it would publish, relative to the folder it ran in. */
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
  if (files.length === 0) console.error("No file would be published.");
  if (stray.length > 0) console.error(`Not to be published:\n  ${stray.join("\n  ")}`);
  return files.length > 0 && stray.length === 0;
}

const scratch = await Deno.realPath(await Deno.makeTempDir());
try {
  const inPlace = await isJsrReachable();
  console.log(`Rehearsing in ${inPlace ? "place" : "a copy, with the stand-ins linked"}`);
  const folder = inPlace ? root : new URL(`file://${await prepareCopy(scratch)}/`);
  if (!await rehearse(folder)) Deno.exitCode = 1;
} finally {
  await Deno.remove(scratch, { recursive: true });
}

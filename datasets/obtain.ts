/**
 * Obtains the files of a public dataset from a folder of the user, or from the cache, which is filled
 * by downloads on first use.
 * @module
 */
import { escapeControls, FileError } from "../checkpoint/mod.ts";
import { cacheFolder, cacheVariables } from "./cache_folder.ts";
import type { Bytes, CanonicalSet, FileContents } from "./canonical.ts";
import { canonicalSets, hostsOf } from "./catalog.ts";
import { readDataFolder } from "./data_folder.ts";
import { DatasetError } from "./dataset.ts";
import { download, DownloadError, type DownloadOptions, readVerified } from "./download.ts";
import { missingData } from "./missing_data.ts";
import { type Place, showPlace, within } from "./place.ts";
import { unpack } from "./unpack.ts";

/** Where the files of a public dataset come from. */
export interface ObtainOptions {
  /** A folder with the files. If set, nothing is downloaded. */
  readonly dataDir?: string | URL;
  /** Folder for downloads, with a subfolder for each dataset. Default: the system's cache folder. */
  readonly cacheDir?: string | URL;
  /** Whether to accept files in `dataDir` that do not match the published checksums. */
  readonly allowUnverified?: boolean;
  /** Called with each warning. Default: `console.warn`. */
  readonly onWarning?: (message: string) => void;
  /** Progress, timeouts, and retries of downloads. */
  readonly download?: DownloadOptions;
}

/**
 * Obtains the decompressed and verified files.
 *
 * @throws {DatasetError} if they are missing and cannot be downloaded, or do not match
 */
export async function obtainFiles(
  set: CanonicalSet,
  options: ObtainOptions = {},
): Promise<FileContents> {
  if (typeof Deno === "undefined") throw noFileSystem(set);
  const { dataDir, allowUnverified = false, onWarning = warn } = options;
  if (dataDir === undefined) return await fromCache(set, options);
  const others = [...canonicalSets.values()].filter(({ name }) => name !== set.name);
  return await readDataFolder(set, dataDir, { allowUnverified, onWarning, others });
}

async function fromCache(set: CanonicalSet, options: ObtainOptions): Promise<FileContents> {
  const root = options.cacheDir ?? defaultCache(set);
  const folder = within(root, set.name);
  const files = new Map<string, Bytes>();
  for (const file of set.downloads) {
    const job = { dataset: set.name, file, hosts: hostsOf(set), folder };
    let bytes: Bytes;
    try {
      bytes = await readVerified(folder, file) ?? await download(job, options.download);
    } catch (error) {
      throw explain(error, set, { root, folder, name: file.name });
    }
    for (const [name, content] of await unpack(set, file, bytes)) files.set(name, content);
  }
  return files;
}

function defaultCache(set: CanonicalSet): Place {
  const { os } = Deno.build;
  try {
    const root = cacheFolder({ os, variable: (name) => Deno.env.get(name) });
    if (root !== undefined) return `${root}/datasets`;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw missingData(set, {
      details: ["the cache folder is not known: permission to read the environment is missing"],
      flags: flagsFor(set, "<cache folder>", os),
      reason: "permission",
      cause,
    });
  }
  throw missingData(set, {
    details: [
      `the cache folder is not known: ${cacheVariables(os).join(" or ")} must be set, ` +
      `or cacheDir be given`,
    ],
    flags: flagsFor(set, "<cache folder>", os),
  });
}

/** The missing flags for loading from the cache and downloading to it; empty if none. */
function flagsFor(set: CanonicalSet, root: Place, os?: string): string {
  const hosts = hostsOf(set);
  const path = root === "" ? {} : { path: root };
  const variables = os === undefined ? [] : cacheVariables(os);
  const needed: readonly Deno.PermissionDescriptor[] = [
    ...hosts.map((host) => ({ name: "net", host }) as const),
    { name: "read", ...path },
    { name: "write", ...path },
    ...variables.map((variable) => ({ name: "env", variable }) as const),
  ];
  if (needed.every((one) => Deno.permissions.querySync(one).state === "granted")) return "";
  return [
    `--allow-net=${hosts.join(",")}`,
    `--allow-read=${showPlace(root)}`,
    `--allow-write=${showPlace(root)}`,
    ...(os === undefined ? [] : [`--allow-env=${variables.join(",")}`]),
  ].join(" ");
}

function explain(
  error: unknown,
  set: CanonicalSet,
  { root, folder, name }: { readonly root: Place; readonly folder: Place; readonly name: string },
): unknown {
  const isDenied = (error instanceof FileError && error.reason === "permission not granted") ||
    (error instanceof DatasetError && error.reason === "permission");
  const lacking = `${name} is not in ${showPlace(folder)}`;
  const flags = flagsFor(set, root);
  if (error instanceof DownloadError) {
    return missingData(set, { details: [lacking, ...error.failures], flags, cause: error });
  }
  if (isDenied) {
    const details = [`${name}: permission to use ${showPlace(folder)} is missing`];
    return missingData(set, { details, flags, reason: "permission", cause: error });
  }
  if (!(error instanceof FileError)) return error;
  return new DatasetError(set.name, `Cannot load dataset "${set.name}": ${error.message}`, {
    reason: "storage",
    cause: error,
  });
}

function noFileSystem(set: CanonicalSet): DatasetError {
  return new DatasetError(
    set.name,
    `Cannot load dataset "${set.name}": there is no file system here: pass the contents of its ` +
      `files to datasetFromFiles`,
    { reason: "missing" },
  );
}

function warn(message: string): void {
  console.warn(escapeControls(message));
}

/**
 * Atomic file writes: a file always has its old or its new contents, even after a crash.
 *
 * All disk access of this room is here. Writing needs `--allow-read` and `--allow-write` for the
 * folder; reading needs `--allow-read` for the file.
 * @module
 */
import { checkOptions, numberIn, optional } from "../graph/mod.ts";
import { FileError, type FileErrorReason } from "./errors.ts";

/** Options for {@link readFileChecked}. */
export interface ReadFileOptions {
  /** Maximum size of the file in bytes. Default: no limit. */
  readonly maxBytes?: number;
}

/**
 * Reads a whole regular file.
 *
 * @throws {FileError} naming the path and the reason
 */
export async function readFileChecked(
  path: string | URL,
  options: ReadFileOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("read a file", options, { maxBytes: optional(numberIn("[0, Infinity]")) });
  const { maxBytes = Infinity } = options;
  const info = await attempt("read", path, () => Deno.stat(path));
  if (info.isDirectory) throw refuse("read", path, "is a directory");
  // A device or a pipe may never end.
  if (!info.isFile) throw refuse("read", path, "not a regular file");
  if (info.size > maxBytes) {
    const sizes = `at most ${maxBytes} bytes are read, it has ${info.size}`;
    throw refuse("read", path, "too large", sizes);
  }
  return await attempt("read", path, () => Deno.readFile(path));
}

/**
 * Replaces the contents of a file atomically.
 *
 * Writes a temporary file in the same folder, flushes it to disk, renames it to `path`, and flushes
 * the folder. If anything fails, the old file is unchanged and the temporary file is removed. A
 * killed process may leave a `.tmp` file, but never a partly written `path`.
 *
 * @throws {FileError} naming the path and the reason
 */
export async function writeFileAtomic(path: string | URL, bytes: Uint8Array): Promise<void> {
  const contents = bytes.slice(); // later changes of `bytes` do not affect the file
  await attempt("write", path, async () => {
    const target = pathOf("write", path);
    const { folder, base } = splitPath(target);
    const temporary = `${folder}.${base}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    if (base === "" || (await isDirectory(target))) throw new Deno.errors.IsADirectory();
    // Opened first, so that a folder that cannot be flushed is found before anything is written.
    const directory = await openFolder(folder === "" ? "." : folder);
    try {
      await replaceFile(target, temporary, contents);
      await directory?.sync();
    } finally {
      directory?.close();
    }
  });
}

/**
 * Appends bytes to a file. If this fails midway, only the end of the file may be incomplete.
 *
 * @throws {FileError} naming the path and the reason
 */
export async function appendFileChecked(path: string | URL, bytes: Uint8Array): Promise<void> {
  const contents = bytes.slice();
  await attempt("write", path, () => Deno.writeFile(path, contents, { append: true }));
}

/** An entry of a folder. */
export interface FolderEntry {
  /** Its name. */
  readonly name: string;
  /** What it is, or what a link leads to; `other` is a device or a pipe. */
  readonly kind: "file" | "folder" | "other";
}

/** A link to nothing is listed as a file, so that reading it says what is wrong. */
const BROKEN_LINK = { isFile: true, isDirectory: false };

/**
 * Lists a folder, sorted by name. Links are followed.
 *
 * @throws {FileError} naming the path and the reason
 */
export async function readFolderChecked(path: string | URL): Promise<readonly FolderEntry[]> {
  return await attempt("read", path, async () => {
    const base = pathOf("read", path);
    const entries: FolderEntry[] = [];
    for await (const entry of Deno.readDir(path)) {
      const { name } = entry;
      const info = entry.isSymlink
        ? await Deno.stat(`${base}/${name}`).catch(() => BROKEN_LINK)
        : entry;
      entries.push({ name, kind: info.isFile ? "file" : info.isDirectory ? "folder" : "other" });
    }
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  });
}

/**
 * Reads a file that {@link readFolderChecked} has listed as one.
 *
 * @throws {FileError} naming the path and the reason
 */
export async function readListedFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await attempt("read", path, () => Deno.readFile(path));
}

/**
 * Removes the temporary files that killed processes left in a folder. No other process may be
 * writing there, because the file that it writes would be lost.
 *
 * @throws {FileError} naming the path and the reason
 */
export async function removeLeftovers(folder: string): Promise<void> {
  await attempt("write", folder, async () => {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && TEMPORARY.test(name)) await Deno.remove(`${folder}/${name}`);
    }
  });
}

/** The names of temporary files of `writeFileAtomic`. */
const TEMPORARY = /^\..+\.[0-9a-f]{8}\.tmp$/;

async function replaceFile(target: string, temporary: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeAndFlush(temporary, bytes);
    await renameOver(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // report the first error
    throw error;
  }
}

/** How often, and after how many milliseconds, a file is replaced that others have open. */
const [ATTEMPTS, PAUSE] = [20, 25];

/** On Windows, a file cannot be replaced while another process reads or replaces it: tries again. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      const mayPass = Deno.build.os === "windows" && attempt < ATTEMPTS &&
        error instanceof Deno.errors.PermissionDenied && !await isDirectory(to);
      if (!mayPass) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function writeAndFlush(path: string, bytes: Uint8Array): Promise<void> {
  const file = await Deno.open(path, { write: true, createNew: true });
  try {
    let written = 0;
    while (written < bytes.length) {
      written += await file.write(bytes.subarray(written));
    }
    await file.sync();
  } finally {
    file.close();
  }
}

/** Opens a folder for flushing; `undefined` on Windows, which cannot flush folders. */
async function openFolder(folder: string): Promise<Deno.FsFile | undefined> {
  if (Deno.build.os === "windows") return undefined;
  return await Deno.open(folder, { read: true });
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function splitPath(path: string): { readonly folder: string; readonly base: string } {
  const separators = Deno.build.os === "windows" ? /[\\/]/ : /\//;
  const parts = path.split(separators);
  const base = parts[parts.length - 1] ?? "";
  return { folder: path.slice(0, path.length - base.length), base };
}

/** The path of a `file:` URL, or the path itself. `action` is for the error. */
export function pathOf(action: "read" | "write", path: string | URL): string {
  if (typeof path === "string") return path;
  if (path.protocol !== "file:") {
    throw refuse(action, path, "not a regular file", "not a file: URL");
  }
  const decoded = decodeURIComponent(path.pathname);
  return Deno.build.os === "windows" ? decoded.replace(/^\/(?=[A-Za-z]:)/, "") : decoded;
}

async function attempt<T>(
  action: "read" | "write",
  path: string | URL,
  run: () => Promise<T>,
): Promise<T> {
  if (typeof Deno === "undefined") {
    throw refuse(action, path, "no file access", "files require Deno: elsewhere, pass their bytes");
  }
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const reason = reasonOf(cause);
    throw refuse(action, path, reason, detailOf(action, reason, cause), cause);
  }
}

function refuse(
  action: "read" | "write",
  path: string | URL,
  reason: FileErrorReason,
  detail?: string,
  cause?: unknown,
): FileError {
  const shown = typeof path === "string" ? path : path.href;
  const suffix = detail === undefined ? "" : ` (${detail})`;
  return new FileError(`Cannot ${action} ${JSON.stringify(shown)}: ${reason}${suffix}`, {
    path: shown,
    reason,
    cause,
  });
}

function detailOf(
  action: "read" | "write",
  reason: FileErrorReason,
  cause: unknown,
): string | undefined {
  if (reason === "permission not granted") {
    return action === "read"
      ? "run deno with --allow-read for this path"
      : "run deno with --allow-read and --allow-write for its folder";
  }
  if (reason === "not found" && action === "write") return "the folder must exist";
  if (action === "write" && (reason === "no space left" || reason === "too large")) {
    return "the old file, if there was one, is kept";
  }
  if (reason !== "input/output error") return undefined;
  return cause instanceof Error ? cause.message.split("\n")[0] : undefined;
}

const reasonsByCode: ReadonlyMap<string, FileErrorReason> = new Map([
  ["ENOSPC", "no space left"],
  ["EDQUOT", "no space left"],
  ["EFBIG", "too large"],
  ["EROFS", "read-only file system"],
  ["EISDIR", "is a directory"],
  ["ENOTDIR", "not a directory"],
  ["ENOENT", "not found"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
]);

function reasonOf(error: unknown): FileErrorReason {
  if (error instanceof Deno.errors.NotCapable) return "permission not granted";
  if (error instanceof Deno.errors.NotFound) return "not found";
  if (error instanceof Deno.errors.IsADirectory) return "is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "not a directory";
  const byCode = reasonsByCode.get(codeOf(error));
  if (byCode !== undefined) return byCode;
  return error instanceof Deno.errors.PermissionDenied ? "permission denied" : "input/output error";
}

/** The code of an error. Deno sets `code` for common errors; others only say "(os error n)". */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  const errno = /\(os error (\d+)\)/.exec(error.message)?.[1];
  if (errno === "27") return "EFBIG"; // the same number on Linux, macOS and the BSDs
  return errno === (Deno.build.os === "linux" ? "122" : "69") ? "EDQUOT" : "";
}

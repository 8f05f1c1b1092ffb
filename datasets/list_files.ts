/**
 * Lists the files of a folder of images.
 * @module
 */
import { pathOf } from "../checkpoint/atomic_file.ts";
import { readFolderChecked, readListedFile } from "../checkpoint/mod.ts";
import { trimSlashes } from "../checkpoint/trim_slashes.ts";
import { isSystemFile } from "./image_folder.ts";
import { invalidData } from "./invalid_data.ts";
import type { Place } from "./place.ts";
import type { FileSet } from "./read_images.ts";

/** Deepest level of files: in an outer folder, a part, and a class. More are an error. */
const MOST_LEVELS = 6;

/**
 * All files in a folder and its subfolders, except hidden ones. Links are followed.
 *
 * @throws {FileError} if a folder cannot be read
 * @throws {DatasetError} if a folder is empty or too deep
 */
export async function listFiles(place: Place): Promise<FileSet> {
  const root = trimSlashes(pathOf("read", place));
  const paths: string[] = [];
  const list = async (folder: string, level: number): Promise<void> => {
    const path = folder === "" ? root : `${root}/${folder}`;
    const entries = (await readFolderChecked(path)).filter(({ name }) => !isSystemFile(name));
    const bad = entries.length === 0
      ? "is empty"
      : level === MOST_LEVELS
      ? "is too deep"
      : undefined;
    if (bad !== undefined) {
      const rule = "folders must contain images: add some to it, or remove it";
      throw invalidData(root, rule, `${path} ${bad}`);
    }
    for (const { name, kind } of entries) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (kind === "folder") await list(path, level + 1);
      else if (kind === "file") paths.push(path);
      else throw invalidData(root, "all files must be regular files", `${path} is not`);
    }
  };
  await list("", 1);
  return { paths, read: (file) => readListedFile(`${root}/${paths[file]!}`) };
}

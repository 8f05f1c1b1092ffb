/**
 * The layout of a folder of images by class, recognized from the paths in it:
 *
 *     cat/1.png, cat/2.jpg, dog/1.png            one folder per class
 *     train/cat/1.png, …, test/cat/9.png, …      the same in train, test, and validation
 *
 * A folder around all others, as archives have it, is left out.
 * @module
 */
import { escapeName } from "../checkpoint/mod.ts";
import { invalidData } from "./invalid_data.ts";

/** The parts that a folder can have. */
export type Part = "train" | "validation" | "test";

/** The files of a part, in the order of its samples. */
export interface PartFiles {
  /** Indices of the paths. */
  readonly files: Int32Array;
  /** Their classes, as indices. */
  readonly y: Int32Array;
}

/** The classes of a folder, and the files of each part. */
export interface FolderLayout {
  /** Names of the classes, sorted by code units as in torchvision. */
  readonly classNames: readonly string[];
  /** The files of each part: the first of each class, then the second of each, and so on. */
  readonly parts: ReadonlyMap<Part, PartFiles>;
}

/** Names of folders that are parts. */
const partNames: ReadonlyMap<string, Part> = new Map<string, Part>([
  ["train", "train"],
  ["training", "train"],
  ["val", "validation"],
  ["valid", "validation"],
  ["validation", "validation"],
  ["test", "test"],
  ["testing", "test"],
]);

const EXPECTED =
  "a folder must have one subfolder of images for each class, or train/, test/, and " +
  "optionally val/ with such subfolders";

const TWO_CLASSES = `${EXPECTED}, and at least two classes`;

/** Files that systems add to folders. */
const SYSTEM = /(?:^|\/)(?:\.|__MACOSX(?:\/|$)|thumbs\.db$|desktop\.ini$)/i;

const IMAGE = /\.(?:png|jpe?g|jpe|jfif)$/i;

/** Whether a system has added this file or folder. */
export function isSystemFile(path: string): boolean {
  return SYSTEM.test(path);
}

/**
 * Recognizes the layout from relative paths. There may be very many: no object is kept for each.
 *
 * @throws {DatasetError} naming what does not fit
 */
export function recognizeFolder(name: string, paths: readonly string[]): FolderLayout {
  const order = sortedFiles(paths);
  const common = commonFolder(paths, order);
  const skipped = common.length;
  const foldersOf = (file: number) => paths[file]!.slice(skipped).split(/[/\\]/).slice(0, -1);
  const outer = new Set<string>();
  for (const file of order) {
    const [folder] = foldersOf(file);
    if (folder !== undefined) outer.add(folder);
  }
  if (order.length > 0 && outer.size === 0 && skipped > 0) {
    const [only] = common.split(/[/\\]/).slice(-2);
    throw invalidData(name, TWO_CLASSES, `the only one is ${escapeName(only!)}`);
  }
  const depth = isOfParts(name, outer) ? 2 : 1;
  const used = order.filter((file) => {
    const { length } = foldersOf(file);
    // other files, such as a license, may be beside the classes
    if (length === depth || (length < depth && !IMAGE.test(paths[file]!))) return length === depth;
    throw invalidData(name, EXPECTED, `file ${escapeName(paths[file]!)}`);
  });
  const placeOf = (file: number): Place => {
    const folders = foldersOf(file);
    const part = depth === 1 ? "train" : partNames.get(folders[0]!.toLowerCase())!;
    return { part, className: folders.at(-1)! };
  };
  const classNames = classesOf(name, used, placeOf, paths);
  return { classNames, parts: groupedByPart(used, placeOf, classNames) };
}

/** The part and the class of a file. */
interface Place {
  readonly part: Part;
  readonly className: string;
}

/** Indices of the paths, sorted by path, without files of systems. */
function sortedFiles(paths: readonly string[]): Int32Array {
  return Int32Array.from(paths.keys()).filter((file) => !isSystemFile(paths[file]!))
    .sort((a, b) => paths[a]! < paths[b]! ? -1 : 1);
}

/** The folders that contain everything, with a slash at the end: those of the first and last path. */
function commonFolder(paths: readonly string[], order: Int32Array): string {
  const [first, last] = [paths[order[0] ?? 0] ?? "", paths[order.at(-1) ?? 0] ?? ""];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(
    0,
    1 + Math.max(...["/", "\\"].map((slash) => first.lastIndexOf(slash, length - 1))),
  );
}

/** Whether the folders are the parts of a dataset, not its classes. */
function isOfParts(name: string, folders: ReadonlySet<string>): boolean {
  const parts = [...folders].flatMap((folder) => partNames.get(folder.toLowerCase()) ?? []);
  if (parts.length === 0) return false;
  const isComplete = parts.includes("train") && new Set(parts).size === folders.size;
  if (isComplete) return true;
  throw invalidData(name, EXPECTED, `folders ${listed([...folders])}`);
}

/** The classes of the training images, which those of all other parts must be among. */
function classesOf(
  name: string,
  files: Int32Array,
  placeOf: (file: number) => Place,
  paths: readonly string[],
): readonly string[] {
  const classes = new Set<string>();
  for (const file of files) {
    const { part, className } = placeOf(file);
    if (part === "train") classes.add(className);
  }
  const unknown = files.find((file) => !classes.has(placeOf(file).className));
  if (unknown !== undefined) {
    const rule = "classes of test and validation images must be among those of training images";
    throw invalidData(name, rule, `file ${escapeName(paths[unknown]!)}`);
  }
  if (classes.size >= 2) return [...classes].toSorted();
  throw invalidData(name, TWO_CLASSES, `classes ${listed([...classes])}`);
}

/** Names for messages, the first ones if there are many. */
function listed(names: readonly string[]): string {
  if (names.length === 0) return "are none";
  const shown = names.toSorted().slice(0, 10).map(escapeName).join(", ");
  return names.length > 10 ? `${shown}, and ${names.length - 10} more` : shown;
}

/** The files of each part, with classes taking turns, so that the first N samples have all classes. */
function groupedByPart(
  files: Int32Array,
  placeOf: (file: number) => Place,
  classNames: readonly string[],
): ReadonlyMap<Part, PartFiles> {
  const labels = new Map(classNames.map((each, label) => [each, label]));
  const byPart = new Map<Part, number[][]>();
  for (const file of files) {
    const { part, className } = placeOf(file);
    const byClass = byPart.get(part) ?? classNames.map(() => []);
    byClass[labels.get(className)!]!.push(file);
    byPart.set(part, byClass);
  }
  return new Map([...byPart].map(([part, byClass]) => [part, inTurns(byClass)]));
}

function inTurns(byClass: readonly (readonly number[])[]): PartFiles {
  const count = byClass.reduce((sum, { length }) => sum + length, 0);
  const [files, y] = [new Int32Array(count), new Int32Array(count)];
  for (let turn = 0, at = 0; at < count; turn++) {
    byClass.forEach((ofClass, label) => {
      if (turn >= ofClass.length) return;
      files[at] = ofClass[turn]!;
      y[at++] = label;
    });
  }
  return { files, y };
}

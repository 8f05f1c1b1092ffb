/**
 * Datasets from images in folders named after their classes.
 * @module
 */
import type { ChannelCount, ImageSize } from "../formats/mod.ts";
import {
  anything,
  callable,
  checkOptions,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
  trueOrFalse,
} from "../graph/mod.ts";
import type { Dataset, Split } from "./dataset.ts";
import type { DatasetWithValidation } from "./hold_out.ts";
import { type Part, recognizeFolder } from "./image_folder.ts";
import { listFiles } from "./list_files.ts";
import { measureNormalization } from "./normalization.ts";
import { showPlace } from "./place.ts";
import {
  type FileSet,
  type ImageFile,
  listSkipped,
  type PartImages,
  readImages,
  type ReadProgress,
} from "./read_images.ts";

/** Options for {@link loadImageFolder} and {@link datasetFromImages}. */
export interface ImageDatasetOptions {
  /**
   * Resize all images: the largest centered part with this aspect ratio is cut out and reduced or
   * enlarged. Default: all images must have the same size.
   */
  readonly size?: ImageSize;
  /** 1: gray, 3: color; others are converted. Default: 1 if all images are gray, else 3. */
  readonly channels?: ChannelCount;
  /** Leave out files that are no valid PNG or JPEG images, with a warning. Default: they are errors. */
  readonly skipBadFiles?: boolean;
  /** Called after each file. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Called with warnings, such as the files that were left out. Default: `console.warn`. */
  readonly onWarning?: (text: string) => void;
}

/** Options for {@link loadImageFolder}. */
export interface ImageFolderOptions extends ImageDatasetOptions {
  /** A second folder of the same classes with the test images. */
  readonly test?: string | URL;
}

/** The rules for {@link ImageDatasetOptions}. */
const imageRules: OptionRules<ImageDatasetOptions> = {
  size: optional(anything),
  channels: optional(oneOf([1, 3])),
  skipBadFiles: optional(trueOrFalse),
  onProgress: optional(callable),
  onWarning: optional(callable),
};

/**
 * Loads a folder of PNG and JPEG images. Needs `--allow-read` for the folder.
 *
 *     photos/cat/1.png, photos/dog/2.jpg        one subfolder for each class; or
 *     photos/train/cat/1.png, photos/test/…     train/, test/, and optionally val/ with subfolders
 *
 * Class names are those of the folders, sorted. Samples are bytes, [channels, height, width], with
 * classes taking turns. Mean and standard deviation are measured on the training images. Hidden
 * files are ignored; all others in a class's folder must be images, whatever their names end in.
 *
 * @throws {FileError} if the folder cannot be read
 * @throws {DatasetError} if the layout is another one, sizes differ, or a file is no valid image
 */
export async function loadImageFolder(
  folder: string | URL,
  options: ImageFolderOptions = {},
): Promise<Dataset | DatasetWithValidation> {
  checkOptions("read images", options, { ...imageRules, test: optional(anything) });
  const { test, ...rest } = options;
  const files = await listFiles(folder);
  const all = test === undefined ? files : together(files, await listFiles(test));
  return await readDataset(showPlace(folder), all, rest);
}

/** Files of two folders, as if these were train/ and test/. */
function together(train: FileSet, test: FileSet): FileSet {
  const count = train.paths.length;
  return {
    paths: [
      ...train.paths.map((path) => `train/${path}`),
      ...test.paths.map((path) => `test/${path}`),
    ],
    read: (file) => file < count ? train.read(file) : test.read(file - count),
  };
}

/**
 * Creates a dataset from images anywhere: in a browser, from the files of an
 * `<input type="file" webkitdirectory>`. Their paths must have one of the layouts of
 * {@link loadImageFolder}; a folder around all of them is left out.
 *
 * @throws {DatasetError} if the layout is another one, sizes differ, or a file is no valid image
 *
 * @example Two images in memory
 * ```ts
 * import { encodePng } from "../formats/mod.ts";
 * import { datasetFromImages } from "./mod.ts";
 * const pixel = (value: number) =>
 *   encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(value) });
 * const { classNames, train } = await datasetFromImages([
 *   { path: "dark/a.png", read: () => pixel(10) },
 *   { path: "light/b.png", read: () => pixel(200) },
 * ]);
 * console.assert(classNames.join() === "dark,light" && train.x.join() === "10,200");
 * ```
 */
export async function datasetFromImages(
  files: readonly ImageFile[],
  options: ImageDatasetOptions & {
    /** Name of the dataset, for error messages and reports. Default: "images". */
    readonly name?: string;
  } = {},
): Promise<Dataset | DatasetWithValidation> {
  checkOptions("read images", options, { ...imageRules, name: optional(anything) });
  const { name = "images", ...rest } = options;
  const paths = files.map(({ path }) => path);
  return await readDataset(name, { paths, read: (file) => files[file]!.read() }, rest);
}

async function readDataset(
  name: string,
  files: FileSet,
  options: ImageDatasetOptions,
): Promise<Dataset | DatasetWithValidation> {
  const { size, channels, skipBadFiles = false } = options;
  const { onProgress = () => {}, onWarning = console.warn } = options;
  if (size !== undefined) {
    checkOptions("resize images", size, { width: positiveWhole, height: positiveWhole });
  }
  const layout = recognizeFolder(name, files.paths);
  const { classNames } = layout;
  const { parts, sampleShape, skipped } = await readImages(files, layout.parts, {
    ...{ name, classNames, skipBadFiles, onProgress },
    ...(size !== undefined && { size }),
    ...(channels !== undefined && { channels }),
  });
  if (skipped.length > 0) {
    onWarning(listSkipped({ parts, skipped }, `of ${name} are left out`, Infinity));
  }
  const splitOf = (part: Part): Split => toSplit(parts.get(part));
  const train = splitOf("train");
  const count = [...parts.values()].reduce((sum, { y }) => sum + y.length, 0);
  const notes = [
    ...(size === undefined ? [] : [`, resized to ${size.width}×${size.height}`]),
    ...(skipped.length === 0 ? [] : [`, ${skipped.length} unreadable files left out`]),
  ];
  const unit = { scale: 1 / 255, mean: [0], std: [1] };
  return {
    ...{ name, classes: classNames.length, classNames, sampleShape, train, test: splitOf("test") },
    ...(parts.has("validation") && { validation: splitOf("validation") }),
    normalization: measureNormalization({ train, sampleShape, normalization: unit }),
    source: `${count} images of ${name}${notes.join("")}`,
  };
}

function toSplit(images: PartImages | undefined): Split {
  if (images === undefined) return { x: new Uint8Array(), y: new Int32Array(), count: 0 };
  return { ...images, count: images.y.length };
}

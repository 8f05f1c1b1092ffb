/**
 * Decodes the images of a dataset into one array for each part.
 * @module
 */
import { escapeName, FileError } from "../checkpoint/mod.ts";
import {
  type ChannelCount,
  decodeImage,
  ImageError,
  type ImageSize,
  type PixelImage,
  readImageHeader,
  resizeImage,
  withChannels,
} from "../formats/mod.ts";
import { counted } from "../graph/counted.ts";
import type { PartFiles } from "./image_folder.ts";
import { invalidData } from "./invalid_data.ts";
import { PixelStore } from "./pixel_store.ts";

/** An image file: its path, which names its class, and how to read it. */
export interface ImageFile {
  /** Relative path, such as `cat/1.png`. */
  readonly path: string;
  /** Reads the file. */
  readonly read: () => Promise<Uint8Array>;
}

/** Files by path: one function reads all, because an object for each would need much memory. */
export interface FileSet {
  /** Relative paths. */
  readonly paths: readonly string[];
  /** Reads the file with this index. */
  readonly read: (file: number) => Promise<Uint8Array>;
}

/** Number of files read so far. */
export interface ReadProgress {
  /** Number of files that have been read. */
  readonly done: number;
  /** Number of all files. */
  readonly total: number;
}

/** How to read images. */
export interface ReadImagesOptions {
  /** Name of the dataset, for error messages. */
  readonly name: string;
  /** Size of all images. Default: the files must have the same. */
  readonly size?: ImageSize;
  /** Channels of all images. Default: 1 if all files are gray, else 3. */
  readonly channels?: ChannelCount;
  /** Names of the classes. */
  readonly classNames: readonly string[];
  /** Whether to leave out files that cannot be decoded, instead of refusing. */
  readonly skipBadFiles: boolean;
  /** Called after each file. */
  readonly onProgress: (progress: ReadProgress) => void;
}

/** Number of files that are read at the same time. */
const READERS = 16;

/** Number of files that a message names. */
const MOST_NAMED = 20;

/** The images of one part. */
export interface PartImages {
  /** u8 [count, channels, height, width]. */
  readonly x: Uint8Array;
  readonly y: Int32Array;
  /** The paths of the files. */
  readonly names: readonly string[];
}

/** All images of a dataset. */
export interface ReadImages<Part> {
  readonly parts: ReadonlyMap<Part, PartImages>;
  /** `[channels, height, width]`. */
  readonly sampleShape: readonly number[];
  /** Files that were left out, with the reason. */
  readonly skipped: readonly string[];
}

/**
 * Reads and decodes the files of all parts.
 *
 * @throws {DatasetError} naming the files that cannot be decoded, unless they are skipped, or the
 *   sizes if they differ and none was chosen
 */
export async function readImages<Part>(
  files: FileSet,
  placed: ReadonlyMap<Part, PartFiles>,
  options: ReadImagesOptions,
): Promise<ReadImages<Part>> {
  const counts = new Map([...placed].map(([part, { files }]) => [part, files.length]));
  const store = new PixelStore(counts, options.name);
  const reader = new ImageReader(files, store, options);
  await reader.readAll(placed);
  const { bad, differentSizes } = reader;
  const parts = [...placed].map(([part, { files: all, y }]): [Part, PartImages] => {
    const kept = Int32Array.from(all.keys()).filter((index) => !bad.has(all[index]!));
    return [part, {
      x: store.take(part, kept),
      y: Int32Array.from(kept, (index) => y[index]!),
      names: Array.from(kept, (index) => files.paths[all[index]!]!),
    }];
  });
  // in the order of the files, not in that of reading
  const skipped = [...bad].map(([file, reason]) => `${escapeName(files.paths[file]!)}: ${reason}`)
    .toSorted();
  const images = { parts: new Map(parts), sampleShape: store.sampleShape, skipped };
  checkBad(bad.size, images, options);
  if (differentSizes === undefined) return images;
  const rule = "every image must have the same size, or a size (--size) must be chosen";
  throw invalidData(options.name, rule, differentSizes);
}

/** A file, and where its pixels go. */
interface Place<Part> {
  readonly file: number;
  readonly part: Part;
  readonly index: number;
}

function* placesOf<Part>(placed: ReadonlyMap<Part, PartFiles>): Generator<Place<Part>> {
  for (const [part, { files }] of placed) {
    for (let index = 0; index < files.length; index++) yield { file: files[index]!, part, index };
  }
}

/** Reads all files, several at a time, because each waits for the disk. */
class ImageReader<Part> {
  readonly #files: FileSet;
  readonly #options: ReadImagesOptions;
  readonly #store: PixelStore<Part>;
  /** Why files are not used, by index. */
  readonly bad: Map<number, string> = new Map();
  /** Number of files of each size, and the index of one of them. */
  readonly #sizes = new Map<string, { count: number; example: number }>();

  constructor(files: FileSet, store: PixelStore<Part>, options: ReadImagesOptions) {
    this.#files = files;
    this.#store = store;
    this.#options = options;
  }

  async readAll(placed: ReadonlyMap<Part, PartFiles>): Promise<void> {
    const total = [...placed.values()].reduce((sum, { files }) => sum + files.length, 0);
    const places = placesOf(placed);
    let done = 0;
    const work = async () => {
      for (const place of places) {
        const reason = await this.#read(place);
        if (reason !== undefined) this.bad.set(place.file, reason);
        this.#options.onProgress({ done: ++done, total });
      }
    };
    await Promise.all(Array.from({ length: Math.min(READERS, total) }, work));
  }

  /** Whether sizes differ and none was chosen, which is an error that needs no pixels. */
  get #sizesDiffer(): boolean {
    return this.#sizes.size > 1 && this.#options.size === undefined;
  }

  /** The sizes, if they differ and none was chosen. */
  get differentSizes(): string | undefined {
    if (!this.#sizesDiffer) return undefined;
    const sizes = [...this.#sizes].toSorted(([, a], [, b]) => b.count - a.count);
    const shown = sizes.slice(0, 5).map(([size, { count, example }]) =>
      `${size} in ${counted(count, "file")} such as ${escapeName(this.#files.paths[example]!)}`
    );
    const more = sizes.length > 5 ? `, and ${sizes.length - 5} other sizes` : "";
    return `sizes are ${shown.join(", ")}${more}`;
  }

  /** Reads one file. Resolves to the reason if it cannot be used. */
  async #read({ file, part, index }: Place<Part>): Promise<string | undefined> {
    try {
      const bytes = await this.#files.read(file);
      const { width, height } = readImageHeader(bytes);
      this.#count(`${width}×${height}`, file);
      if (this.#sizesDiffer) this.#store.release();
      else this.#store.put(part, index, this.#prepared(await decodeImage(bytes)));
      return undefined;
    } catch (error) {
      if (!(error instanceof ImageError || error instanceof FileError)) throw error;
      return error.message.replace(/^Cannot [^:]*: /, "");
    }
  }

  #prepared(image: PixelImage): PixelImage {
    const { size, channels } = this.#options;
    const converted = channels === undefined ? image : withChannels(image, channels);
    return size === undefined ? converted : resizeImage(converted, size);
  }

  #count(size: string, file: number): void {
    const known = this.#sizes.get(size) ?? { count: 0, example: file };
    known.count++;
    known.example = Math.min(known.example, file);
    this.#sizes.set(size, known);
  }
}

/** Refuses files that cannot be used: if they are not skipped, or nothing is left of a class. */
function checkBad<Part>(
  bad: number,
  images: ReadImages<Part>,
  { name, skipBadFiles, classNames }: ReadImagesOptions,
): void {
  if (bad === 0) return;
  const [training] = images.parts.values();
  const present = new Set(training?.y);
  const lost = classNames.filter((_, label) => !present.has(label));
  if (skipBadFiles && lost.length === 0) return;
  const rule = lost.length > 0 && skipBadFiles
    ? `every class needs images, and ${lost.map(escapeName).join(", ")} has none`
    : "every file must be a PNG or JPEG image (--skip-bad-files leaves out the others)";
  throw invalidData(name, rule, listSkipped(images, "cannot be used", MOST_NAMED));
}

/** How many files are not used, and at most `most` of them with the reason, one in a line. */
export function listSkipped<Part>(
  { parts, skipped }: Pick<ReadImages<Part>, "parts" | "skipped">,
  what: string,
  most: number,
): string {
  const total = [...parts.values()].reduce((sum, { y }) => sum + y.length, skipped.length);
  const lines = skipped.slice(0, most);
  const more = skipped.length - lines.length;
  const all = more > 0 ? [...lines, `and ${more} more`] : lines;
  return `${skipped.length} of ${total} files ${what}:${all.map((line) => `\n  ${line}`).join("")}`;
}

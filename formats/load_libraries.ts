/**
 * Loads the packages of this room when the first file needs them.
 * @module
 */
import { CsvError, ImageError } from "./errors.ts";

/** The decoders of images. */
export type ImageLibraries = typeof import("./image_libraries.ts");

/** The parser of CSV files. */
export type CsvLibrary = typeof import("./csv_library.ts");

let images: Promise<ImageLibraries> | undefined;

/** The decoders of images. */
export function loadImageLibraries(): Promise<ImageLibraries> {
  images ??= import("./image_libraries.ts").catch((cause: unknown) => {
    images = undefined;
    throw new ImageError(failure("image", "fflate and jpeg-js"), { cause });
  });
  return images;
}

/** The parser of CSV files. */
export async function loadCsvLibrary(): Promise<CsvLibrary> {
  try {
    return await import("./csv_library.ts");
  } catch (cause) {
    throw new CsvError(failure("CSV file", "papaparse"), { cause });
  }
}

function failure(what: string, packages: string): string {
  return `Cannot decode the ${what}: the npm packages ${packages} must be reachable or cached: ` +
    "current load failed";
}

/**
 * Reads the files of your own datasets.
 * @module
 */
import { readFileChecked } from "../checkpoint/mod.ts";
import { type Place, showPlace } from "./place.ts";

/** The contents of a dataset's files, as the `datasetFrom…` functions take them. */
export interface DatasetFiles {
  readonly bytes: Uint8Array;
  /** The path of the first file. */
  readonly name: string;
  /** The contents of the file with the test split. */
  readonly test?: Uint8Array;
}

/**
 * Reads a file, and a second one with the test split.
 *
 * @throws {FileError} if a file cannot be read
 */
export async function readFiles(path: Place, test: Place | undefined): Promise<DatasetFiles> {
  return {
    bytes: await readFileChecked(path),
    name: showPlace(path),
    ...(test !== undefined && { test: await readFileChecked(test) }),
  };
}

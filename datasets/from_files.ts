/**
 * Public datasets from the contents of their files.
 * @module
 */
import type { DecodeOptions, FileContents } from "./canonical.ts";
import { canonicalSets } from "./catalog.ts";
import { anything, checkOptions, optional } from "../graph/mod.ts";
import { type Dataset, DatasetError } from "./dataset.ts";

/**
 * Decodes the decompressed files of `mnist`, `fashion-mnist`, `cifar10`, or `cifar100`. Checks their
 * layout but not their checksums. Needs no permissions and no file system, so it works in browsers.
 *
 * @throws {DatasetError} if the name is not one of these, or a file is missing or invalid
 */
export function datasetFromFiles(
  name: string,
  files: FileContents,
  options: DecodeOptions = {},
): Dataset {
  checkOptions("read files of a dataset", options, { labels: optional(anything) });
  const set = canonicalSets.get(name);
  if (set === undefined) {
    throw new DatasetError(
      name,
      `Cannot read files of dataset ${JSON.stringify(name)}: the name must be one of ` +
        `${[...canonicalSets.keys()].join(", ")}`,
    );
  }
  checkLabelKind(name, options);
  return set.decode(files, options);
}

/**
 * Checks that a dataset has the requested kind of labels.
 *
 * @throws {DatasetError} if the dataset has no labels of this kind
 */
export function checkLabelKind(name: string, { labels = "fine" }: DecodeOptions): void {
  const kinds = canonicalSets.get(name)?.labelKinds ?? ["fine"];
  if (!kinds.includes(labels)) {
    throw new DatasetError(
      name,
      `Cannot load dataset "${name}" with ${labels} labels: it must have them: current kinds are ` +
        kinds.join(", "),
    );
  }
}

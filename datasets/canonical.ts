/**
 * What is known of a public dataset before any of it is read: its files as their authors publish
 * them, where they are published, and how they become samples.
 * @module
 */
import type { Dataset, Normalization } from "./dataset.ts";
import type { Digest } from "./digest.ts";

/** The bytes of a whole file. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The contents of files by their names, decompressed. */
export type FileContents = ReadonlyMap<string, Bytes>;

/** A file of the dataset, decompressed and outside of any archive. */
export interface CanonicalFile {
  /** Its name. */
  readonly name: string;
  /** Its length. */
  readonly byteLength: number;
  /** Its checksum. */
  readonly digest: Digest;
  /** Whether unverified data may come without it. */
  readonly optional?: boolean;
}

/** A file as it is downloaded. */
export interface DownloadFile {
  /** Its name. */
  readonly name: string;
  /** Its length. */
  readonly byteLength: number;
  /** Its SHA-256. */
  readonly sha256: string;
  /** `gzip` of the canonical file of the same name without ".gz", or an archive of all. */
  readonly format: "gzip" | "tar.gz";
  /** Addresses of the same bytes, in the order in which they are tried. */
  readonly urls: readonly string[];
}

/** Which labels a dataset with two kinds of them gives. */
export type LabelKind = "fine" | "coarse";

/** How to read the files. */
export interface DecodeOptions {
  /** Which labels to take; "fine" if left out. */
  readonly labels?: LabelKind;
}

/** A public dataset. */
export interface CanonicalSet {
  /** Name, as `loadDataset` knows it. */
  readonly name: string;
  /** Its files. */
  readonly files: readonly CanonicalFile[];
  /** What to download in order to have its files. */
  readonly downloads: readonly DownloadFile[];
  /** Folders in a data folder where its files are looked for first. */
  readonly folders: readonly string[];
  /** Folder in the archive that holds the files. */
  readonly archiveFolder?: string;
  /** How pixels become features. */
  readonly normalization: Normalization;
  /** The kinds of labels that it has; only "fine" if left out. */
  readonly labelKinds?: readonly LabelKind[];
  /** Reads the files. Counts may differ from the canonical ones, the layout may not. */
  readonly decode: (files: FileContents, options: DecodeOptions) => Dataset;
}

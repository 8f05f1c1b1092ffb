/**
 * The description of a public dataset: its published files, their addresses, and how to decode them.
 * @module
 */
import type { Dataset, Normalization } from "./dataset.ts";
import type { Digest } from "./digest.ts";

/** The bytes of a whole file. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Decompressed contents of files, by name. */
export type FileContents = ReadonlyMap<string, Bytes>;

/** A file of the dataset, decompressed and unpacked. */
export interface CanonicalFile {
  /** Its name. */
  readonly name: string;
  /** Its length. */
  readonly byteLength: number;
  /** Its checksum. */
  readonly digest: Digest;
  /** Whether unverified data may lack it. */
  readonly optional?: boolean;
}

/** A downloadable file. */
export interface DownloadFile {
  /** Its name. */
  readonly name: string;
  /** Its length. */
  readonly byteLength: number;
  /** Its SHA-256. */
  readonly sha256: string;
  /** `gzip`: the canonical file of the same name plus ".gz". `tar.gz`: an archive of all files. */
  readonly format: "gzip" | "tar.gz";
  /** Addresses of the same bytes, in the order they are tried. */
  readonly urls: readonly string[];
}

/** The kind of labels, for a dataset with two kinds. */
export type LabelKind = "fine" | "coarse";

/** Options for decoding files. */
export interface DecodeOptions {
  /** Which labels to use. Default: "fine". */
  readonly labels?: LabelKind;
}

/** A public dataset. */
export interface CanonicalSet {
  /** Its name in `loadDataset`. */
  readonly name: string;
  /** Its files. */
  readonly files: readonly CanonicalFile[];
  /** The downloads that contain its files. */
  readonly downloads: readonly DownloadFile[];
  /** Subfolders of a data folder that are searched first. */
  readonly folders: readonly string[];
  /** Folder of the files in the archive. */
  readonly archiveFolder?: string;
  /** How raw pixels become features. */
  readonly normalization: Normalization;
  /** The kinds of labels that it has. Default: only "fine". */
  readonly labelKinds?: readonly LabelKind[];
  /** Decodes the files. Counts may differ from the canonical ones, but not the layout. */
  readonly decode: (files: FileContents, options: DecodeOptions) => Dataset;
}

/**
 * The parser of CSV files. Loaded with the first file.
 * @module
 */
import papaparse from "papaparse";

/** A record, and what is wrong with it: its quotes, or only that the separator was guessed. */
export interface ParsedRecord {
  readonly data: readonly string[];
  readonly errors: readonly { readonly type: string; readonly message: string }[];
}

/** The part of papaparse's options that is used. */
interface ParseOptions {
  readonly delimitersToGuess: readonly string[];
  readonly skipEmptyLines: boolean;
  readonly step: (record: ParsedRecord) => void;
}

/** Calls `step` with each record of a text. */
export const parse: (text: string, options: ParseOptions) => void = papaparse.parse;

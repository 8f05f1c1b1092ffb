/**
 * CSV files: records of text, separated by commas, semicolons, or tabs [RFC 4180].
 * @module
 */
import type { ParsedRecord } from "./csv_library.ts";
import { CsvError } from "./errors.ts";
import { loadCsvLibrary } from "./load_libraries.ts";

/** Largest file: a text cannot be longer in V8. */
const MAX_BYTES = 2 ** 29 - 24;

/** A consumer of the records of a file. `row` counts from 1, the header included. */
export type OnRecord = (fields: readonly string[], row: number) => void;

/**
 * Calls `onRecord` with each record of a CSV file. Empty lines are skipped. The separator is
 * recognized: a comma, a semicolon, or a tab.
 *
 * @throws {CsvError} if the file is not UTF-8, a quote is not closed, or a record has more or fewer
 *   fields than the first one
 *
 * @example Two records
 * ```ts
 * import { readCsv } from "./mod.ts";
 * const rows: string[] = [];
 * await readCsv(new TextEncoder().encode("a,b\n1,2\n"), (fields) => rows.push(fields.join("+")));
 * console.assert(rows.join() === "a+b,1+2");
 * ```
 */
export async function readCsv(bytes: Uint8Array, onRecord: OnRecord): Promise<void> {
  const { parse } = await loadCsvLibrary();
  let row = 0;
  let columns: number | undefined;
  const step = ({ data, errors }: ParsedRecord) => {
    row++;
    const error = errors.find(({ type }) => type === "Quotes");
    if (error !== undefined) throw invalidRow(row, "its quotes must be closed", error.message);
    columns ??= data.length;
    if (data.length !== columns) {
      throw invalidRow(row, `it must have ${columns} fields like the first`, `${data.length}`);
    }
    onRecord(data, row);
  };
  parse(textOf(bytes), { delimitersToGuess: [",", ";", "\t"], skipEmptyLines: true, step });
}

/** Creates the error for a record that breaks a rule. */
function invalidRow(row: number, rule: string, current: string): CsvError {
  return new CsvError(`Cannot read row ${row} of a CSV file: ${rule}: current ${current}`, { row });
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) {
    throw new CsvError(
      `Cannot read a CSV file: it must have at most ${MAX_BYTES} bytes: current ${bytes.length}: ` +
        "use a binary format such as npz",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CsvError("Cannot read a CSV file: it must be UTF-8: current bytes are not", {
      cause,
    });
  }
}

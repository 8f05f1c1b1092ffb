/**
 * CSV files with a row for each sample: a column of labels, and numbers in all others.
 * @module
 */
import { escapeName } from "../checkpoint/mod.ts";
import { readCsv } from "../formats/mod.ts";
import { nearestName } from "../graph/mod.ts";
import { invalidData } from "./invalid_data.ts";

/** Names of columns that hold labels. */
const LABEL_NAMES: readonly string[] = ["label", "class", "target", "y"];

/** The contents of a file. */
export interface CsvTable {
  /** Names of the columns with numbers. */
  readonly columns: readonly string[];
  /** Name of the column with labels. */
  readonly label: string;
  /** f32 [rows, columns]. */
  readonly values: Float32Array;
  readonly labels: readonly string[];
}

/**
 * Reads a file. `labelColumn` is the name or the number of the column of the labels.
 *
 * @throws {CsvError} if the file is not valid CSV
 * @throws {DatasetError} if the label column is unclear, or a row has no label or no numbers
 */
export async function readCsvTable(
  name: string,
  bytes: Uint8Array,
  labelColumn: string | undefined,
): Promise<CsvTable> {
  let [columns, at]: [readonly string[], number] = [[], -1];
  const [values, labels]: [Float32Array[], string[]] = [[], []];
  await readCsv(bytes, (fields, row) => {
    if (row === 1) {
      const isHeader = fields.some((field) => numberOf(field) === undefined);
      columns = isHeader ? fields : fields.map((_, i) => String(i + 1));
      at = labelIndex(name, columns, labelColumn);
      if (isHeader) return;
    }
    labels.push(labelOf(name, fields[at]!, row));
    values.push(numbersOf(name, fields, { row, at, columns }));
  });
  if (labels.length === 0) throw invalidData(name, "it must have at least one row", "no rows");
  return {
    columns: columns.filter((_, i) => i !== at),
    label: columns[at]!,
    values: concatenated(values, columns.length - 1),
    labels,
  };
}

/** The column of the labels. */
function labelIndex(
  name: string,
  columns: readonly string[],
  labelColumn: string | undefined,
): number {
  if (columns.length < 2) {
    throw invalidData(
      name,
      "it must have a column of labels and others of numbers",
      listColumns(columns),
    );
  }
  if (labelColumn !== undefined) {
    const at = columns.indexOf(labelColumn);
    const number = Number(labelColumn);
    if (at >= 0) return at;
    if (Number.isInteger(number) && number >= 1 && number <= columns.length) return number - 1;
    const nearest = nearestName(labelColumn, columns);
    const advice = nearest === undefined ? "" : ` (did you mean ${escapeName(nearest)}?)`;
    throw invalidData(name, `column "${labelColumn}" must exist${advice}`, listColumns(columns));
  }
  const found = columns.flatMap((column, i) =>
    LABEL_NAMES.includes(column.trim().toLowerCase()) ? [i] : []
  );
  if (found.length === 1) return found[0]!;
  throw invalidData(
    name,
    `one column must be named ${LABEL_NAMES.join(", ")}, or chosen by name or number ` +
      "(--label-column)",
    listColumns(columns),
  );
}

/** Names of columns, for messages. */
export function listColumns(columns: readonly string[]): string {
  const names = columns.slice(0, 8).map(escapeName).join(", ");
  return columns.length > 8
    ? `columns ${names}, and ${columns.length - 8} more`
    : `columns ${names}`;
}

function labelOf(name: string, field: string, row: number): string {
  const label = field.trim();
  if (label !== "") return label;
  throw invalidData(name, "every row must have a label", `row ${row} has none`);
}

/** The fields of a row without its label, as f32. */
function numbersOf(
  name: string,
  fields: readonly string[],
  { row, at, columns }: {
    readonly row: number;
    readonly at: number;
    readonly columns: readonly string[];
  },
): Float32Array {
  const out = new Float32Array(fields.length - 1);
  fields.forEach((field, i) => {
    if (i === at) return;
    const value = Math.fround(numberOf(field) ?? NaN);
    if (Number.isFinite(value)) {
      out[i < at ? i : i - 1] = value;
      return;
    }
    const rule = "all fields but the label must be finite numbers";
    const place = `row ${row}, column ${escapeName(columns[i]!)}`;
    const text = field.length > 40 ? `${field.slice(0, 37)}...` : field;
    throw invalidData(name, rule, `"${escapeName(text)}" in ${place}`);
  });
  return out;
}

/** The number in a field; `undefined` if there is none, as in "" or "abc". */
export function numberOf(field: string): number | undefined {
  const text = field.trim();
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text)) return undefined;
  return Number(text);
}

function concatenated(rows: readonly Float32Array[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(row, i * width));
  return out;
}

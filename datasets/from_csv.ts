/**
 * Datasets from CSV files: a row for each sample, with one column for its label and numbers in all
 * others.
 * @module
 */
import { escapeName, readFileChecked } from "../checkpoint/mod.ts";
import { readCsv } from "../formats/mod.ts";
import {
  anything,
  checkOptions,
  nearestName,
  nonEmptyText,
  optional,
  type OptionRules,
} from "../graph/mod.ts";
import type { Dataset, Split } from "./dataset.ts";
import { invalidData } from "./invalid_data.ts";
import { measureNormalization } from "./normalization.ts";

/** Options for datasets from CSV files. */
export interface CsvColumns {
  /**
   * The column of the labels: its name in the header, or its number from 1 on. Default: the only
   * column named label, class, target, or y.
   */
  readonly labelColumn?: string;
}

/** Options for {@link datasetFromCsv}. */
export interface CsvDatasetOptions extends CsvColumns {
  /** Name of the dataset, for error messages and reports. */
  readonly name?: string;
  /** A second file of the same columns with the test split. */
  readonly test?: Uint8Array;
}

/** Options for {@link loadCsvDataset}. */
export interface CsvFileOptions extends CsvColumns {
  /** Path of a second file of the same columns with the test split. */
  readonly test?: string | URL;
}

/** The rules for {@link CsvFileOptions}. */
const csvRules: OptionRules<CsvFileOptions> = {
  labelColumn: optional(nonEmptyText),
  test: optional(anything),
};

/** Names of columns that hold labels. */
const LABEL_NAMES: readonly string[] = ["label", "class", "target", "y"];

/**
 * Loads a dataset from CSV files. Needs `--allow-read` for them.
 *
 * @throws {FileError} if a file cannot be read
 * @throws {CsvError} if a file is not valid CSV
 * @throws {DatasetError} as {@link datasetFromCsv}
 */
export async function loadCsvDataset(
  path: string | URL,
  options: CsvFileOptions = {},
): Promise<Dataset> {
  checkOptions("read a dataset", options, csvRules);
  const { test: testPath, ...rest } = options;
  const bytes = await readFileChecked(path);
  const test = testPath === undefined ? {} : { test: await readFileChecked(testPath) };
  return await datasetFromCsv(bytes, { ...rest, ...test, name: `${path}` });
}

/**
 * Creates a dataset from the bytes of a CSV file. Labels can be texts or numbers: the different ones
 * are the class names, sorted. All other fields must be finite numbers, f32 [n, columns − 1]. The
 * first row is a header if one of its fields is not a number. Mean and standard deviation are
 * measured on the training rows.
 *
 * @throws {CsvError} if a file is not valid CSV
 * @throws {DatasetError} naming the row and column, if the label column is unclear, a field is not a
 *   number, or the test file has other columns or classes
 *
 * @example Three rows
 * ```ts
 * import { datasetFromCsv } from "./mod.ts";
 * const text = "length,width,label\n1.5,2,rose\n3,4,iris\n5,6,rose\n";
 * const { classNames, train } = await datasetFromCsv(new TextEncoder().encode(text));
 * console.assert(classNames.join() === "iris,rose" && train.y.join() === "1,0,1");
 * console.assert(train.x.join() === "1.5,2,3,4,5,6");
 * ```
 */
export async function datasetFromCsv(
  bytes: Uint8Array,
  options: CsvDatasetOptions = {},
): Promise<Dataset> {
  checkOptions("read a dataset", options, { name: optional(anything), ...csvRules });
  const { name = "csv", labelColumn, test: testBytes } = options;
  const table = await readTable(name, bytes, labelColumn);
  const second = testBytes && await readTable(`${name} (test)`, testBytes, labelColumn);
  if (second && second.columns.join() !== table.columns.join()) {
    const rule = `the test file must have the ${shown(table.columns)}`;
    throw invalidData(name, rule, shown(second.columns));
  }
  const classNames = sortedNames(new Set(table.labels));
  const train = toSplit(name, table, classNames);
  const sampleShape = [table.columns.length];
  const normalization = { scale: 1, mean: [0], std: [1] };
  return {
    ...{ name, classes: classNames.length, classNames, sampleShape, train },
    test: second ? toSplit(name, second, classNames) : emptySplit(),
    normalization: measureNormalization({ train, sampleShape, normalization }),
    source: `csv file ${name}, ${table.columns.length} columns and the labels "${table.label}"`,
  };
}

/** The contents of a file. */
interface Table {
  /** Names of the columns with numbers. */
  readonly columns: readonly string[];
  /** Name of the column with labels. */
  readonly label: string;
  /** f32 [rows, columns]. */
  readonly values: Float32Array;
  readonly labels: readonly string[];
}

async function readTable(
  name: string,
  bytes: Uint8Array,
  labelColumn: string | undefined,
): Promise<Table> {
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
  const spelled = columns.map((column) => column.trim().toLowerCase());
  if (columns.length < 2) {
    throw invalidData(
      name,
      "it must have a column of labels and others of numbers",
      shown(columns),
    );
  }
  if (labelColumn !== undefined) {
    const at = columns.indexOf(labelColumn);
    const number = Number(labelColumn);
    if (at >= 0) return at;
    if (Number.isInteger(number) && number >= 1 && number <= columns.length) return number - 1;
    const nearest = nearestName(labelColumn, columns);
    const advice = nearest === undefined ? "" : ` (did you mean ${escapeName(nearest)}?)`;
    throw invalidData(name, `column "${labelColumn}" must exist${advice}`, shown(columns));
  }
  const found = LABEL_NAMES.filter((label) => spelled.includes(label));
  if (found.length === 1) return spelled.indexOf(found[0]!);
  throw invalidData(
    name,
    `one column must be named ${LABEL_NAMES.join(", ")}, or chosen by name or number ` +
      "(--label-column)",
    shown(columns),
  );
}

/** Names of columns, for messages. */
function shown(columns: readonly string[]): string {
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
function numberOf(field: string): number | undefined {
  const text = field.trim();
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text)) return undefined;
  return Number(text);
}

/** Class names in order: by value if all are numbers, else by code units. */
function sortedNames(names: ReadonlySet<string>): readonly string[] {
  const all = [...names].toSorted();
  if (all.some((label) => numberOf(label) === undefined)) return all;
  return all.toSorted((a, b) => Number(a) - Number(b));
}

function toSplit(name: string, table: Table, classNames: readonly string[]): Split {
  const { labels, values } = table;
  const numbers = new Map(classNames.map((label, i) => [label, i]));
  const y = Int32Array.from(labels, (label) => {
    const number = numbers.get(label);
    if (number !== undefined) return number;
    const rule = "labels of the test file must be among those of the training file";
    throw invalidData(name, rule, `"${escapeName(label)}"`);
  });
  return { x: values, y, count: y.length };
}

function emptySplit(): Split {
  return { x: new Float32Array(), y: new Int32Array(), count: 0 };
}

function concatenated(rows: readonly Float32Array[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(row, i * width));
  return out;
}

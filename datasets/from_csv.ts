/**
 * Datasets from CSV files: a row for each sample, with one column for its label and numbers in all
 * others.
 * @module
 */
import { escapeName } from "../checkpoint/mod.ts";
import { anything, checkOptions, nonEmptyText, optional, type OptionRules } from "../graph/mod.ts";
import { type CsvTable, listColumns, numberOf, readCsvTable } from "./csv_table.ts";
import type { Dataset, Split } from "./dataset.ts";
import { invalidData } from "./invalid_data.ts";
import { measureNormalization } from "./normalization.ts";
import { awaitFor } from "./named_errors.ts";
import { readFiles } from "./read_files.ts";

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
  const { test, ...rest } = options;
  const { bytes, ...files } = await readFiles(path, test);
  return await datasetFromCsv(bytes, { ...rest, ...files });
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
    const rule = `the test file must have the ${listColumns(table.columns)}`;
    throw invalidData(name, rule, listColumns(second.columns));
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

function readTable(name: string, bytes: Uint8Array, labelColumn: string | undefined) {
  return awaitFor(name, () => readCsvTable(name, bytes, labelColumn));
}

/** Class names in order: by value if all are numbers, else by code units. */
function sortedNames(names: ReadonlySet<string>): readonly string[] {
  const all = [...names].toSorted();
  if (all.some((label) => numberOf(label) === undefined)) return all;
  return all.toSorted((a, b) => Number(a) - Number(b));
}

function toSplit(name: string, table: CsvTable, classNames: readonly string[]): Split {
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

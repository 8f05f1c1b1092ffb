/**
 * 1,797 handwritten digits of 8×8 pixels, a small dataset for quick experiments.
 * @module
 */
import { type DataFile, readDataFile } from "./data_file.ts";
import { type Dataset, DatasetError, type Normalization, type Split } from "./dataset.ts";
import { invalidData } from "./invalid_data.ts";

const NAME = "digits";
const PIXELS = 64;
const CLASSES = 10;
const SAMPLES = 1797;

/** The file has no official split: the first 80 % are for training, the last 360 for testing. */
const TRAIN_SAMPLES = 1437;

/** The bundled file. */
export const digitsFile: DataFile = {
  dataset: NAME,
  file: "digits.csv.gz",
  sha256: "46abec6b12486ad9e51943373abcf22bbea1b5a51a1619b361570d8893f1464a",
  byteLength: 264_712,
};

/** Pixels are 0 to 16. Mean and standard deviation are those of all training pixels. */
export const digitsNormalization: Normalization = {
  scale: 1 / 16,
  mean: [0.30538611256089077],
  std: [0.3755071088307581],
};

/** Loads the bundled file, or the file of the same name in `folder`. */
export async function loadDigits(folder?: URL): Promise<Dataset> {
  return parseDigits(new TextDecoder().decode(await readDataFile(digitsFile, folder)));
}

/**
 * Parses the decompressed file: a line of 64 pixels and the label for each sample.
 *
 * @throws {DatasetError} naming the invalid line
 */
export function parseDigits(text: string): Dataset {
  const lines = text.trimEnd().split("\n");
  if (lines.length !== SAMPLES) {
    throw invalidData(NAME, `it must have ${SAMPLES} lines`, `count is ${lines.length}`);
  }
  const rows = lines.map(parseLine);
  return {
    name: NAME,
    classes: CLASSES,
    classNames: Array.from({ length: CLASSES }, (_, digit) => `${digit}`),
    sampleShape: [1, 8, 8],
    train: splitOf(rows.slice(0, TRAIN_SAMPLES)),
    test: splitOf(rows.slice(TRAIN_SAMPLES)),
    normalization: digitsNormalization,
    source: "Optical Recognition of Handwritten Digits (Alpaydin, Kaynak 1998), UCI, test part; " +
      "CC BY 4.0",
  };
}

function parseLine(line: string, index: number): readonly number[] {
  const cells = line.split(",");
  const values = cells.map(Number);
  const pixelsAreRight = cells.length === PIXELS + 1 &&
    cells.every((cell) => /^\d{1,2}$/.test(cell)) &&
    values.every((value, column) => value <= (column === PIXELS ? CLASSES - 1 : 16));
  if (!pixelsAreRight) {
    throw new DatasetError(
      NAME,
      `Cannot read dataset "${NAME}" at line ${index + 1}: a line holds ${PIXELS} numbers up to ` +
        `16 and a label up to ${CLASSES - 1}: current text is ${JSON.stringify(line.slice(0, 60))}`,
    );
  }
  return values;
}

function splitOf(rows: readonly (readonly number[])[]): Split {
  return {
    x: Uint8Array.from(rows.flatMap((row) => row.slice(0, PIXELS))),
    y: Int32Array.from(rows, (row) => row[PIXELS] ?? 0),
    count: rows.length,
  };
}

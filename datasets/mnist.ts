/**
 * MNIST and Fashion-MNIST: 60,000 + 10,000 gray images of 28×28 in ten classes.
 * @module
 */
import type { CanonicalFile, CanonicalSet, FileContents } from "./canonical.ts";
import type { Dataset, Normalization, Split } from "./dataset.ts";
import { fashionClassNames } from "./fashion_mnist_7x7.ts";
import { parseIdx } from "./idx.ts";
import { invalidData } from "./invalid_data.ts";

const CLASSES = 10;
const SIDE = 28;
const TRAIN_IMAGES = "train-images-idx3-ubyte";
const TRAIN_LABELS = "train-labels-idx1-ubyte";
const TEST_IMAGES = "t10k-images-idx3-ubyte";
const TEST_LABELS = "t10k-labels-idx1-ubyte";

/** Length and SHA-256 of a file and of its gzip. */
type Sums = readonly [name: string, byteLength: number, sha256: string, gzip: {
  readonly byteLength: number;
  readonly sha256: string;
}];

const mnistSums: readonly Sums[] = [
  [TRAIN_IMAGES, 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", {
    byteLength: 9_912_422,
    sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
  }],
  [TRAIN_LABELS, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", {
    byteLength: 28_881,
    sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
  }],
  [TEST_IMAGES, 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", {
    byteLength: 1_648_877,
    sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
  }],
  [TEST_LABELS, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", {
    byteLength: 4_542,
    sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
  }],
];

const fashionSums: readonly Sums[] = [
  [TRAIN_IMAGES, 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", {
    byteLength: 26_421_880,
    sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
  }],
  [TRAIN_LABELS, 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", {
    byteLength: 29_515,
    sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
  }],
  [TEST_IMAGES, 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", {
    byteLength: 4_422_102,
    sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
  }],
  [TEST_LABELS, 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", {
    byteLength: 5_148,
    sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
  }],
];

/** MNIST. Mean and standard deviation are those of all training pixels. */
export const mnistSet: CanonicalSet = idxSet({
  name: "mnist",
  sums: mnistSums,
  folders: ["mnist", "MNIST/raw"],
  // The original host has been unreliable for years; these two serve the same bytes.
  mirrors: [
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
  ],
  classNames: Array.from({ length: CLASSES }, (_, digit) => `${digit}`),
  normalization: { scale: 1 / 255, mean: [0.1306604762738429], std: [0.3081078038564627] },
  source: "MNIST (LeCun, Cortes, Burges 1998); commonly given as CC BY-SA 3.0",
});

/** Fashion-MNIST. Mean and standard deviation are those of all training pixels. */
export const fashionMnistSet: CanonicalSet = idxSet({
  name: "fashion-mnist",
  sums: fashionSums,
  folders: ["fashion-mnist", "FashionMNIST/raw"],
  // The authors' own server has no HTTPS; their repository and the mirror of Keras do.
  mirrors: [
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
  ],
  classNames: fashionClassNames,
  normalization: { scale: 1 / 255, mean: [0.2860405969887955], std: [0.3530242445149226] },
  source: "Fashion-MNIST (Xiao, Rasul, Vollgraf 2017), Zalando SE; MIT",
});

/** What distinguishes the two datasets. */
interface IdxSetSpec {
  readonly name: string;
  readonly sums: readonly Sums[];
  readonly folders: readonly string[];
  readonly mirrors: readonly string[];
  readonly classNames: readonly string[];
  readonly normalization: Normalization;
  readonly source: string;
}

function idxSet({ name, sums, folders, mirrors, ...rest }: IdxSetSpec): CanonicalSet {
  return {
    name,
    files: sums.map(([file, byteLength, hex]): CanonicalFile => ({
      name: file,
      byteLength,
      digest: { algorithm: "SHA-256", hex },
    })),
    downloads: sums.map(([file, , , gzip]) => ({
      ...gzip,
      name: `${file}.gz`,
      format: "gzip",
      urls: mirrors.map((mirror) => `${mirror}${file}.gz`),
    })),
    folders,
    normalization: rest.normalization,
    decode: (files): Dataset => ({
      ...rest,
      name,
      classes: CLASSES,
      sampleShape: [1, SIDE, SIDE],
      train: readSplit(name, files, { images: TRAIN_IMAGES, labels: TRAIN_LABELS }),
      test: readSplit(name, files, { images: TEST_IMAGES, labels: TEST_LABELS }),
    }),
  };
}

function readSplit(
  dataset: string,
  files: FileContents,
  names: { readonly images: string; readonly labels: string },
): Split {
  const read = (file: string, rank: number) =>
    parseIdx(files.get(file) ?? new Uint8Array(), { dataset, file, rank });
  const images = read(names.images, 3);
  const labels = read(names.labels, 1);
  const [count = 0, height, width] = images.shape;
  if (height !== SIDE || width !== SIDE || count === 0) {
    const rule = `"${names.images}" must have the shape [n, ${SIDE}, ${SIDE}]`;
    throw invalidData(dataset, rule, `[${images.shape.join(", ")}]`);
  }
  if (labels.shape[0] !== count) {
    const rule = `"${names.labels}" must have one label for each of ${count} images`;
    throw invalidData(dataset, rule, `${labels.shape[0]}`);
  }
  const wrong = labels.values.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    const rule = `labels of "${names.labels}" must be below ${CLASSES}`;
    throw invalidData(dataset, rule, `${labels.values[wrong]} in sample ${wrong}`);
  }
  return { x: images.values, y: Int32Array.from(labels.values), count };
}

/** The readers of untrusted files, each with damaged files of its format. */
import {
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
  fromTyped,
  NpyError,
  SafetensorsError,
  type TensorData,
  toFloat32,
  toInt32,
} from "../../checkpoint/mod.ts";
import { encodeZip } from "../../checkpoint/zip.ts";
import { DatasetError, datasetFromCsv, datasetFromNpz } from "../../datasets/mod.ts";
import { CsvError, decodeImage, ImageError } from "../../formats/mod.ts";
import { crc32 } from "../../checkpoint/crc.ts";
import { grayJpegFile, jpegFile, pngFile, withExif } from "../formats/image_files.ts";
import { generator } from "../support/random.ts";
import { TooMuchMemory } from "./allocations.ts";
import { decodeCifar } from "../../datasets/cifar.ts";
import { parseIdx } from "../../datasets/idx.ts";
import { TarReader } from "../../datasets/tar.ts";
import { datasetFromSafetensors } from "../../datasets/from_safetensors.ts";
import { tar } from "../datasets/tiny_set.ts";
import type { Target } from "./fuzz.ts";
import { mutate, type Random } from "./mutate.ts";

const pick = <T>(list: readonly T[], random: Random): T =>
  list[Math.floor(random() * list.length)]!;

/** Uses the data, as a program would. */
function use(tensors: Iterable<TensorData>): void {
  for (const tensor of tensors) {
    toFloat32(tensor);
    if (!tensor.dtype.includes("F")) toInt32(tensor);
  }
}

const tensors: ReadonlyMap<string, TensorData> = new Map([
  ["0.weight", fromTyped(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])],
  ['π "quoted"', fromTyped(Int32Array.of(1, -2), [2])],
  ["step", fromTyped(BigInt64Array.of(7n), [])],
  ["half", { dtype: "F16", shape: [2], bytes: new Uint8Array(4) }],
  ["flag", { dtype: "BOOL", shape: [3], bytes: Uint8Array.of(0, 1, 1) }],
  ["none", fromTyped(new Float32Array(), [0, 4])],
]);

const dataset = new Map([
  ["x", fromTyped(Float32Array.of(1, 2, 3, 4), [2, 2])],
  ["y", fromTyped(Int32Array.of(0, 1), [2])],
]);

const safetensorsFiles = [
  encodeSafetensors(tensors),
  encodeSafetensors(tensors, { format: "pt", note: "line\nbreak" }),
  encodeSafetensors(new Map([["w", fromTyped(new Float64Array(4), [4])]])),
  encodeSafetensors(new Map()),
];

/** A safetensors file with a damaged header and usually a correct length field. */
function brokenHeader(file: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.1) return mutate(file, random);
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  const header = mutate(file.slice(8, 8 + length), random);
  const out = new Uint8Array(8 + header.length + file.length - 8 - length);
  out.set(header, 8);
  out.set(file.subarray(8 + length), 8 + header.length);
  const stated = random() < 0.9 ? header.length : Math.floor(random() * 2 ** 33);
  new DataView(out.buffer).setBigUint64(0, BigInt(stated), true);
  return out;
}

/** Headers of safetensors files, and conversions of their tensors. */
export const safetensors: Target = {
  name: "safetensors",
  errors: [SafetensorsError],
  make: (random) => brokenHeader(pick(safetensorsFiles, random), random),
  read: (file) => use(decodeSafetensors(file).tensors.values()),
  // tensors are views; as f32, a byte becomes four
  memory: { perByte: 8, fixed: 4096 },
};

/** Datasets from safetensors files. */
export const safetensorsDataset: Target = {
  name: "dataset from safetensors",
  errors: [SafetensorsError, DatasetError],
  make: (random) => brokenHeader(encodeSafetensors(dataset), random),
  read: (file) => void datasetFromSafetensors(file),
  memory: { perByte: 8, fixed: 4096 },
};

const idxFiles = [
  Uint8Array.of(
    0,
    0,
    8,
    3,
    0,
    0,
    0,
    2,
    0,
    0,
    0,
    2,
    0,
    0,
    0,
    3,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
  ),
  Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3),
];

/** The idx format of MNIST. */
export const idx: Target = {
  name: "idx",
  errors: [DatasetError],
  make: (random) => mutate(pick(idxFiles, random), random),
  read: (file) => {
    for (const rank of [1, 3]) {
      if (file[3] === rank || rank === 3) parseIdx(file, { dataset: "t", file: "f", rank });
    }
  },
  memory: { perByte: 1, fixed: 4096 },
};

const utf8 = new TextEncoder();
/** Maximum size of each requested member, which is allocated before its data are read. */
const MEMBER_BYTES = 2048;
const archives = [
  tar([{ name: "d/", type: "5" }, { name: "d/a.bin", bytes: utf8.encode("hello") }]),
  tar([
    { name: "./d/a.bin", bytes: new Uint8Array(600).fill(7), magic: "ustar  \0" },
    { name: "d/readme", bytes: utf8.encode("text") },
    { name: "b.bin", prefix: "d", bytes: new Uint8Array(512) },
  ]),
];

/** Corrects the checksum of a header, so that more than the checksum is tested. */
function withChecksum(archive: Uint8Array, at: number): Uint8Array {
  const block = archive.subarray(at, at + 512);
  if (block.length < 512) return archive;
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(utf8.encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return archive;
}

/** Tar archives, in chunks of any size. */
export const tarArchive: Target = {
  name: "tar",
  errors: [DatasetError],
  make: (random) => {
    const archive = pick(archives, random);
    const header = 512 * Math.floor(random() * 2);
    if (random() < 0.3) return mutate(archive, random);
    const block = mutate(archive.slice(header, header + 512), random);
    const out = archive.slice();
    out.set(block.subarray(0, 512), header);
    return random() < 0.8 ? withChecksum(out, header) : out;
  },
  read: (file) => {
    const members = new Map([["d/a.bin", MEMBER_BYTES], ["d/b.bin", MEMBER_BYTES]]);
    const reader = new TarReader({ dataset: "t", members });
    const piece = 1 + (file.length * 7) % 700;
    for (let at = 0; at < file.length; at += piece) reader.push(file.subarray(at, at + piece));
    reader.end();
  },
  memory: { perByte: 1, fixed: 4096 + 2 * MEMBER_BYTES },
};

const RECORD_BYTES = 3073;
const records = Uint8Array.from({ length: 2 * RECORD_BYTES }, (_, i) => i % RECORD_BYTES % 10);

/** Files of CIFAR-10. */
export const cifar: Target = {
  name: "cifar",
  errors: [DatasetError],
  make: (random) => {
    const out = mutate(records, random);
    // with a whole number of records, labels are checked
    if (random() < 0.3 || out.length < RECORD_BYTES) return out;
    return out.slice(0, out.length - out.length % RECORD_BYTES);
  },
  read: (file) => {
    decodeCifar(new Map([["train", file.slice()], ["test", records]]), {
      name: "cifar10",
      trainFiles: ["train", "missing"],
      testFile: "test",
      labelBytes: 1,
      labelAt: 0,
      classNames: Array.from({ length: 10 }, (_, i) => `${i}`),
      normalization: { scale: 1, mean: [0], std: [1] },
      source: "t",
    });
  },
  memory: { perByte: 2, fixed: 16384 },
};

const npyFiles = [
  ...[...tensors.values()].map(encodeNpy),
  fortran(encodeNpy(fromTyped(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]))),
];

/** The same file, marked as column-major. */
function fortran(file: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(file);
  const at = text.indexOf("False, 's");
  file.set(utf8.encode("True ,"), at);
  return file;
}

/** Usually a place in the header, which is most of a small file, without its padding. */
function brokenNpy(file: Uint8Array, random: Random): Uint8Array {
  const length = file[8]! + 256 * file[9]!;
  const text = new TextDecoder("latin1").decode(file.subarray(10, 10 + length)).trimEnd();
  if (random() < 0.2) return mutate(file, random);
  const header = mutate(utf8.encode(text), random);
  const out = new Uint8Array(10 + header.length + file.length - 10 - length);
  out.set(file.subarray(0, 8));
  out.set([header.length & 255, header.length >> 8], 8);
  out.set(header, 10);
  out.set(file.subarray(10 + length), 10 + header.length);
  return out;
}

/** NumPy's arrays, and conversions of them. */
export const npy: Target = {
  name: "npy",
  errors: [NpyError, SafetensorsError],
  make: (random) => brokenNpy(pick(npyFiles, random), random),
  read: (file) => use([decodeNpy(file)]),
  memory: { perByte: 12, fixed: 4096 },
};

const members = [...tensors].map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)] as const);
const zips = await Promise.all([
  encodeZip(members.slice(0, 2), { compress: false }),
  encodeZip(members.slice(0, 2), { compress: true }),
  encodeZip([["zeros.npy", encodeNpy(fromTyped(new Float32Array(20_000), [20_000]))]], {
    compress: true,
  }),
]);

/** NumPy's archives. Deflate gives at most 1,032 bytes for one, and an array of them is copied. */
export const npz: Target = {
  name: "npz",
  errors: [NpyError, SafetensorsError],
  make: (random) => mutate(pick(zips, random), random),
  read: async (file) => use((await decodeNpz(file)).values()),
  memory: { perByte: 3 * 1032, fixed: 1 << 18 },
};

/** Errors of the meter are not the readers' own, even if a reader reports them as its own. */
async function withoutCauses(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (error instanceof Error && error.cause instanceof TooMuchMemory) throw error.cause;
    throw error;
  }
}

const pngFiles = (
  [[0, 1, false], [2, 8, true], [3, 4, false], [4, 16, true], [6, 8, false]] as const
).map(([colorType, depth, isInterlaced]) =>
  pngFile({ width: 7, height: 5, colorType, depth, isInterlaced, random: generator(1) }).file
);

/** Corrects the checksums of chunks, so that more than the checksums is tested. */
function withChecksums(file: Uint8Array): Uint8Array {
  const out = file.slice();
  const view = new DataView(out.buffer);
  for (let at = 8; at + 12 <= out.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > out.length) break;
    view.setUint32(end, crc32(out.subarray(at + 4, end)));
    at = end + 4;
  }
  return out;
}

/** PNG images. A byte of theirs gives at most 1,032 bytes of rows, and these 4 times as many. */
export const png: Target = {
  name: "png",
  errors: [ImageError],
  make: (random) => {
    const file = mutate(pick(pngFiles, random), random);
    return random() < 0.8 ? withChecksums(file) : file;
  },
  read: (file) => withoutCauses(() => decodeImage(file)),
  memory: { perByte: 8 * 1032, fixed: 1 << 17 },
};

const jpegFiles = [
  jpegFile({ width: 9, height: 17, color: (x, y) => [20 * x, 10 * y, 7] }),
  withExif(jpegFile({ width: 8, height: 8, color: () => [1, 2, 3] }), 8),
  grayJpegFile(),
];

/** JPEG images. A byte of theirs gives at most 512 pixels. */
export const jpeg: Target = {
  name: "jpeg",
  errors: [ImageError],
  make: (random) => mutate(pick(jpegFiles, random), random),
  read: (file) => withoutCauses(() => decodeImage(file)),
  memory: { perByte: 512 * 64, fixed: 1 << 20 },
};

const tables = ["a,b,label\n1,2,x\n3,4,y\n", '1;2\n"3";4\n', "y\tz\n0\t1\n1\t1e3\n"];

/** Datasets from CSV files. */
export const csv: Target = {
  name: "dataset from csv",
  errors: [CsvError, DatasetError],
  make: (random) => mutate(utf8.encode(pick(tables, random)), random),
  read: (file) => withoutCauses(() => datasetFromCsv(file)),
  memory: { perByte: 256, fixed: 1 << 16 },
};

const npzDatasets = [
  await encodeNpz(dataset),
  await encodeNpz(dataset, { compress: true }),
];

/** Datasets from NumPy's archives. */
export const npzDataset: Target = {
  name: "dataset from npz",
  errors: [NpyError, DatasetError],
  make: (random) => mutate(pick(npzDatasets, random), random),
  read: async (file) => void await datasetFromNpz(file),
  memory: { perByte: 3 * 1032, fixed: 1 << 18 },
};

/** The readers of small binary files, which are tested with 100,000 damaged files each. */
export const fileTargets: readonly Target[] = [idx, tarArchive, cifar, npy];

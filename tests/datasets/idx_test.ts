import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatasetError, datasetFromFiles } from "../../datasets/mod.ts";
import { parseIdx } from "../../datasets/idx.ts";
import { hostBits } from "../../graph/mod.ts";

/** An idx file of these sizes with consecutive values. */
function idx(...shape: number[]): Uint8Array<ArrayBuffer> {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = new Uint8Array(4 + 4 * shape.length + count);
  bytes.set([0, 0, 8, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  for (let i = 0; i < count; i++) bytes[bytes.length - count + i] = i % 10;
  return bytes;
}

const about = { dataset: "t", file: "f", rank: 3 };

Deno.test("parseIdx() reads shape and values, even inside a larger buffer", () => {
  const larger = new Uint8Array(100);
  larger.set(idx(2, 3, 1), 5);
  const { shape, values } = parseIdx(larger.subarray(5, 5 + 22), about);
  assertEquals(shape, [2, 3, 1]);
  assertEquals([...values], [0, 1, 2, 3, 4, 5]);
  assertEquals(parseIdx(idx(0, 28, 28), about).values.length, 0);
});

Deno.test("parseIdx() refuses a wrong magic, rank, size, or length", () => {
  const right = idx(2, 3, 1);
  const changes: readonly [Uint8Array, string][] = [
    [right.with(0, 1), "begins with 0 0 8 3: current 1 0 8 3"],
    [right.with(2, 9), "begins with 0 0 8 3"],
    [right.with(3, 1), "begins with 0 0 8 3"],
    [right.with(7, 3), "takes 25 bytes: current length is 22"],
    [right.slice(0, -1), "takes 22 bytes: current length is 21"],
    [Uint8Array.of(...right, 0), "current length is 23"],
    [right.slice(0, 15), "header has 16 bytes"],
    [new Uint8Array(), "current length is 0"],
  ];
  for (const [bytes, reason] of changes) {
    assertThrows(() => parseIdx(bytes, about), DatasetError, reason);
  }
  // 2^32 − 1 three times: the product is not a safe integer and must not be rounded.
  const vast = right.slice().fill(255, 4, 16);
  assertThrows(() => parseIdx(vast, about), DatasetError, "79228162458924105385300197391 bytes");
});

Deno.test("100,000 damaged idx files give either a consistent array or a DatasetError", () => {
  const right = idx(2, 3, 1);
  const bits = hostBits({ seed: 8, stream: 7 });
  let read = 0;
  for (let run = 0; run < 100_000; run++) {
    const bytes = right.slice(0, bits(4 * run) % 4 === 0 ? bits(4 * run) % 23 : 22);
    const place = bits(4 * run + 1) % bytes.length;
    if (bytes.length > 0) bytes[place] = bits(4 * run + 2) & bits(4 * run + 3);
    try {
      const { shape, values } = parseIdx(bytes, about);
      assert(shape.reduce((product, size) => product * size, 1) === values.length);
      read++;
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
    }
  }
  assert(read > 1000 && read < 99_000, `${read} were read`);
});

function mnistFiles(train = 3, test = 2): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map([
    ["train-images-idx3-ubyte", idx(train, 28, 28)],
    ["train-labels-idx1-ubyte", idx(train)],
    ["t10k-images-idx3-ubyte", idx(test, 28, 28)],
    ["t10k-labels-idx1-ubyte", idx(test)],
  ]);
}

Deno.test("mnist and fashion-mnist are decoded from four files, with their own class names and normalization", () => {
  for (
    const [name, first, mean] of [
      ["mnist", "0", 0.1306604762738429],
      ["fashion-mnist", "T-shirt/top", 0.2860405969887955],
    ] as const
  ) {
    const dataset = datasetFromFiles(name, mnistFiles());
    assertEquals([dataset.name, dataset.classes, dataset.classNames[0]], [name, 10, first]);
    assertEquals([dataset.train.count, dataset.test.count], [3, 2]);
    assertEquals(dataset.sampleShape, [1, 28, 28]);
    assert(dataset.train.x instanceof Uint8Array);
    assertEquals([...dataset.train.x.subarray(0, 3), dataset.train.x.length], [0, 1, 2, 3 * 784]);
    assertEquals([[...dataset.train.y], [...dataset.test.y]], [[0, 1, 2], [0, 1]]);
    assertEquals(dataset.normalization.mean, [mean]);
  }
});

Deno.test("inconsistent idx files are refused", () => {
  const refused = (file: string, bytes: Uint8Array<ArrayBuffer> | undefined, reason: string) => {
    const files = mnistFiles();
    if (bytes === undefined) files.delete(file);
    else files.set(file, bytes);
    assertThrows(() => datasetFromFiles("mnist", files), DatasetError, reason);
  };
  refused("train-images-idx3-ubyte", undefined, "current length is 0");
  refused("train-images-idx3-ubyte", idx(3, 28, 27), "shape [n, 28, 28]: current [3, 28, 27]");
  refused("train-images-idx3-ubyte", idx(0, 28, 28), "shape [n, 28, 28]: current [0, 28, 28]");
  refused("train-labels-idx1-ubyte", idx(4), "one label for each of 3 images: current 4");
  refused("t10k-labels-idx1-ubyte", idx(2).with(9, 10), "below 10: current 10 in sample 1");
  assertThrows(
    () => datasetFromFiles("digits", mnistFiles()),
    DatasetError,
    "mnist, fashion-mnist, cifar10, cifar100",
  );
});

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type Dataset,
  DatasetError,
  features,
  loadDataset,
  type Split,
  takeFirst,
} from "../../datasets/mod.ts";
import { dataFolder, readDataFile } from "../../datasets/data_file.ts";
import { gunzip } from "../../datasets/gzip.ts";
import { digitsFile, parseDigits } from "../../datasets/digits.ts";
import { fashionMnist7x7File, parseFashionMnist7x7 } from "../../datasets/fashion_mnist_7x7.ts";

function classCounts(split: Split, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of split.y) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Mean and standard deviation of all raw values, in f64. */
function moments(x: Iterable<number>): { mean: number; std: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const value of x) {
    count++;
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  return { mean, std: Math.sqrt(squares / count - mean * mean) };
}

Deno.test("fashion-mnist-7x7 has the known counts, labels, classes, and sums", async () => {
  const { train, test, ...dataset } = await loadDataset("fashion-mnist-7x7");
  assertEquals([train.count, test.count, dataset.classes], [60_000, 10_000, 10]);
  assertEquals(dataset.sampleShape, [1, 7, 7]);
  assertEquals([train.x.length, test.x.length], [60_000 * 49, 10_000 * 49]);
  assertEquals([train.y.length, test.y.length], [60_000, 10_000]);
  assertEquals([...train.y.subarray(0, 10)], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
  assertEquals([...test.y.subarray(0, 10)], [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]);
  assertEquals(classCounts(train, 10), new Array(10).fill(6000));
  assertEquals(classCounts(test, 10), new Array(10).fill(1000));
  const sum = (x: Iterable<number>) => [...x].reduce((total, value) => total + value, 0);
  // The sum of all pixels of the official training and test images.
  assertEquals(sum(train.x), 3_431_114_169);
  assertEquals(sum(test.x), 573_469_082);
  assertEquals([...train.x.subarray(7, 14)], [0, 0, 1, 1377, 2281, 900, 790]);
  assertEquals(dataset.classNames[train.y[0] ?? -1], "Ankle boot");
  assertStringIncludes(dataset.source, "Zalando");
});

Deno.test("fashion-mnist-7x7 features have mean 0 and the standard deviation left by pooling", async () => {
  const dataset = await loadDataset("fashion-mnist-7x7");
  const { mean, std } = moments(features(dataset, dataset.train));
  assertAlmostEquals(mean, 0, 1e-6);
  // 0.302719 of the averages by 0.353024 of the pixels
  assertAlmostEquals(std, 0.302718667690661 / 0.353024244514923, 1e-6);
});

Deno.test("digits has the known class counts, first sample, and split", async () => {
  const { train, test, classes, sampleShape } = await loadDataset("digits");
  assertEquals([train.count, test.count, classes, ...sampleShape], [1437, 360, 10, 1, 8, 8]);
  const inTest = classCounts(test, 10);
  const all = classCounts(train, 10).map((count, label) => count + (inTest[label] ?? 0));
  assertEquals(all, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  assertEquals([...train.y.subarray(0, 10)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals([...train.x.subarray(0, 8)], [0, 0, 5, 13, 9, 1, 0, 0]);
  assertEquals([...test.y.subarray(-3)], [8, 9, 8]);
});

Deno.test("digits features of the training samples have mean 0 and standard deviation 1", async () => {
  const dataset = await loadDataset("digits");
  const { mean, std } = moments(features(dataset, dataset.train));
  assertAlmostEquals(mean, 0, 1e-6);
  assertAlmostEquals(std, 1, 1e-6);
});

async function withCopy(
  change: (bytes: Uint8Array) => Uint8Array,
  run: (folder: URL) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const bytes = await Deno.readFile(new URL(digitsFile.file, dataFolder()));
    await Deno.writeFile(`${folder}/${digitsFile.file}`, change(bytes));
    await run(new URL(`file://${folder}/`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a modified, truncated, or missing data file is refused", async () => {
  const flip = (bytes: Uint8Array) => bytes.with(1000, (bytes[1000] ?? 0) ^ 1);
  const load = (folder: URL) => () => loadDataset("digits", { folder });
  await withCopy((bytes) => bytes, async (folder) => {
    assertEquals((await loadDataset("digits", { folder })).train.count, 1437);
    await assertRejects(
      () => loadDataset("fashion-mnist-7x7", { folder }),
      DatasetError,
      "the file must exist and be readable",
    );
  });
  await withCopy(flip, async (folder) => {
    const error = await assertRejects(load(folder), DatasetError, "its SHA-256 must be 46abec6b");
    assert(error instanceof DatasetError && error.dataset === "digits");
  });
  await withCopy(
    (bytes) => bytes.slice(0, -1),
    async (folder) => void await assertRejects(load(folder), DatasetError, "(57511 bytes)"),
  );
});

Deno.test("data files can be loaded over HTTP, and a server's error is reported", async () => {
  const bytes = await Deno.readFile(new URL(digitsFile.file, dataFolder()));
  const serve = (request: Request) =>
    new URL(request.url).pathname === `/data/${digitsFile.file}`
      ? new Response(bytes)
      : new Response("no", { status: 404 });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, serve);
  const base = `http://127.0.0.1:${server.addr.port}`;
  const dataset = await loadDataset("digits", { folder: new URL(`${base}/data/`) });
  assertEquals(dataset.test.count, 360);
  await assertRejects(
    () => loadDataset("digits", { folder: new URL(`${base}/other/`) }),
    DatasetError,
    "the server answered 404",
  );
});

Deno.test("a missing permission is named", async () => {
  const code = `import { loadDataset } from ${
    JSON.stringify(new URL("../../datasets/mod.ts", import.meta.url).href)
  };
    const folder = Deno.args[0] ? { folder: new URL(Deno.args[0]) } : {};
    await loadDataset("digits", folder).catch((error) => console.log(error.message));`;
  const run = async (...args: string[]) => {
    const deno = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--quiet", "--no-prompt", "-", ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = deno.stdin.getWriter();
    await writer.write(new TextEncoder().encode(code));
    await writer.close();
    const { stdout, stderr } = await deno.output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  };
  assertStringIncludes(await run(), "permission to read it is missing: run deno with --allow-read");
  const overNet = await run("https://example.com/data/");
  assertStringIncludes(overNet, "run deno with --allow-net=example.com");
});

Deno.test("gunzip() refuses damaged, short, long, and endless data", async () => {
  const gzip = async (bytes: Uint8Array<ArrayBuffer>) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const packed = await gzip(new Uint8Array(1000));
  assertEquals((await gunzip("t", packed, 1000)).length, 1000);
  const refused = (bytes: Uint8Array<ArrayBuffer>, length: number, includes: string) =>
    assertRejects(() => gunzip("t", bytes, length), DatasetError, includes);
  await refused(packed, 1001, "it gives 1000");
  await refused(packed, 999, "it gives more");
  await refused(packed.slice(0, -4), 1000, "complete gzip data");
  await refused(packed.with(packed.length - 6, 77), 1000, "complete gzip data");
  await refused(new Uint8Array(30), 1000, "complete gzip data");
  const bomb = await gzip(new Uint8Array(50_000_000)); // 50 kB that would become 50 MB
  await refused(bomb, 1000, "it gives more");
});

/** A file in the layout of fashion-mnist-7x7 with 2 + 1 samples. */
function smallFile(): Uint8Array {
  const bytes = new Uint8Array(16 + 3 * 98 + 3);
  bytes.set([0x46, 0x4d, 0x37, 0x37, 2, 0, 0, 0, 2, 0, 0, 0, 1]);
  bytes.set([0xf0, 0x0f], 16); // 4080
  bytes.set([9, 0, 3], 16 + 3 * 98);
  return bytes;
}

Deno.test("parseFashionMnist7x7() reads the layout, even inside a larger buffer", () => {
  const larger = new Uint8Array(400);
  larger.set(smallFile(), 3);
  const { train, test } = parseFashionMnist7x7(larger.subarray(3, 3 + smallFile().length));
  assertEquals([train.count, test.count, train.x[0], train.x[1]], [2, 1, 4080, 0]);
  assertEquals([[...train.y], [...test.y]], [[9, 0], [3]]);
});

Deno.test("parseFashionMnist7x7() refuses a wrong magic, size, count, sum, or label", () => {
  const changes: readonly [(bytes: Uint8Array) => Uint8Array, string][] = [
    [(bytes) => bytes.with(0, 0x47), 'must begin with "FM77"'],
    [(bytes) => bytes.with(4, 1), "2 bytes: current size is 1"],
    [(bytes) => bytes.with(8, 3), "samples take"],
    [(bytes) => bytes.with(15, 0xff), "samples take"],
    [(bytes) => bytes.slice(0, -1), "samples take"],
    [(bytes) => bytes.slice(0, 15), "header has 16 bytes"],
    [(bytes) => bytes.with(17, 0x10), "at most 4080"],
    [(bytes) => bytes.with(bytes.length - 1, 10), "labels must be below 10: current value is 10"],
  ];
  for (const [change, includes] of changes) {
    assertThrows(() => parseFashionMnist7x7(change(smallFile())), DatasetError, includes);
  }
});

Deno.test("parseDigits() refuses invalid lines and names them", async () => {
  const text = new TextDecoder().decode(await readDataFile(digitsFile));
  const lines = text.trimEnd().split("\n");
  const withLine = (line: string) => lines.with(41, line).join("\n");
  const right = lines[41] ?? "";
  assertEquals(parseDigits(withLine(right)).train.count, 1437);
  const wrong = [
    `17${right.slice(1)}`,
    `-${right}`,
    `${right},1`,
    right.slice(2),
    `x${right.slice(1)}`,
    `${right.slice(0, -1)}10`,
    "",
  ];
  for (const line of wrong) {
    assertThrows(() => parseDigits(withLine(line)), DatasetError, "at line 42");
  }
  assertThrows(() => parseDigits(lines.slice(1).join("\n")), DatasetError, "1797 lines");
});

Deno.test("loadDataset() suggests the nearest name", async () => {
  const suggestions: readonly [string, string][] = [
    ["digit", "digits"],
    ["Digits", "digits"],
    ["fashion", "fashion-mnist-7x7"],
    ["fashion_mnist_7x7", "fashion-mnist-7x7"],
    ["sythetic", "synthetic"],
  ];
  for (const [name, nearest] of suggestions) {
    await assertRejects(
      () => loadDataset(name),
      DatasetError,
      `(did you mean "${nearest}"?)`,
    );
  }
  const error = await assertRejects(() => loadDataset("imagenet"), DatasetError, "must be one of");
  assert(error instanceof Error && !error.message.includes("did you mean"));
});

Deno.test("limit keeps the first samples and refuses more than exist", async () => {
  const { train, test } = await loadDataset("digits", { limit: { train: 100 } });
  assertEquals([train.count, train.x.length, train.y.length, test.count], [100, 6400, 100, 360]);
  await assertRejects(
    () => loadDataset("digits", { limit: { test: 361 } }),
    RangeError,
    "test must be a whole number in [0, 360]: current is 361",
  );
  await assertRejects(() => loadDataset("digits", { limit: { train: 1.5 } }), RangeError);
});

Deno.test("features() normalizes each channel with its own mean and standard deviation", () => {
  const dataset = {
    sampleShape: [2, 1, 2],
    normalization: { scale: 1 / 255, mean: [0.5, 0], std: [0.25, 2] },
  };
  const split = { x: Uint8Array.of(255, 0, 255, 51, 0, 255, 0, 0), y: new Int32Array(2), count: 2 };
  const expected = [2, -2, 0.5, 0.1, -2, 2, 0, 0].map(Math.fround);
  assertEquals([...features(dataset, split)], expected);
  const wrong = { ...dataset, normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } };
  assertThrows(() => features(wrong, split), RangeError, "one for each channel");
});

Deno.test("the bundled files have the length and checksum stated in the code", async () => {
  for (const file of [fashionMnist7x7File, digitsFile]) {
    assertEquals((await readDataFile(file)).length, file.byteLength);
  }
  for (const notice of ["LICENSE-fashion-mnist", "LICENSE-digits"]) {
    assert((await Deno.stat(new URL(notice, dataFolder()))).isFile);
  }
});

Deno.test("takeFirst() does not modify its argument", async () => {
  const dataset: Dataset = await loadDataset("synthetic");
  takeFirst(dataset, { train: 1, test: 0 });
  assertEquals([dataset.train.count, dataset.test.count], [2000, 500]);
});

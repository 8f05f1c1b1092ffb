import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FileError } from "../../checkpoint/mod.ts";
import {
  type Dataset,
  DatasetError,
  datasetFromImages,
  features,
  type ImageDatasetOptions,
  loadImageFolder,
} from "../../datasets/mod.ts";
import { encodePng } from "../../formats/mod.ts";
import { writeTree } from "./image_tree.ts";

/** A gray or color image whose pixels all have one value. */
function flat(value: number, size: readonly [number, number] = [2, 2], channels: 1 | 3 = 1) {
  const [width, height] = size;
  const data = new Uint8Array(width * height * channels).fill(value);
  return encodePng({ width, height, channels, data });
}

/** The dataset of files by path, read in memory. */
async function read(
  files: Readonly<Record<string, Uint8Array | Promise<Uint8Array>>>,
  options: ImageDatasetOptions = {},
): Promise<Dataset> {
  const list = Object.entries(files).map(([path, bytes]) => ({
    path,
    read: async () => await bytes,
  }));
  return await datasetFromImages(list, options);
}

const bad = new TextEncoder().encode("not an image");

Deno.test("folders are classes, sorted by name, and take turns", async () => {
  const { train, test, classNames, sampleShape, classes } = await read({
    "b/2.png": flat(3),
    "b/10.png": flat(2),
    "a/x.png": flat(1),
    "b/1.png": flat(4),
  });
  assertEquals([classNames, sampleShape, classes, test.count], [["a", "b"], [1, 2, 2], 2, 0]);
  assertEquals(train.names, ["a/x.png", "b/1.png", "b/10.png", "b/2.png"]);
  assertEquals([...train.y], [0, 1, 1, 1]);
  assertEquals([...train.x.filter((_, i) => i % 4 === 0)], [1, 4, 2, 3]);
});

Deno.test("train, test, and val are parts, under their usual names, with folders around them", async () => {
  for (
    const [train, test, val] of [["train", "test", "val"], ["Training", "testing", "validation"]]
  ) {
    for (const outer of ["", "photos/", "a/b/"]) {
      const dataset = await read({
        [`${outer}${train}/cat/1.png`]: flat(1),
        [`${outer}${train}/dog/1.png`]: flat(2),
        [`${outer}${test}/dog/1.png`]: flat(3),
        [`${outer}${val}/cat/9.png`]: flat(4),
        [`${outer}README.md`]: bad,
        [`${outer}${train}/.DS_Store`]: bad,
        [`${outer}${train}/cat/Thumbs.db`]: bad,
      });
      assertEquals(dataset.classNames, ["cat", "dog"]);
      assert("validation" in dataset);
      assertEquals([dataset.train, dataset.test].map(({ x }) => [x[0], x.length]), [[1, 8], [
        3,
        4,
      ]]);
      assertEquals([...dataset.test.y], [1]);
      assertEquals(dataset.source, "4 images of images");
    }
  }
});

Deno.test("other layouts are refused with what was expected", async () => {
  const cases: readonly [readonly string[], string][] = [
    [["1.png", "2.png"], "a folder must have one subfolder of images for each class"],
    [["cat/1.png", "cat/2.png"], "at least two classes: current the only one is cat"],
    [["photos/train/cat/1.png"], "at least two classes: current the only one is cat"],
    [["a/1.png", "b/1.png", "3.png"], "current file 3.png"],
    [["a/1.png", "b/c/1.png"], "current file b/c/1.png"],
    [["train/a/1.png", "train/b/1.png", "other/a/1.png"], "current folders other, train"],
    [["test/a/1.png", "cat/b/1.png"], "current folders cat, test"],
    [["train/a/1.png", "training/b/1.png"], "current folders train, training"],
    [["train/a/1.png", "train/b/1.png", "test/c/1.png"], "current file test/c/1.png"],
    [[], "one subfolder of images for each class"],
    [[".hidden/1.png"], "at least two classes: current classes are none"],
  ];
  for (const [paths, message] of cases) {
    const files = Object.fromEntries(paths.map((path) => [path, flat(1)]));
    await assertRejects(() => read(files), DatasetError, message);
  }
});

Deno.test("bad files are named and counted, or left out with a warning if that was asked for", async () => {
  const files = {
    "a/1.png": flat(1),
    "a/2.png": bad,
    "a/3.png": flat(3),
    "b/1.png": new Uint8Array(),
    "b/2.png": flat(5),
  };
  const error = await assertRejects(() => read(files), DatasetError);
  assertEquals(
    error.message,
    'Cannot read dataset "images": every file must be a PNG or JPEG image (--skip-bad-files leaves ' +
      "out the others): current 2 of 5 files cannot be used:\n" +
      "  a/2.png: the file must be PNG or JPEG: current first bytes are 6e 6f 74 20\n" +
      "  b/1.png: the file must be PNG or JPEG: current the file is empty",
  );
  const warnings: string[] = [];
  const onWarning = (text: string) => void warnings.push(text);
  const { train, source } = await read(files, { skipBadFiles: true, onWarning });
  assertEquals([train.names, [...train.y]], [["a/1.png", "b/2.png", "a/3.png"], [0, 1, 0]]);
  assertEquals([...train.x.filter((_, i) => i % 4 === 0)], [1, 5, 3]);
  assertEquals(source, "3 images of images, 2 unreadable files left out");
  assertEquals(warnings.length, 1);
  const lost = { ...files, "b/2.png": bad };
  const message = "every class needs images, and b has none: current 3 of 5 files";
  await assertRejects(() => read(lost, { skipBadFiles: true, onWarning }), DatasetError, message);
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`${"ab"[i % 2]}/${i}`, bad]),
  );
  await assertRejects(() => read(many), DatasetError, "and 30 more");
  // a warning names all, one in a line
  const good = { ...many, "a/good.png": flat(1), "b/good.png": flat(2) };
  const said: string[] = [];
  await read(good, { skipBadFiles: true, onWarning: (text) => void said.push(text) });
  const [first, ...named] = said.join().split("\n");
  assertEquals(first, "50 of 52 files of images are left out:");
  assertEquals([named.length, named[0]], [
    50,
    "  a/0: the file must be PNG or JPEG: current first bytes are 6e 6f 74 20",
  ]);
});

Deno.test("a file that cannot be read is a bad file, and errors of the program are not", async () => {
  const failing = (error: Error) =>
    datasetFromImages([
      { path: "a/1.png", read: () => flat(1) },
      { path: "b/1.png", read: () => Promise.reject(error) },
    ]);
  const gone = new FileError('Cannot read "b/1.png": not found', { path: "", reason: "not found" });
  await assertRejects(() => failing(gone), DatasetError, "b/1.png: not found");
  await assertRejects(() => failing(new TypeError("a bug")), TypeError, "a bug");
});

Deno.test("different sizes are refused with their numbers, or resized", async () => {
  const files = {
    "a/1.png": flat(10, [4, 4]),
    "a/2.png": flat(20, [4, 4]),
    "b/1.png": flat(30, [6, 3]),
  };
  const message =
    "every image must have the same size, or a size (--size) must be chosen: current sizes are " +
    "4×4 in 2 files such as a/1.png, 6×3 in 1 file such as b/1.png";
  await assertRejects(() => read(files), DatasetError, message);
  const { train, sampleShape, source } = await read(files, { size: { width: 3, height: 2 } });
  assertEquals([sampleShape, [...train.x]], [
    [1, 2, 3],
    [10, 30, 20].flatMap((v) => Array(6).fill(v)),
  ]);
  assertEquals(source, "3 images of images, resized to 3×2");
});

Deno.test("gray images become color if one is, whichever comes first, or as the option says", async () => {
  const gray = flat(9);
  const color = encodePng({
    ...{ width: 2, height: 2, channels: 3 },
    data: Uint8Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3),
  });
  const colorful = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3];
  const repeated = Array(12).fill(9);
  const first = await read({ "a/1": gray, "b/1": color });
  assertEquals([first.sampleShape, [...first.train.x]], [[3, 2, 2], [...repeated, ...colorful]]);
  const last = await read({ "a/1": color, "b/1": gray });
  assertEquals([...last.train.x], [...colorful, ...repeated]);
  const asGray = await read({ "a/1": color, "b/1": gray }, { channels: 1 });
  assertEquals([asGray.sampleShape, [...asGray.train.x]], [[1, 2, 2], [2, 2, 2, 2, 9, 9, 9, 9]]);
  const asColor = await read({ "a/1": gray, "b/1": gray }, { channels: 3 });
  assertEquals(asColor.sampleShape, [3, 2, 2]);
});

Deno.test("mean and standard deviation are those of the training images alone", async () => {
  const dataset = await read({
    "train/a/1.png": flat(0),
    "train/b/1.png": flat(255),
    "test/a/1.png": flat(255),
    "val/a/1.png": flat(255),
  });
  const { mean, std } = dataset.normalization;
  assertAlmostEquals(mean[0]!, 0.5, 1e-9);
  assertAlmostEquals(std[0]!, 0.5, 1e-9);
  assertAlmostEquals(features(dataset, dataset.test)[0]!, 1, 1e-6);
});

Deno.test("loadImageFolder() reads a folder, reports each file, and follows links", async () => {
  await using tree = await writeTree({
    "data/cat/1.png": await flat(1),
    "data/cat/sub/.keep": new Uint8Array(),
    "data/cat/Desktop.ini": bad,
    "data/__MACOSX/cat/._1.png": bad, // archives of macOS have such folders
    "elsewhere/x.png": await flat(2),
    "more/cat/7.png": await flat(7),
    "empty/a/.keep": new Uint8Array(),
  });
  const { path } = tree;
  const message = "folders must contain images: add some to it, or remove it: current";
  await assertRejects(
    () => loadImageFolder(`${path}/data`),
    DatasetError,
    `${message} ${path}/data/cat/sub is empty`,
  );
  await Deno.remove(`${path}/data/cat/sub`, { recursive: true });
  await Deno.symlink(`${path}/elsewhere`, `${path}/data/dog`);
  const seen: string[] = [];
  const { train, test, name } = await loadImageFolder(`${path}/data/`, {
    test: new URL(`file://${path}/more`),
    onProgress: ({ done, total }) => seen.push(`${done}/${total}`),
  });
  assertEquals([train.names, test.names], [["train/cat/1.png", "train/dog/x.png"], [
    "test/cat/7.png",
  ]]);
  assertEquals([train.x[0], train.x[4], test.x[0], name], [1, 2, 7, `${path}/data/`]);
  assertEquals(seen, ["1/3", "2/3", "3/3"]);
  await assertRejects(() => loadImageFolder(`${path}/none`), FileError, "not found");
  const remote = new URL("https://localhost/photos");
  await assertRejects(() => loadImageFolder(remote), FileError, 'Cannot read "https://localhost');
  await assertRejects(
    () => loadImageFolder(`${path}/data/cat/1.png`),
    FileError,
    "not a directory",
  );
  await Deno.symlink(`${path}/nowhere`, `${path}/data/cat/broken.png`);
  const missing = "1 of 3 files cannot be used:\n  cat/broken.png: not found";
  await assertRejects(() => loadImageFolder(`${path}/data`), DatasetError, missing);
  await Deno.remove(`${path}/data/cat/broken.png`);
  await Deno.symlink("/dev/null", `${path}/data/cat/device.png`);
  await assertRejects(() => loadImageFolder(`${path}/data`), DatasetError, "cat/device.png is not");
});

import { assertEquals, assertRejects } from "@std/assert";
import { encodeNpz, fromTyped, NpyError, type TensorData } from "../../checkpoint/mod.ts";
import { DatasetError, datasetFromNpz, loadNpzDataset } from "../../datasets/mod.ts";
import { writeTree } from "./image_tree.ts";

const file = (tensors: Record<string, TensorData>) => encodeNpz(new Map(Object.entries(tensors)));
const y = fromTyped(BigInt64Array.of(1n, 0n, 2n), [3]);

Deno.test("arrays named as in Keras's datasets are read: gray images, and labels as a column", async () => {
  const x = fromTyped(Uint8Array.from({ length: 18 }, (_, i) => i), [3, 2, 3]);
  const column = fromTyped(BigInt64Array.of(1n, 0n, 2n), [3, 1]);
  const bytes = await file({ x_train: x, y_train: column, x_test: x, y_test: column });
  const { train, test, sampleShape, classes } = await datasetFromNpz(bytes);
  assertEquals([sampleShape, classes, [...train.y], test.count], [[1, 2, 3], 3, [1, 0, 2], 3]);
  assertEquals(train.x instanceof Uint8Array && [...train.x], [...Array(18).keys()]);
});

Deno.test("a second file is the test split, with either names", async () => {
  const x = fromTyped(Float64Array.of(1, 2, 3), [3, 1]);
  const first = await file({ x, y });
  for (const second of [first, await file({ x_test: x, y_test: y })]) {
    const { test } = await datasetFromNpz(first, { test: second });
    assertEquals([...test.x], [1, 2, 3]);
  }
  await using tree = await writeTree({ "a.npz": first });
  const path = `${tree.path}/a.npz`;
  assertEquals((await loadNpzDataset(path, { test: path })).test.count, 3);
});

Deno.test("missing arrays and files that are no npz have typed errors", async () => {
  const x = fromTyped(Float32Array.of(1, 2, 3), [3, 1]);
  await assertRejects(
    async () => datasetFromNpz(await file({ x })),
    DatasetError,
    'tensor "y" is required',
  );
  await assertRejects(() => datasetFromNpz(new Uint8Array(40)), NpyError, 'dataset "npz"');
  const good = await encodeNpz(
    new Map([["x", fromTyped(Float32Array.of(1, 2), [2, 1])], [
      "y",
      fromTyped(Int32Array.of(0, 1), [2]),
    ]]),
  );
  await assertRejects(
    () => datasetFromNpz(good, { name: "a.npz", test: good.slice(0, -30) }),
    NpyError,
    'Cannot read dataset "a.npz (test)": npz archive: it must end with',
  );
  const far = fromTyped(BigInt64Array.of(0n, 1n, 2n ** 40n), [3]);
  await assertRejects(
    async () => datasetFromNpz(await file({ x, y: far })),
    DatasetError,
    'tensor "y": Cannot convert I64',
  );
});

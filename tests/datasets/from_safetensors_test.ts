import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  encodeSafetensors,
  FileError,
  fromTyped,
  SafetensorsError,
  type TensorData,
} from "../../checkpoint/mod.ts";
import {
  DatasetError,
  datasetFromSafetensors,
  features,
  loadDataset,
  type TensorBytesOptions,
} from "../../datasets/mod.ts";

const x = fromTyped(Float32Array.of(0.5, 1, -2, 3, 4, 5), [3, 2]);
const y = fromTyped(BigInt64Array.of(2n, 0n, 1n), [3]);

function file(tensors: Record<string, TensorData>): Uint8Array {
  return encodeSafetensors(new Map(Object.entries(tensors)));
}

Deno.test("x and y become a dataset whose features are x, in file order", () => {
  for (const labels of [y, fromTyped(Int32Array.of(2, 0, 1), [3])]) {
    const dataset = datasetFromSafetensors(file({ x, y: labels }));
    assertEquals([dataset.classes, dataset.train.count, dataset.test.count], [3, 3, 0]);
    assertEquals(dataset.sampleShape, [2]);
    assertEquals([...dataset.train.y], [2, 0, 1]);
    assertEquals([...features(dataset, dataset.train)], [0.5, 1, -2, 3, 4, 5]);
    assertEquals(features(dataset, dataset.test).length, 0);
  }
});

Deno.test("images keep their shape, and there may be more classes than labels", () => {
  const images = fromTyped(new Float32Array(3 * 12), [3, 3, 2, 2]);
  const dataset = datasetFromSafetensors(file({ x: images, y }), { classes: 10 });
  assertEquals([dataset.classes, ...dataset.sampleShape], [10, 3, 2, 2]);
});

Deno.test("a test split comes from x_test and y_test, or from a second file", () => {
  const last = fromTyped(Float32Array.of(7, 8), [1, 2]);
  const label = fromTyped(Int32Array.of(4), [1]);
  const inside = datasetFromSafetensors(file({ x, y, x_test: last, y_test: label }));
  const second = datasetFromSafetensors(file({ x, y }), { test: file({ x: last, y: label }) });
  for (const { test, classes } of [inside, second]) {
    assertEquals([test.count, [...test.x], [...test.y], classes], [1, [7, 8], [4], 5]);
  }
});

Deno.test("invalid tensors are refused, and the error names and shows them", () => {
  const u8 = (shape: number[]) => fromTyped(new Uint8Array(shape.reduce((a, b) => a * b)), shape);
  const f32 = (values: number[], shape: number[]) => fromTyped(Float32Array.from(values), shape);
  const i32 = (values: number[], shape = [values.length]) =>
    fromTyped(Int32Array.from(values), shape);
  const cases: readonly [Record<string, TensorData>, string, TensorBytesOptions?][] = [
    [{ y }, 'tensor "x" is required: current "y"'],
    [{ x }, 'tensor "y" is required: current "x"'],
    [{}, 'tensor "x" is required: current no tensor'],
    [{ x, y, x_test: x }, 'tensor "y_test" is required'],
    [
      { x, y: f32([0, 1.5, 2], [3]) },
      'labels of "y" must be whole numbers: current 1.5 in sample 1',
    ],
    [{ x, y: f32([0, NaN, 2], [3]) }, "must be whole numbers: current NaN"],
    [{ x: u8([3, 2]), y, x_test: x, y_test: y }, "both be bytes (U8), or neither"],
    [{ x, y, x_test: u8([3, 2]), y_test: y }, "current test samples are bytes"],
    [{ x, y: fromTyped(Uint8Array.of(0, 1, 200), [3]) }, "current 200", { classes: 10 }],
    ...[[3, 3, 3], [5, 6, 7], [1, 28, 1], [3, 5, 3], [8, 8, 8], [16, 9, 7]].map((
      shape,
    ): [Record<string, TensorData>, string] => [
      { x: u8([3, ...shape]), y },
      `because the shape can be either: current [n, ${shape.join(", ")}]`,
    ]),
    [{ x, y }, "a layout (--layout) is only for images", { layout: "nhwc" }],
    [{ x, y: i32([0, 1]) }, "one label for each sample"],
    [{ x, y: i32([0, 1, 2, 0, 1, 2], [3, 2]) }, "shape [3]: current [3, 2]"],
    [{ x: f32([1, 2, 3], [3]), y }, "must have the shape [n, …]: current [3]"],
    [{ x: f32([1], []), y }, "must have the shape [n, …]: current []"],
    [{ x: f32([], [3, 0]), y }, "must not be empty"],
    [{ x: f32([], [0, 2]), y: i32([]) }, "at least one sample"],
    [{ x, y: i32([0, -1, 2]) }, "must be from 0 to 2: current -1 in sample 1"],
    [{ x, y: i32([0, 1, 3]) }, "must be from 0 to 2: current 3 in sample 2", { classes: 3 }],
    [{ x: f32([1, 2, 3, NaN, 5, 6], [3, 2]), y }, "must be finite: current NaN in sample 1"],
    [{ x: f32([1, 2, 3, 4, 5, -Infinity], [3, 2]), y }, "current -Infinity in sample 2"],
    [{ x, y, x_test: f32([1, 2, 3], [1, 3]), y_test: i32([0]) }, "shape of the training samples"],
    [{ x, y, x_test: x, y_test: y }, "come from one place", { test: file({ x, y }) }],
    [
      { x, y, x_test: x, y_test: i32([0, 0, 5]) },
      'labels of "y_test" must be from 0 to 2: current 5',
      { classes: 3 },
    ],
  ];
  for (const [tensors, includes, options] of cases) {
    assertThrows(() => datasetFromSafetensors(file(tensors), options), DatasetError, includes);
  }
});

Deno.test("values that cannot be kept name their tensor, and damaged files have their own error", () => {
  const far = fromTyped(BigInt64Array.of(0n, 2n ** 40n, 0n), [3]);
  const inexact = fromTyped(Int32Array.of(0, 1, 2 ** 24 + 1), [3]);
  const cases: readonly [Record<string, TensorData>, string][] = [
    [{ x, y: far }, 'tensor "y": Cannot convert I64[3] to i32'],
    [{ x: { ...inexact, shape: [3, 1] }, y }, "current value is 16777217 at element 2"],
    [{ x: fromTyped(Float64Array.of(1, 2, 1e39), [3, 1]), y }, 'tensor "x": Cannot convert F64'],
  ];
  for (const [tensors, includes] of cases) {
    assertThrows(() => datasetFromSafetensors(file(tensors)), DatasetError, includes);
  }
  const cut = file({ x, y }).slice(0, -1);
  assertThrows(
    () => datasetFromSafetensors(cut),
    SafetensorsError,
    'Cannot read dataset "safetensors": tensor',
  );
});

Deno.test("loadDataset() accepts the path of a .safetensors file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/data.safetensors`;
    await Deno.writeFile(path, file({ x, y }));
    const dataset = await loadDataset(path, { safetensors: { classes: 4, test: path } });
    assertEquals([dataset.name, dataset.classes, dataset.test.count], [path, 4, 3]);
    await assertRejects(
      () => loadDataset(`${folder}/other.safetensors`),
      FileError,
      "not found",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("samples and labels of any type are accepted", () => {
  const values = [0, 1, 2, 3, 4, 200];
  const half = (number: number) => new Uint8Array(new Float32Array([number]).buffer).subarray(2);
  const brief = new Uint8Array(values.flatMap((value) => [...half(value)]));
  const halves = [0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x5a40];
  const kinds: readonly TensorData[] = [
    fromTyped(Float32Array.from(values), [3, 2]),
    fromTyped(Float64Array.from(values), [3, 2]),
    fromTyped(Uint8Array.from(values), [3, 2]),
    { dtype: "BF16", shape: [3, 2], bytes: brief },
    { dtype: "F16", shape: [3, 2], bytes: new Uint8Array(Uint16Array.from(halves).buffer) },
    fromTyped(Int16Array.from(values), [3, 2]),
    fromTyped(Uint16Array.from(values), [3, 2]),
    fromTyped(Int32Array.from(values), [3, 2]),
    fromTyped(BigInt64Array.from(values, BigInt), [3, 2]),
  ];
  for (const samples of kinds) {
    const dataset = datasetFromSafetensors(file({ x: samples, y }));
    assertEquals([...dataset.train.x], values, samples.dtype);
    assertEquals(dataset.train.x instanceof Uint8Array, samples.dtype === "U8");
    const last = features(dataset, dataset.train)[5]!;
    assertAlmostEquals(last, samples.dtype === "U8" ? 200 / 255 : 200, 1e-6);
  }
  for (const kind of [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array]) {
    const labels = fromTyped(kind.from([2, 0, 1]), [3]);
    assertEquals([...datasetFromSafetensors(file({ x, y: labels })).train.y], [2, 0, 1]);
  }
  for (const kind of [Float32Array, Float64Array]) {
    const column = fromTyped(kind.from([2, 0, 1]), [3, 1]);
    assertEquals([...datasetFromSafetensors(file({ x, y: column })).train.y], [2, 0, 1]);
  }
  const flags: TensorData = { dtype: "BOOL", shape: [3], bytes: Uint8Array.of(1, 0, 1) };
  assertEquals([...datasetFromSafetensors(file({ x, y: flags })).train.y], [1, 0, 1]);
});

Deno.test("channels-last images are recognized, or read with the given layout", () => {
  const cases: readonly [number[], "nchw" | "nhwc" | undefined, "nchw" | "nhwc"][] = [
    [[16, 16, 3], undefined, "nhwc"],
    [[28, 28, 1], undefined, "nhwc"],
    [[5, 7, 4], undefined, "nhwc"],
    [[8, 8, 16], undefined, "nhwc"],
    [[4, 4, 3], undefined, "nhwc"],
    [[3, 16, 16], undefined, "nchw"],
    [[1, 28, 28], undefined, "nchw"],
    [[16, 8, 8], undefined, "nchw"],
    [[3, 4, 4], undefined, "nchw"],
    [[3, 3, 3], "nhwc", "nhwc"],
    [[3, 3, 3], "nchw", "nchw"],
    [[5, 6, 7], "nhwc", "nhwc"],
    [[16, 16, 3], "nchw", "nchw"],
    [[3, 16, 16], "nhwc", "nhwc"],
  ];
  for (const [shape, layout, expected] of cases) {
    const [a, b, c] = shape as [number, number, number];
    for (const kind of [Float32Array, Uint8Array]) {
      const values = kind.from(Array.from({ length: 2 * a * b * c }, (_, i) => i % 251));
      const tensors = {
        x: fromTyped(values, [2, ...shape]),
        y: fromTyped(Int32Array.of(0, 1), [2]),
      };
      const options = layout === undefined ? {} : { layout };
      const dataset = datasetFromSafetensors(
        file({ ...tensors, x_test: tensors.x, y_test: tensors.y }),
        options,
      );
      assertEquals(dataset.sampleShape, expected === "nchw" ? shape : [c, a, b]);
      assertEquals(dataset.source.includes("height, width, channels"), expected === "nhwc");
      const wanted = expected === "nchw"
        ? [...values]
        : [0, 1].flatMap((n) =>
          Array.from({ length: c * a * b }, (_, i) => {
            const [channel, row, column] = [Math.floor(i / (a * b)), Math.floor(i / b) % a, i % b];
            return values[((n * a + row) * b + column) * c + channel]!;
          })
        );
      for (const split of [dataset.train, dataset.test]) assertEquals([...split.x], wanted);
    }
  }
});

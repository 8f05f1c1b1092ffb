import { assert, assertEquals } from "@std/assert";
import { evaluate, Tensor, tensor } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { type Backend, fixedCounter } from "../../graph/mod.ts";
import { type Dataset, features } from "../../datasets/mod.ts";
import { marginOf } from "../../train/augment.ts";
import { type DeviceSplit, drawJitter, type Jitter, MARGIN, placeSplit } from "../../train/mod.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";

const COUNT = 11;

/** Noise, as bytes or as other numbers. */
function noise(sampleShape: readonly number[], Kind: typeof Uint8Array | typeof Float32Array) {
  const random = generator(4);
  const size = sampleShape.reduce((a, b) => a * b, 1);
  const x = new Kind(COUNT * size).map(() => Math.floor(256 * random()));
  const y = Int32Array.from({ length: COUNT }, (_, i) => i % 3);
  const channels = sampleShape[0]!;
  const split = { x, y, count: COUNT };
  const normalization = {
    scale: 1 / 255,
    mean: Array.from({ length: channels }, (_, i) => 0.3 + 0.1 * i),
    std: Array.from({ length: channels }, (_, i) => 0.2 + 0.05 * i),
  };
  const facts = { name: "noise", classes: 3, classNames: [], source: "", sampleShape };
  return { ...facts, train: split, test: split, normalization } satisfies Dataset;
}

const color = noise([3, 5, 4], Uint8Array);
const order = [3, 0, 10, 10, 7, 4];

function place(dataset: Dataset, shape: readonly number[], bytesPerBuffer = 2 ** 20): DeviceSplit {
  return placeSplit(dataset, dataset.train, { shape, name: "train", bytesPerBuffer });
}

async function valuesOf(x: Tensor, backend: Backend): Promise<number[]> {
  const [data] = await evaluate([x], { backend });
  return [...data!];
}

const index = tensor(Int32Array.from(order));

async function batchOf(split: DeviceSplit, backend: Backend): Promise<number[]> {
  using owned = split;
  return await valuesOf(owned.batch(index), backend);
}

Deno.test("a batch of bytes holds normalized features, as rows or as images", async () => {
  using backend = await openCpu({ threads: 1 });
  const close = { relative: 1e-6, absolute: 1e-6 };
  for (const dataset of [color, noise([1, 6, 2], Uint8Array), noise([4], Uint8Array)]) {
    const { sampleShape, train } = dataset;
    const size = sampleShape.reduce((a, b) => a * b, 1);
    const all = features(dataset, train);
    const expected = order.flatMap((row) => [...all.subarray(row * size, (row + 1) * size)]);
    for (const shape of [sampleShape, [size]]) {
      const what = `[${sampleShape}] as [${shape}]`;
      assertAllClose(await batchOf(place(dataset, shape), backend), expected, close, what);
    }
  }
});

Deno.test("samples that are not bytes are stored normalized", async () => {
  using backend = await openCpu({ threads: 1 });
  const dataset = noise([3, 2, 2], Float32Array);
  const all = features(dataset, dataset.train);
  const expected = order.flatMap((row) => [...all.subarray(row * 12, (row + 1) * 12)]);
  assertEquals(await batchOf(place(dataset, [3, 2, 2]), backend), expected);
});

/** Fixed shifts and flips. */
const jitter: Jitter = {
  down: tensor(Int32Array.of(0, 4, -4, 1, 0, -1)),
  right: tensor(Int32Array.of(0, 1, -2, -4, 4, 3)),
  mirrored: tensor(Uint8Array.of(0, 1, 0, 1, 1, 0), [6], "bool"),
};

Deno.test("a split in several buffers is bit-for-bit identical to one in a single buffer", async () => {
  using backend = await openCpu({ threads: 1 });
  for (const dataset of [color, noise([3, 5, 4], Float32Array)]) {
    const bytes = dataset === color ? 60 : 240;
    const read = async (bytesPerBuffer: number, pieces: number) => {
      using split = place(dataset, [3, 5, 4], bytesPerBuffer);
      assertEquals(split.pieces, pieces);
      const plain = await valuesOf(split.batch(index), backend);
      return [...plain, ...await valuesOf(split.jittered(index, jitter), backend)];
    };
    const whole = await read(2 ** 20, 1);
    assertEquals(await read(4 * bytes + 3, 3), whole);
    assertEquals(await read(1, 11), whole);
  }
});

/** Shifts and flips images in plain loops. */
function moved(
  dataset: Dataset,
  jitters: readonly (readonly [number, number, boolean])[],
): number[] {
  const [channels, height, width] = dataset.sampleShape as [number, number, number];
  const all = features(dataset, dataset.train);
  const result: number[] = [];
  jitters.forEach(([down, right, mirrored], image) => {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const [row, column] = [i + down, (mirrored ? width - 1 - j : j) + right];
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          const at = ((order[image]! * channels + c) * height + row) * width + column;
          result.push(inside ? all[at]! : 0);
        }
      }
    }
  });
  return result;
}

const wanted = moved(color, [
  [0, 0, false],
  [4, 1, true],
  [-4, -2, false],
  [1, -4, true],
  [0, 4, true],
  [-1, 3, false],
]);

async function checkJittered(backend: Backend): Promise<void> {
  using split = place(color, [3, 5, 4], 300);
  const values = await valuesOf(split.jittered(index, jitter), backend);
  assertAllClose(values, wanted, { relative: 1e-6, absolute: 1e-6 }, backend.name);
}

Deno.test("each image has its own shift and flip", async () => {
  using backend = await openCpu({ threads: 1 });
  await checkJittered(backend);
});

gpuTest("images are shifted and flipped on the GPU as on the CPU", checkJittered);

/** The shifts and flips of a batch, as numbers. */
async function drawn(step: number, rows: number, backend: Backend, seed = 1): Promise<number[][]> {
  const { down, right, mirrored } = drawJitter(new Tensor(fixedCounter(step)), { rows, seed });
  const list = await evaluate([down, right, mirrored], { backend });
  return list.map((values) => [...values]);
}

Deno.test("shifts are uniform, and half of the images are flipped, differently in each step", async () => {
  using backend = await openCpu({ threads: 1 });
  const rows = 9000;
  const [down, right, mirrored] = await drawn(0, rows, backend) as [number[], number[], number[]];
  for (const list of [down, right]) {
    const counts = new Map<number, number>();
    for (const value of list) counts.set(value, (counts.get(value) ?? 0) + 1);
    assertEquals([...counts.keys()].toSorted((a, b) => a - b), [
      -4,
      -3,
      -2,
      -1,
      0,
      1,
      2,
      3,
      MARGIN,
    ]);
    // 1000 each are expected, with a standard deviation of 30
    assert([...counts.values()].every((count) => Math.abs(count - 1000) < 150), `${[...counts]}`);
  }
  const half = mirrored.filter((value) => value === 1).length;
  assert(Math.abs(half - rows / 2) < 240, `${half}`);
  // independent of each other: the mean of a product of two, each of mean 0, is 0 ± 0.07
  const product = down.reduce((sum, value, i) => sum + value * right[i]!, 0) / rows;
  assert(Math.abs(product) < 0.35, `${product}`);
  const [again] = await drawn(0, rows, backend);
  assertEquals(again, down);
  for (const [other] of [await drawn(1, rows, backend), await drawn(0, rows, backend, 2)]) {
    const equal = other!.filter((value, i) => value === down[i]).length;
    assert(Math.abs(equal - 1000) < 150, `${equal} of ${rows} are equal`);
  }
});

Deno.test("shifts are at most an eighth of the smaller side, and 4 pixels", async () => {
  const of = (height: number, width: number) => marginOf([3, height, width]);
  assertEquals([of(1, 1), of(7, 7), of(8, 30), of(16, 16)], [1, 1, 1, 2]);
  assertEquals([of(28, 28), of(32, 32), of(224, 300)], [4, 4, 4]);
  using backend = await openCpu({ threads: 1 });
  const options = { rows: 200, seed: 1, margin: 1 };
  const { down, right } = drawJitter(new Tensor(fixedCounter(0)), options);
  for (const shifts of await evaluate([down, right], { backend })) {
    assertEquals([...new Set(shifts)].toSorted((a, b) => a - b), [-1, 0, 1]);
  }
});

gpuTest("the GPU draws the same shifts and flips as the CPU", async (gpu) => {
  using cpu = await openCpu({ threads: 1 });
  assertEquals(await drawn(7, 100, gpu), await drawn(7, 100, cpu));
});

Deno.test("disposing of a split frees all of its buffers", async () => {
  using backend = await openCpu({ threads: 1 });
  const before = backend.memory().liveBuffers;
  await batchOf(place(color, [60], 120), backend);
  assertEquals(backend.memory().liveBuffers, before);
});

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatasetError, datasetFromFiles, features, loadDataset } from "../../datasets/mod.ts";
import { cifar100CoarseNames, cifar100FineNames } from "../../datasets/cifar_names.ts";
import type { Bytes } from "../../datasets/canonical.ts";
import { noise } from "./tiny_set.ts";

/** Records of noise with these label bytes. */
function records(labels: readonly (readonly number[])[], seed: number): Bytes {
  const bytes = labels.map((label, index) => [...label, ...noise(3072, seed + index)]).flat();
  return Uint8Array.from(bytes);
}

function cifar10Files(): Map<string, Bytes> {
  const labels = (index: number) => [[index], [9 - index]];
  const batches = [0, 1, 2, 3, 4].map((index): [string, Bytes] => [
    `data_batch_${index + 1}.bin`,
    records(labels(index), 10 * index),
  ]);
  return new Map([...batches, ["test_batch.bin", records([[7]], 77)]]);
}

Deno.test("cifar10 is decoded from its batches in order, with raw pixels, channels first", () => {
  const dataset = datasetFromFiles("cifar10", cifar10Files());
  const { train, test, classNames, sampleShape, classes } = dataset;
  assertEquals([train.count, test.count, classes, ...sampleShape], [10, 1, 10, 3, 32, 32]);
  assertEquals([...train.y], [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]);
  assert(train.x instanceof Uint8Array && train.x.length === 10 * 3072);
  assertEquals(train.x.subarray(0, 3072), noise(3072, 0));
  assertEquals(train.x.subarray(5 * 3072, 6 * 3072), noise(3072, 21));
  assertEquals(test.x, noise(3072, 77));
  assertEquals(classNames[test.y[0] ?? -1], "horse");
  // The first blue value is normalized with the third channel's mean and standard deviation.
  const blue = features(dataset, train)[2048] ?? NaN;
  const { mean, std } = dataset.normalization;
  const raw = train.x[2048] ?? 0;
  assertEquals(blue, Math.fround((raw * (1 / 255) - (mean[2] ?? 0)) / (std[2] ?? 1)));
});

Deno.test("cifar100 has fine labels by default and coarse ones on request", () => {
  const files = new Map([
    ["train.bin", records([[11, 19], [15, 29], [4, 0]], 1)],
    ["test.bin", records([[10, 49]], 2)],
  ]);
  const fine = datasetFromFiles("cifar100", files);
  const coarse = datasetFromFiles("cifar100", files, { labels: "coarse" });
  assertEquals([[...fine.train.y], [...fine.test.y], fine.classes], [[19, 29, 0], [49], 100]);
  assertEquals([[...coarse.train.y], [...coarse.test.y], coarse.classes], [[11, 15, 4], [10], 20]);
  assertEquals(coarse.train.x, fine.train.x);
  assertEquals(fine.train.x.subarray(0, 3072), noise(3072, 1));
  // The official first training image shows cattle, one of the large omnivores and herbivores.
  assertEquals([fine.classNames[19], coarse.classNames[11]], [
    "cattle",
    "large_omnivores_and_herbivores",
  ]);
});

Deno.test("CIFAR-100 has 100 different classes and 20 superclasses, each in alphabetical order", () => {
  for (const [names, count] of [[cifar100FineNames, 100], [cifar100CoarseNames, 20]] as const) {
    assertEquals([names.length, new Set(names).size], [count, count]);
    assertEquals(names, names.toSorted());
  }
});

Deno.test("coarse labels are refused for datasets without them", async () => {
  for (const name of ["cifar10", "mnist", "digits"]) {
    await assertRejects(() => loadDataset(name, { labels: "coarse" }), DatasetError, "are fine");
  }
  const wrong = () => datasetFromFiles("cifar10", cifar10Files(), { labels: "coarse" });
  assertThrows(wrong, DatasetError, "coarse labels");
});

Deno.test("truncated, missing, or wrongly labeled records are refused, and the error names the file", () => {
  const changed = (file: string, bytes?: Bytes) => {
    const files = cifar10Files();
    if (bytes === undefined) files.delete(file);
    else files.set(file, bytes);
    return () => datasetFromFiles("cifar10", files);
  };
  const cases: readonly [() => unknown, string][] = [
    [changed("data_batch_3.bin", noise(3073 * 2 - 1, 1)), '"data_batch_3.bin" must hold whole'],
    [changed("test_batch.bin", new Uint8Array()), "current length is 0"],
    [changed("test_batch.bin"), "one of test_batch.bin is required"],
    [
      changed("data_batch_2.bin", records([[3], [10]], 1)),
      'labels of "data_batch_2.bin" must be below 10: current label is 10 in sample 1',
    ],
  ];
  for (const [run, reason] of cases) assertThrows(run, DatasetError, reason);
  const coarse = new Map([["train.bin", records([[20, 5]], 1)], [
    "test.bin",
    records([[0, 0]], 1),
  ]]);
  assertEquals(datasetFromFiles("cifar100", coarse).train.count, 1);
  assertThrows(
    () => datasetFromFiles("cifar100", coarse, { labels: "coarse" }),
    DatasetError,
    "must be below 20",
  );
});

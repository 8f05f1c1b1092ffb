/**
 * Facts about the real files, checked where they are at hand: GSPACE_DATA_DIR names a folder with
 * the layout that `dataDir` takes. Without it, or without a dataset in it, the tests are ignored.
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { DatasetError, loadDataset, type Split } from "../../datasets/mod.ts";

const dataDir = Deno.env.get("GSPACE_DATA_DIR");

interface Facts {
  readonly name: string;
  readonly firstTrain: readonly number[];
  readonly firstTest: readonly number[];
  readonly trainCounts: readonly number[];
  readonly testCounts: readonly number[];
  /** Digits to which mean and deviation are known. */
  readonly tolerance: number;
}

const even = (classes: number, count: number) => new Array<number>(classes).fill(count);

const facts: readonly Facts[] = [
  {
    name: "mnist",
    firstTrain: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
    firstTest: [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    trainCounts: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    testCounts: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    tolerance: 1e-12,
  },
  {
    name: "fashion-mnist",
    firstTrain: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
    firstTest: [9, 2, 1, 1, 6, 1, 4, 6, 5, 7],
    trainCounts: even(10, 6000),
    testCounts: even(10, 1000),
    tolerance: 1e-12,
  },
  {
    name: "cifar10",
    firstTrain: [6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
    firstTest: [3, 8, 8, 0, 6, 6, 1, 6, 3, 1],
    trainCounts: even(10, 5000),
    testCounts: even(10, 1000),
    tolerance: 1e-12,
  },
  {
    name: "cifar100",
    firstTrain: [19, 29, 0, 11, 1],
    firstTest: [49, 33, 72, 51, 71],
    trainCounts: even(100, 500),
    testCounts: even(100, 100),
    tolerance: 6e-6, // the constants have five digits
  },
];

/** Whether the folder has the dataset's files, right or wrong. */
async function isAtHand(name: string): Promise<boolean> {
  if (dataDir === undefined) return false;
  try {
    await loadDataset(name, { dataDir, allowUnverified: true, onWarning() {} });
    return true;
  } catch (error) {
    if (error instanceof DatasetError && error.reason === "missing") return false;
    throw error;
  }
}

for (const fact of facts) {
  Deno.test({
    name:
      `${fact.name}: the real files have the known labels, class counts, means, and standard deviations`,
    ignore: !(await isAtHand(fact.name)),
    fn: () => checkFacts(fact),
  });
}

async function checkFacts(fact: Facts): Promise<void> {
  const dataset = await loadDataset(fact.name, {
    ...(dataDir === undefined ? {} : { dataDir }),
    allowUnverified: true, // a copy of CIFAR-10's test batch differs in 23 images
  });
  const { train, test, classes, normalization, sampleShape } = dataset;
  assertEquals([...train.y.subarray(0, fact.firstTrain.length)], fact.firstTrain);
  assertEquals([...test.y.subarray(0, fact.firstTest.length)], fact.firstTest);
  assertEquals(classCounts(train, classes), fact.trainCounts);
  assertEquals(classCounts(test, classes), fact.testCounts);
  const channels = sampleShape[0] ?? 0;
  assertEquals(normalization.mean.length, channels);
  for (let channel = 0; channel < channels; channel++) {
    const { mean, std } = moments(train, channels, channel);
    assertAlmostEquals(mean / 255, normalization.mean[channel] ?? NaN, fact.tolerance);
    assertAlmostEquals(std / 255, normalization.std[channel] ?? NaN, fact.tolerance);
  }
}

Deno.test({
  name: "cifar100: the real files have the known coarse labels",
  ignore: !(await isAtHand("cifar100")),
  async fn() {
    const { train, classes } = await loadDataset("cifar100", {
      ...(dataDir === undefined ? {} : { dataDir }),
      labels: "coarse",
    });
    assertEquals([...train.y.subarray(0, 5)], [11, 15, 4, 14, 1]);
    assertEquals(classCounts(train, classes), even(20, 2500));
  },
});

function classCounts({ y }: Split, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of y) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Mean and standard deviation of a channel's raw values. The sums are exact integers. */
function moments(
  { x, count }: Split,
  channels: number,
  channel: number,
): { readonly mean: number; readonly std: number } {
  const size = x.length / count / channels;
  let sum = 0;
  let squares = 0;
  for (let sample = 0; sample < count; sample++) {
    const start = (sample * channels + channel) * size;
    for (let i = start; i < start + size; i++) {
      const value = x[i] ?? 0;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / (count * size);
  return { mean, std: Math.sqrt(squares / (count * size) - mean * mean) };
}

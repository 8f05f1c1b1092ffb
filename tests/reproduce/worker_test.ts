import { assertEquals, assertRejects } from "@std/assert";
import { PointFolder } from "../../reproduce/point_folder.ts";
import { resultOf } from "../../reproduce/worker.ts";
import { temporaryFolder } from "../cli/command.ts";

const epoch = {
  kind: "epoch",
  arm: "sgd",
  epoch: 1,
  step: 10,
  trainLoss: 1,
  trainAccuracy: 0.5,
  testLoss: 1,
  testError: 0.25,
  seconds: 2,
};
const end = {
  ...{ kind: "end", arm: "sgd", epoch: 1, step: 10, seconds: 2, trainLoss: 1, trainError: 0.5 },
  ...{ testLoss: null, testError: null, imagesPerSecond: 100 },
};

/** The result of a run with these lines of metrics. */
async function resultFrom(...lines: readonly unknown[]) {
  await using folder = await temporaryFolder();
  const point = new PointFolder(folder.path);
  await Deno.mkdir(point.run);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  await Deno.writeTextFile(`${point.run}/metrics.jsonl`, text);
  return await resultOf(point, "an abacus");
}

Deno.test("the result of a finished run has its final numbers and its best epoch", async () => {
  const { status, end: numbers, best, seconds } = await resultFrom(epoch, end);
  assertEquals([status, numbers?.trainLoss, numbers?.testLoss, seconds], ["done", 1, null, 2]);
  assertEquals(best, { epoch: 1, testError: 0.25 });
});

Deno.test("a run whose last step gives NaN has diverged, and the sweep continues", async () => {
  const { status, end: numbers, best } = await resultFrom(epoch, { ...end, trainLoss: Infinity });
  assertEquals([status, numbers, best], ["diverged", null, null]);
});

Deno.test("an unfinished run has no result", async () => {
  await assertRejects(() => resultFrom(epoch), Error, "has no end");
});

Deno.test("throughput excludes the first line of steps, in which the device warms up", async () => {
  const step = (count: number, seconds: number, imagesPerSecond: number, share?: number) => (
    {
      ...{ kind: "step", arm: "sgd", learningRate: 0.1 },
      epoch: count / 10,
      step: count,
      loss: 1,
      accuracy: 0.5,
      seconds,
      imagesPerSecond,
      ...(share !== undefined && { communicationShare: share }),
    }
  );
  // 10 images in 10 s, then 40 in 1 s and 60 in 2 s
  const warm = await resultFrom(step(2, 10, 1), step(4, 11, 40), step(6, 13, 30), end);
  assertEquals(warm.end?.imagesPerSecond, 100 / 3);
  assertEquals(warm.end?.communicationShare, null);
  assertEquals((await resultFrom(step(2, 10, 1), end)).end?.imagesPerSecond, 100);
  // of 1 s a half, of 2 s an eighth
  const shares = [step(2, 10, 1, 0.9), step(4, 11, 40, 0.5), step(6, 13, 30, 0.125)];
  assertEquals((await resultFrom(...shares, end)).end?.communicationShare, 0.25);
  assertEquals((await resultFrom(shares[0], end)).end?.communicationShare, 0.9);
});

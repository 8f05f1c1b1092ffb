import { assertThrows } from "@std/assert";
import { placeSplit } from "../../train/mod.ts";
import { checkLabels, DatasetError, makeSynthetic } from "../../datasets/mod.ts";

const dataset = makeSynthetic({ classes: 3, sampleShape: [2], trainCount: 4, testCount: 0 });
const splitOf = (y: ArrayLike<number>) => ({ ...dataset.train, y: y as Int32Array });

Deno.test("invalid labels are refused, and the error names sample, label, and classes", () => {
  // what an untyped program may pass: fractions, NaN, arrays of another type
  for (const bad of [3, -1, -2, 1.5, NaN, Infinity, 2 ** 31]) {
    const labels = [0, 2, bad, 1];
    const message = `labels of "train" must be from 0 to 2: current ${bad} in sample 2`;
    assertThrows(() => checkLabels(dataset, splitOf(labels), '"train"'), DatasetError, message);
    const place = { shape: [2], name: "train", bytesPerBuffer: 2 ** 20 };
    assertThrows(() => placeSplit(dataset, splitOf(labels), place), DatasetError, message);
  }
  checkLabels(dataset, splitOf(Int32Array.of(0, 1, 2, 0)), '"train"');
  checkLabels(dataset, splitOf([]), '"train"');
});

import * as datasets from "../../datasets/mod.ts";
import { encodeNpz, encodeSafetensors, fromTyped } from "../../checkpoint/mod.ts";
import { markup } from "../../figures/mod.ts";
import { encodePng } from "../../formats/mod.ts";
import { initialize, Linear } from "../../layers/mod.ts";
import { exportOnnx } from "../../onnx/mod.ts";
import { type Calls, count, HUGE, rate } from "./calls.ts";

const synthetic = {
  seed: 1,
  classes: 2,
  sampleShape: [3],
  trainCount: 4,
  testCount: 2,
  noise: 0.1,
};
const syntheticAccepts = {
  seed: count,
  sampleShape: [[]],
  testCount: count,
  noise: rate,
};
const dataset = () => datasets.makeSynthetic(synthetic);
const nested = Object.fromEntries(
  Object.entries(syntheticAccepts).map(([name, values]) => [`synthetic.${name}`, values]),
);
const bytes = () =>
  encodeSafetensors(
    new Map([
      ["x", fromTyped(Float32Array.of(1, 2, 3, 4), [2, 2])],
      ["y", fromTyped(Int32Array.of(0, 1), [2])],
    ]),
  );
const npz = await encodeNpz(new Map([["x", fromTyped(Float32Array.of(1), [1])]]));
const csv = new TextEncoder().encode("1,2\n3,4\n");
const npzDataset = await encodeNpz(
  new Map([["x", fromTyped(Float32Array.of(1), [1, 1])], ["y", fromTyped(Int32Array.of(0), [1])]]),
);
const image = () => ({ width: 1, height: 1, channels: 1, data: Uint8Array.of(5) });
const pixel = await encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(5) });
const images = ["a/1.png", "b/2.png"].map((path) => ({ path, read: () => Promise.resolve(pixel) }));
const here = new URL(import.meta.url);
const model = () => initialize(new Linear(3, 2), { seed: 1 });
/** A sample without axes, or without elements, is not what this model takes. */
const samples = { sampleShape: [[]], "sampleShape[]": count };
const tensors = () =>
  new Map([
    ["weight", fromTyped(new Float32Array(6), [2, 3])],
    ["bias", fromTyped(new Float32Array(2), [2])],
  ]);
const bytesLimit = [0, 1.5, HUGE, Infinity];

const onnxFile = await exportOnnx(model(), { sampleShape: [3] });

/** Datasets, files, devices and pages. */
export const otherCalls: Calls = {
  "checkpoint.decodeNpz": {
    args: () => [npz, { maxBytes: 999 }],
    accepts: { maxBytes: bytesLimit },
  },
  "checkpoint.encodeNpz": { args: () => [new Map(), { compress: true }] },
  "checkpoint.loadStateDict": { args: () => [model(), tensors(), { strict: false }] },
  "checkpoint.matchStateDict": { args: () => [model().state(), tensors(), { strict: false }] },
  "checkpoint.fromTyped": {
    args: () => [Float32Array.of(1, 2), [2]],
    accepts: { shape: [[]], "shape[]": count },
  },
  "checkpoint.readFileChecked": {
    args: () => [here, { maxBytes: 99_999 }],
    accepts: { maxBytes: bytesLimit },
  },
  "cpu.openCpu": { args: () => [{ threads: 1, maximumBytes: 2 ** 26 }] },
  "datasets.batchIndices": {
    args: () => [{ order: new Int32Array(4), batchSize: 2, batchCount: 2 }, 1],
    accepts: { batch: count },
  },
  "datasets.batches": {
    args: () => [{ x: new Float32Array(4) }, {
      count: 2,
      batchSize: 1,
      seed: 1,
      epoch: 0,
      shuffle: true,
      lastBatch: "keep",
    }],
    accepts: { seed: count, epoch: count },
  },
  "datasets.datasetFromCsv": { args: () => [csv, { labelColumn: "1" }] },
  "datasets.datasetFromImages": {
    args: () => [images, { size: { width: 2, height: 1 }, channels: 1, skipBadFiles: false }],
  },
  "datasets.datasetFromNpz": { args: () => [npzDataset, { classes: 3 }] },
  "datasets.datasetFromSafetensors": { args: () => [bytes(), { classes: 3 }] },
  "datasets.gatherRows": {
    args: () => [new Float32Array(4), Int32Array.of(1), new Float32Array(2), 2],
  },
  "datasets.holdOut": {
    args: () => [dataset(), { count: 1, seed: 1, stratified: false }],
    accepts: { seed: count },
  },
  "datasets.loadDataset": {
    args: () => ["synthetic", {
      limit: { train: 2, test: 1 },
      synthetic,
      download: { stallMs: 1, rounds: 1, retryDelayMs: 1 },
    }],
    accepts: {
      ...nested,
      "limit.train": count,
      "limit.test": count,
      "download.stallMs": [1.5],
      "download.retryDelayMs": [0, 1.5],
    },
  },
  "datasets.makeSynthetic": { args: () => [synthetic], accepts: syntheticAccepts },
  "datasets.planBatches": {
    args: () => [
      { count: 4, batchSize: 2, seed: 1, epoch: 1, shuffle: true, lastBatch: "keep" },
    ],
    accepts: { seed: count, epoch: count },
  },
  "datasets.shuffledOrder": {
    args: () => [{ count: 4, seed: 1, epoch: 1 }],
    accepts: { count, seed: count, epoch: count },
  },
  "datasets.takeFirst": {
    args: () => [dataset(), { train: 2, test: 1 }],
    accepts: { train: count, test: count },
  },
  "formats.decodeImage": { args: () => [pixel, { maxPixels: 4 }] },
  "formats.encodePng": { args: () => [image()] },
  "formats.resizeImage": { args: () => [image(), { width: 2, height: 1 }] },
  "formats.withChannels": { args: () => [image(), 3] },
  "device.openBackend": { args: () => ["cpu", { threads: 1 }] },
  "figures.binValues": { args: () => [[1, 2, 3], 2], data: ["values"] },
  "figures.figureSection": {
    args: () => [
      { name: "f", title: "t", caption: "", columns: 1, panels: [] },
      new Map(),
      { heading: "h2" },
    ],
    data: ["figure", "styles"],
  },
  "figures.page": {
    args: () => ["title", markup`text`, { index: { href: "index.html", text: "all" } }],
    data: ["title", "content"],
  },
  "gpu.openGpu": {
    args: () => [{}],
    accepts: {
      memoryLimit: [1.5, HUGE, Infinity],
      "profile.loadCost": rate,
      "profile.compileCost": rate,
      "profile.workgroupMemoryFrom": [Infinity],
      "profile.cooperativeWorkgroups": [[]],
      "profile.leastTurns": [Infinity],
    },
  },
  "live.serveLive": { args: () => [{ folders: [], port: 0 }], accepts: { port: count } },
  "onnx.exportOnnx": {
    args: () => [model(), { sampleShape: [3], batch: 2 }],
    accepts: samples,
  },
  "onnx.importOnnx": { args: () => [onnxFile, { outputs: ["output"] }] },
  "onnx.onnxModel": { args: () => [model(), { sampleShape: [3], batch: 2 }], accepts: samples },
};

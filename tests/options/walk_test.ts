import { assert, assertEquals, assertThrows } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { datasetFromFiles } from "../../datasets/mod.ts";
import type { Call } from "./calls.ts";
import { attentionCalls } from "./attention_calls.ts";
import { convolutionCalls } from "./convolution_calls.ts";
import { otherCalls } from "./device_calls.ts";
import { ExportedNumbers, readDoc, type Taker } from "./exported_numbers.ts";
import { graphCalls, graphExceptions } from "./graph_calls.ts";
import { layerCalls } from "./layer_calls.ts";
import { optimCalls } from "./optim_calls.ts";
import { tensorCalls } from "./tensor_calls.ts";
import { trainCalls } from "./train_calls.ts";
import { dispose, walk } from "./walk.ts";

const calls: Readonly<Record<string, Call>> = {
  ...graphCalls,
  ...tensorCalls,
  ...layerCalls,
  ...attentionCalls,
  ...convolutionCalls,
  ...optimCalls,
  ...trainCalls,
  ...otherCalls,
};

const exceptions: Readonly<Record<string, string>> = {
  ...graphExceptions,
  "autograd.Tensor.data": "evaluate, which is walked",
  "autograd.Tensor.item": "evaluate, which is walked",
  "autograd.CompiledForBatches": "made by compileForBatches, which is walked",
  "autograd.vmap": "checks the axes when its function is called: tests/autograd/jacobian_test.ts",
  "autograd.Variable.data": "reads where the value is, and takes no notice of options",
  "cpu.CheckError": "made by the checks of generated code",
  "cpu.CpuBackend.allocate": "called with types of nodes, which are checked",
  "datasets.datasetFromFiles": "needs the files of a public dataset: see below",
  "datasets.DatasetError": "made by the readers",
  "datasets.loadCsvDataset": "datasetFromCsv, which is walked, on files",
  "datasets.loadImageFolder": "datasetFromImages, which is walked, on files",
  "datasets.loadNpzDataset": "datasetFromNpz, which is walked, on files",
  "datasets.loadSafetensorsDataset": "datasetFromSafetensors, which is walked, on files",
  "distributed.overMpi": "needs a library of MPI",
  "distributed.checkCommunicator": "the check itself",
  "distributed.checkEqual": "compares any values",
  "distributed.DistributedStep": "made by compileDistributed, which is walked",
  "formats.CsvError": "made by readCsv",
  "graph.checkOptions": "the check itself",
  "onnx.encodeOnnxModel": "takes a decoded file: numbers in it are checked by its readers",
  "onnx.OnnxError": "made by importOnnx and exportOnnx, which are walked",
  "onnx.OnnxModule.run": "its context is passed on to operators, as that of forward",
  "layers.Module.initializeAt": "called by initialize, which is walked",
  "layers.RandomStream.normal": "draws for one weight after the other: a check would be slow",
  "layers.RandomStream.uniform": "draws for one weight after the other: a check would be slow",
  "live.serveLiveInThread": "serveLive, which is walked, in a thread",
  "train.ClassScores": "made by ConfusionMatrix, which is walked",
  "train.DivergenceError": "made by Trainer, which is walked",
  "train.DeviceSplit": "made by placeSplit, which is walked",
};

const { ".": root, "./cli": _cli, ...entries } = manifest.exports;
const takers = new ExportedNumbers(await readDoc([root, ...Object.values(entries)])).takers();

const nothing: Taker = { places: [], options: [] };

/** All exported values by room and name. */
const values = new Map<string, unknown>();
for (const path of Object.values(entries)) {
  const room = path.split("/")[1];
  const module: Record<string, unknown> = await import(`../../${path}`);
  for (const [name, value] of Object.entries(module)) values.set(`${room}.${name}`, value);
}

/** A forward hands its context on, to the layers that draw. */
function isPassedOn(name: string): boolean {
  return name.endsWith(".forward") && calls[name] === undefined;
}

/** Is only its type exported, as of `RandomStream`? */
function isTypeOnly(name: string): boolean {
  const [, exported = ""] = name.split(".");
  return ![...values.keys()].some((key) => key.endsWith(`.${exported}`));
}

function targetOf(name: string, { on }: Call): (args: readonly unknown[]) => unknown {
  const [room, exported, method] = name.split(".");
  const value = on ? Reflect.get(on(), method ?? "") : values.get(`${room}.${exported}`);
  assert(typeof value === "function", `${name} is exported`);
  if (on) return (args) => Reflect.apply(value, on(), args);
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  return (args) => isClass ? Reflect.construct(value, args) : Reflect.apply(value, undefined, args);
}

Deno.test("every exported function that takes numbers or options is in the table, or says why not", () => {
  const known = (name: string) =>
    name in calls || name in exceptions || isPassedOn(name) || isTypeOnly(name);
  const advice = "add a call that works to tests/options/, or a reason to the exceptions";
  assertEquals([...takers.keys()].filter((name) => !known(name)), [], advice);
  const stale = [...Object.keys(calls), ...Object.keys(exceptions)];
  assertEquals(stale.filter((name) => !takers.has(name)), []);
});

// Deno ends the reads of a GPU some milliseconds after they were awaited: see tests/gpu/_adapter.ts
for (const [name, call] of Object.entries(calls)) {
  const sanitizeOps = !name.startsWith("gpu.");
  const fn = async () => {
    const target = targetOf(name, call);
    await dispose(await target(call.args()));
    assertEquals(await walk(target, call, takers.get(name) ?? nothing), []);
  };
  Deno.test({
    name: `${name} takes what has a meaning and refuses all else by name`,
    sanitizeOps,
    fn,
  });
}

Deno.test("datasetFromFiles() refuses a name that none of its options has", () => {
  const options: object = { lables: "fine" };
  const message = 'current has "lables": did you mean labels?';
  assertThrows(() => datasetFromFiles("mnist", new Map(), options), TypeError, message);
});

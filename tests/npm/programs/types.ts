// Compiled by tests/npm/package_test.ts in a project that has the package, without Deno's types.
import * as gs from "@gspace/gspace";
import { sha256 } from "@gspace/gspace/checkpoint";
import { type CpuBackend, openCpu } from "@gspace/gspace/cpu";
import type { Dataset } from "@gspace/gspace/datasets";
import { openBackend } from "@gspace/gspace/device";
import { inProcess } from "@gspace/gspace/distributed";
import { openGpu } from "@gspace/gspace/gpu";
import { importOnnx } from "@gspace/gspace/onnx";
import { loadProgram } from "@gspace/gspace/program";
import { Trainer } from "@gspace/gspace/train";

const backend: CpuBackend = openCpu({ threads: 1 });
const model: gs.Module = new gs.Sequential(new gs.Linear(2, 16), new gs.ReLU());
const y: gs.Tensor = model.forward(gs.ones([1, 2]));
const values: Float32Array = await gs.ones([2]).data({ backend });
// @ts-expect-error: there is no such option
openCpu({ thread: 1 });
// @ts-expect-error: a number is not a tensor
model.forward(1);

export {
  type Dataset,
  importOnnx,
  inProcess,
  loadProgram,
  openBackend,
  openGpu,
  sha256,
  Trainer,
  values,
  y,
};

import { assert } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { compileProgram, type Target } from "../../cpu/program.ts";
import { loadParts } from "../../cpu/program_parts.ts";
import { ConstantPool } from "../../cpu/runtime/constants.ts";
import { Heap } from "../../cpu/runtime/heap.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { tableOf } from "../gpu/_plans.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { stagePlan } from "../../gpu/stages.ts";
import * as g from "../../graph/mod.ts";
import { verifyPlan } from "../../graph/verify_plan.ts";
import { adam, ResNet, sgd } from "../../mod.ts";
import { gsgd } from "../../optim/gsgd/mod.ts";
import { pathSgd } from "../../optim/path_sgd/mod.ts";
import { countWork } from "../support/count_work.ts";
import { attention, chain, layers, recurrent, Residual, step } from "./_deep_graphs.ts";

/** As on a GPU: few slots per dispatch, and reductions in two stages. */
const limits: g.Limits = {
  slotsPerDispatch: 32,
  bytesPerSlot: 2 ** 30,
  longRow: 1024,
  parallelRows: 256,
};

/** Work from a model to the text of its shaders, without a device. */
function workOnGpu(graphOf: () => g.Graph): number {
  return countWork(() => {
    const table = tableOf(adapterTable.nvidia);
    const { plan } = g.lower(graphOf(), limits, "growth");
    verifyPlan(plan);
    const { slots, dispatches } = stagePlan(plan, table);
    const options = { slots, table, maxSlots: 32, maxWorkgroupBytes: 32_768 };
    dispatches.forEach((dispatch) => printLaunches(dispatch, options));
  });
}

const wasm: Target = {
  shared: false,
  threads: 2,
  fused: true,
  mainMaySleep: true,
  checked: false,
};
const native: Target = { ...wasm, native: { vectorBytes: 64, convention: "System V" } };

/** Work from a model to its WebAssembly, without machine code and with it, neither of which runs. */
async function workOnCpu(graphOf: () => g.Graph): Promise<number> {
  using cpu = openCpu({ threads: 1, native: "off" });
  let plan!: g.Plan;
  let work = countWork(() => {
    plan = g.lower(graphOf(), cpu.limits, "growth").plan;
    verifyPlan(plan);
  });
  for (const target of [wasm, native]) {
    const constants = new ConstantPool(new Heap({ shared: false }));
    const parts = await loadParts(plan, target);
    work += countWork(() => void compileProgram(plan, { target, constants, parts }));
  }
  return work;
}

interface Family {
  readonly name: string;
  readonly depth: number;
  readonly graphOf: (depth: number) => g.Graph;
}

const residual = (blocks: number) => new ResNet(6 * blocks + 2);
const image = [3, 8, 8];

const families: readonly Family[] = [
  { name: "a chain of products", depth: 200, graphOf: chain },
  { name: "linear layers", depth: 32, graphOf: (depth) => step(layers(depth), [8]) },
  {
    name: "linear layers with Adam",
    depth: 32,
    graphOf: (depth) => step(layers(depth), [8], adam({ learningRate: 0.1 })),
  },
  {
    name: "linear layers with G-SGD",
    depth: 20,
    graphOf: (depth) => gsgd()(step(layers(depth), [8])),
  },
  {
    name: "linear layers with Path-SGD",
    depth: 20,
    graphOf: (depth) => pathSgd()(step(layers(depth), [8])),
  },
  { name: "a residual network", depth: 4, graphOf: (blocks) => step(residual(blocks), image) },
  {
    name: "a residual network with Adam",
    depth: 3,
    graphOf: (blocks) => step(residual(blocks), image, adam({ learningRate: 0.1 })),
  },
  {
    name: "a residual network with G-SGD",
    depth: 3,
    graphOf: (blocks) => gsgd()(step(residual(blocks), image)),
  },
  {
    name: "residual blocks of one stage with G-SGD",
    depth: 12,
    graphOf: (blocks) => gsgd()(step(new Residual(blocks), [3, 4, 4])),
  },
  { name: "a recurrent network", depth: 25, graphOf: recurrent },
  { name: "blocks of attention with Adam", depth: 8, graphOf: attention },
];

const momentum = sgd({ learningRate: 0.1, momentum: 0.9 });

const cpuFamilies: readonly Family[] = [
  { name: "a chain of products", depth: 200, graphOf: chain },
  ...[16, 32, 64].flatMap((depth): readonly Family[] => [
    {
      name: `${depth} linear layers with momentum`,
      depth,
      graphOf: (depth) => step(layers(depth), [8], momentum),
    },
    {
      name: `${depth} linear layers with Adam`,
      depth,
      graphOf: (depth) => step(layers(depth), [8], adam({ learningRate: 0.1 })),
    },
    {
      name: `${depth} wider linear layers with Adam`,
      depth,
      graphOf: (depth) => step(layers(depth, 12), [12], adam({ learningRate: 0.1 })),
    },
    {
      name: `${depth} linear layers with G-SGD`,
      depth,
      graphOf: (depth) => gsgd()(step(layers(depth), [8])),
    },
  ]),
  {
    name: "a residual network with momentum",
    depth: 3,
    graphOf: (blocks) => step(residual(blocks), image, momentum),
  },
  {
    name: "a residual network with Adam",
    depth: 3,
    graphOf: (blocks) => step(residual(blocks), image, adam({ learningRate: 0.1 })),
  },
  {
    name: "a residual network with G-SGD",
    depth: 3,
    graphOf: (blocks) => gsgd()(step(residual(blocks), image)),
  },
  { name: "a recurrent network", depth: 25, graphOf: recurrent },
  { name: "blocks of attention with Adam", depth: 8, graphOf: attention },
];

/** Most work for twice the depth, in terms of the work for the depth. */
const GROWTH = 2.2;

const backends = [
  { backend: "the GPU", list: families, workOf: workOnGpu },
  { backend: "the CPU", list: cpuFamilies, workOf: workOnCpu },
];

for (const { backend, list, workOf } of backends) {
  for (const { name, depth, graphOf } of list) {
    const title = `compiling ${name} for ${backend}`;
    Deno.test(`${title}: twice the depth takes ${GROWTH} times the work, or less`, async () => {
      const once = await workOf(() => graphOf(depth));
      const twice = await workOf(() => graphOf(2 * depth));
      assert(
        twice <= GROWTH * once,
        `${once} operations, then ${twice}: ${twice / once} times as many`,
      );
    });
  }
}

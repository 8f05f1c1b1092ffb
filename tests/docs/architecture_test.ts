import { f32, type Graph, mse, Optimizer, Parameter, print, sgd, trace } from "@gspace/gspace";
import { compileLoop } from "../../cpu/loops/loop_kernel.ts";
import { MathLibrary } from "../../cpu/math/math_library.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { KernelTable } from "../../gpu/kernels/mod.ts";
import * as loops from "../../gpu/loop_parts.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { draftKernels } from "../../graph/lower/draft.ts";
import { chooseMaterialized } from "../../graph/lower/choose_materialized.ts";
import {
  elementCount,
  formatType,
  labelOf,
  type Limits,
  lower,
  lowerablePasses,
  type Plan,
  rootsOf,
  topological,
} from "../../graph/mod.ts";
import { assertPrinted } from "./_printed.ts";
import { formatLoops, loopsOf } from "./_scalars.ts";
import { disassemble } from "./_wat.ts";

const page = new URL("../../docs/architecture.md", import.meta.url);

/** Those of no device in particular. */
const limits: Limits = {
  slotsPerDispatch: 8,
  bytesPerSlot: 2 ** 27,
  longRow: 16384,
  parallelRows: 8,
};

/** The kernel that the page follows down to the two backends. */
const FOLLOWED = "d(b)+update(b)";

/** The program of the page. */
function trainingStep(): Graph {
  const w = new Parameter("w", { dtype: "f32", shape: [2, 4] });
  const b = new Parameter("b", { dtype: "f32", shape: [4] });
  const optimizer = new Optimizer([w, b], sgd({ learningRate: 0.1 }));
  return trace({ x: f32([3, 2]), y: f32([3, 4]) }, ({ x, y }) => {
    const loss = mse(x.matmul(w).add(b).relu(), y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  }).graph;
}

/** The row of `sub`, as it is in the source. */
async function rowText(): Promise<string> {
  const source = await Deno.readTextFile(new URL("../../graph/ops/arithmetic.ts", import.meta.url));
  return /^export const sub\b.*?^}\);\n/ms.exec(source)?.[0] ?? "";
}

/** The forward part of the traced graph, and what comes after it. */
function tracedText(graph: Graph): Record<string, string> {
  const forward = print({ outputs: graph.outputs, updates: new Map() });
  const nodes = forward.split("\n").filter((line) => line.startsWith("%"));
  const rest = print(graph).split("\n").slice(nodes.length);
  return { forward, backward: rest.join("\n") };
}

/** The lines that the passes before lowering change. */
function simplifiedText(graph: Graph): string {
  const before = print(graph).split("\n");
  const after = print(lowerablePasses(limits)(graph)).split("\n");
  return after.slice(after.findIndex((line, i) => line !== before[i])).join("\n");
}

/** One draft for each materialized node, before any are merged. */
function draftsText(graph: Graph): string {
  const ready = lowerablePasses(limits)(graph);
  const order = topological(rootsOf(ready));
  const names = new Map<unknown, string>(order.map((node, i) => [node, `%${i}`]));
  const updates = [...ready.updates].map(([variable, next]) =>
    [next, `update(${labelOf(variable)})`] as const
  );
  const materialized = chooseMaterialized(order, new Set(rootsOf(ready)));
  const drafts = draftKernels(order, materialized, {
    names: new Map(updates),
    scanDraft: () => {
      throw new Error("the program has no scan");
    },
  });
  return drafts.map((draft) => {
    const { contraction, outerStores, innerStores } = draft;
    const [target] = outerStores;
    const inputs = target?.target.inputs.map((input) => names.get(input)).join(" and ");
    const product = contraction && { product: `${contraction.node.op.name} of ${inputs}` };
    const stores = [...innerStores, ...outerStores];
    return formatLoops({ ...draft, ...product, stores }, (node) => names.get(node) ?? "?");
  }).join("");
}

/** Slots and dispatches. */
function planText({ slots, dispatches }: Plan): string {
  const lines = slots.map((slot, i) => {
    const where = slot.kind === "temporary" ? `temporary, memory ${slot.memory}` : slot.kind;
    return `s${i}: ${formatType(slot.type)} "${slot.label}" (${where})`;
  });
  const kernels = dispatches.map(({ kernels }, i) =>
    `\ndispatch ${i}\n` +
    kernels.map((kernel) => formatLoops(loopsOf(kernel), (slot) => `s${slot}`)).join("")
  );
  return lines.join("\n") + "\n" + kernels.join("");
}

/** The shader of the followed kernel alone, without the declarations of its buffers. */
function wgslText(plan: Plan): string {
  const [launch] = printLaunches({ kernels: [followed(plan)] }, {
    slots: plan.slots,
    table: new KernelTable({ families: {}, functions: {}, loops }, adapterTable.software),
    maxSlots: 8,
    maxWorkgroupBytes: 16_384,
  });
  return `${launch!.source.trim()}\n`;
}

/** The function of the followed kernel. */
function wasmText(plan: Plan): string {
  const module = new ModuleBuilder();
  module.importMemory({ module: "host", name: "memory", minimumPages: 1 });
  const math = new MathLibrary(module, { fused: false, constants: undefined });
  const { handle } = compileLoop(followed(plan), {
    module,
    math,
    slotType: (slot) => {
      const { dtype, shape } = plan.slots[slot]!.type;
      return { dtype, elementCount: elementCount(shape) };
    },
  });
  return `(func (param ${handle.params.join(" ")})\n${
    disassemble(module.bytes(), handle.index)
  })\n`;
}

function followed({ dispatches }: Plan) {
  const kernel = dispatches.flatMap(({ kernels }) => kernels).find(({ label }) =>
    label === FOLLOWED
  );
  if (kernel?.kind !== "loop") throw new Error(`the plan has no loop kernel "${FOLLOWED}"`);
  return kernel;
}

Deno.test("the stages that the architecture page shows are those that the code prints", async () => {
  const graph = trainingStep();
  const { plan } = lower(graph, limits, "step");
  await assertPrinted(page, {
    row: await rowText(),
    ...tracedText(graph),
    simplified: simplifiedText(graph),
    drafts: draftsText(graph),
    plan: planText(plan),
    wgsl: wgslText(plan),
    wasm: wasmText(plan),
  });
});

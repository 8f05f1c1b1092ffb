/**
 * The WGSL of a few kernels, compared with `golden/*.wgsl` letter by letter, so that a
 * change of the generator shows what it changes. `UPDATE_GOLDEN=1` writes them again.
 */
import { assert, assertEquals } from "@std/assert";
import type { AdapterClass } from "../../gpu/adapter_class.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { stagePlan } from "../../gpu/stages.ts";
import { type Conv2dKernel, type Kernel, s, type Shape } from "../../graph/mod.ts";
import {
  at,
  externalPlan,
  loop,
  position,
  product,
  type SlotData,
  tableOf,
  zeros,
} from "./_plans.ts";

interface Golden {
  readonly name: string;
  readonly kernels: readonly Kernel[];
  readonly slots: readonly SlotData[];
  readonly adapterClass?: AdapterClass;
}

const [m, n, k] = [64, 128, 49];
const dense = product({ m, n, k, transposed: "b" }, [{
  slot: 2,
  index: position([m, n], [0, 1]),
  value: s.max(s.add(s.result(0, "f32"), at(3, [n], { axes: [1] })), s.const(0)),
}]);
const denseSlots = [
  zeros("f32", [m, k]),
  zeros("f32", [n, k]),
  zeros("f32", [m, n]),
  zeros("f32", [n]),
];

const rows = [64, 10];
const x = at(0, rows, { axes: [0, 1] });
const shifted = s.exp(s.sub(x, s.result(0, "f32")));
const softmax = loop({
  outer: [64],
  inner: [10],
  reductions: [{ combine: "max", value: x }, { combine: "sum", value: shifted }],
  innerStores: [{
    slot: 1,
    index: position(rows, [0, 1]),
    value: s.div(shifted, s.result(1, "f32")),
  }],
});

const momentum = s.add(
  s.mul(at(1, [400], { axes: [0] }), s.const(0.9)),
  at(2, [400], { axes: [0] }),
);
const step = loop({
  outer: [400],
  outerStores: [
    {
      slot: 0,
      index: position([400], [0]),
      value: s.sub(at(0, [400], { axes: [0] }), s.mul(momentum, s.const(0.1))),
    },
    { slot: 1, index: position([400], [0]), value: momentum },
  ],
});

const longRow = loop({
  outer: [8],
  inner: [4096],
  reductions: [{ combine: "sum", value: at(0, [8, 4096], { axes: [0, 1] }) }],
  outerStores: [{ slot: 1, index: position([8], [0]), value: s.result(0, "f32") }],
});

const bytes = loop({
  outer: [32, 7],
  outerStores: [{
    slot: 1,
    index: position([7, 32], [1, 0]),
    value: s.div(s.cast(at(0, [32, 7], { axes: [0, 1], type: "i32" }), "f32"), s.const(255)),
  }],
});

const sizes = {
  n: 8,
  c: 4,
  h: 8,
  w: 8,
  o: 4,
  kernelHeight: 3,
  kernelWidth: 3,
  outHeight: 8,
  outWidth: 8,
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
} as const;
const convolution = (role: "forward" | "weightGradient", result: Shape): Conv2dKernel => ({
  kind: "conv2d",
  label: "conv2d",
  role,
  sizes,
  a: 0,
  b: 1,
  stores: [{ slot: 2, index: position(result, [0, 1, 2, 3]), value: s.result(0, "f32") }],
});
const images = zeros("f32", [8, 4, 8, 8]);
const weight = zeros("f32", [4, 4, 3, 3]);

const goldens: readonly Golden[] = [
  { name: "dense_layer", kernels: [dense], slots: denseSlots },
  { name: "softmax", kernels: [softmax], slots: [zeros("f32", rows), zeros("f32", rows)] },
  {
    name: "two_momentum_steps",
    kernels: [step, { ...step, outerStores: step.outerStores.slice(1) }],
    slots: [zeros("f32", [400]), zeros("f32", [400]), zeros("f32", [400])],
  },
  {
    name: "transposed_bytes",
    kernels: [bytes],
    slots: [zeros("u8", [32, 7]), zeros("f32", [7, 32])],
  },
  {
    name: "row_of_a_workgroup",
    kernels: [longRow],
    slots: [zeros("f32", [8, 4096]), zeros("f32", [8])],
    adapterClass: "other",
  },
  {
    name: "matmul_through_workgroup_memory",
    kernels: [product({ m: 256, n: 256, k: 256 }, [{
      slot: 2,
      index: position([256, 256], [0, 1]),
      value: s.result(0, "f32"),
    }])],
    slots: [zeros("f32", [256, 256]), zeros("f32", [256, 256]), zeros("f32", [256, 256])],
    adapterClass: "other",
  },
  {
    name: "conv2d",
    kernels: [convolution("forward", [8, 4, 8, 8])],
    slots: [images, weight, images],
  },
  {
    name: "conv2d_weight_gradient",
    kernels: [convolution("weightGradient", [4, 4, 3, 3])],
    slots: [images, images, weight],
  },
  {
    name: "conv2d_on_hardware",
    kernels: [convolution("forward", [8, 4, 8, 8])],
    slots: [images, weight, images],
    adapterClass: "other",
  },
  {
    name: "conv2d_weight_gradient_on_hardware",
    kernels: [convolution("weightGradient", [4, 4, 3, 3])],
    slots: [images, images, weight],
    adapterClass: "other",
  },
];

function isUpdating(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "UPDATE_GOLDEN" });
  return state === "granted" && Deno.env.get("UPDATE_GOLDEN") === "1";
}

for (const { name, kernels, slots, adapterClass = "software" } of goldens) {
  Deno.test(`the WGSL of ${name} is as in its golden file`, async () => {
    const table = tableOf(adapterTable[adapterClass]);
    const staged = stagePlan(externalPlan([kernels], slots), table);
    const launches = staged.dispatches.flatMap((dispatch) =>
      printLaunches(dispatch, {
        slots: staged.slots,
        table,
        maxSlots: 8,
        maxWorkgroupBytes: 16_384,
      })
    );
    assert(launches.length > 0);
    const text = launches.map(({ source, workgroups, bindings }) => {
      const used = bindings.map(({ slot, written }) => `${slot}${written ? "w" : ""}`).join(" ");
      return `// workgroups ${workgroups.join(" × ")}, slots ${used}\n${source}`;
    }).join("\n");
    const file = new URL(`golden/${name}.wgsl`, import.meta.url);
    if (isUpdating()) await Deno.writeTextFile(file, text);
    assertEquals(text, await Deno.readTextFile(file));
    assert(!text.includes("undefined") && !text.includes("NaN"));
  });
}

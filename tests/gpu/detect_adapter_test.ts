import { assert, assertEquals, assertRejects } from "@std/assert";
import { adapterClasses } from "../../gpu/adapter_class.ts";
import { adapterClassOf } from "../../gpu/detect_adapter.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { openGpu } from "../../gpu/mod.ts";
import { gpuTest } from "./_adapter.ts";

const unknown = { description: "", vendor: "", architecture: "", isFallbackAdapter: false };

Deno.test("the vendor of an adapter decides its class, as Deno and as browsers report it", () => {
  const cases = [
    { vendor: "4318", adapterClass: "nvidia" },
    { vendor: "nvidia", adapterClass: "nvidia" },
    { vendor: "4098", adapterClass: "amd" },
    { vendor: "4130", adapterClass: "amd" },
    { vendor: "AMD", adapterClass: "amd" },
    { vendor: "4203", adapterClass: "apple" },
    { vendor: "apple", adapterClass: "apple" },
    { vendor: "32902", adapterClass: "intel" },
    { vendor: "intel", adapterClass: "intel" },
    { vendor: "qualcomm", adapterClass: "other" },
    { vendor: "5045", adapterClass: "other" }, // Arm
    { vendor: "", adapterClass: "other" },
  ] as const;
  for (const { vendor, adapterClass } of cases) {
    assertEquals(adapterClassOf({ ...unknown, vendor }), adapterClass, vendor);
  }
});

Deno.test("without a vendor, as on Metal in Deno, the description decides", () => {
  const cases = [
    { description: "Apple M2 Pro", adapterClass: "apple" },
    { description: "AMD Radeon Pro 5500M", adapterClass: "amd" },
    { description: "Intel(R) UHD Graphics 630", adapterClass: "intel" },
    { description: "NVIDIA GeForce RTX 4090", adapterClass: "nvidia" },
    { description: "Adreno (TM) 740", adapterClass: "other" },
  ] as const;
  for (const { description, adapterClass } of cases) {
    const found = adapterClassOf({ ...unknown, vendor: "0", description });
    assertEquals(found, adapterClass, description);
  }
  // the vendor is more reliable
  const odd = { ...unknown, vendor: "4318", description: "translated from Intel" };
  assertEquals(adapterClassOf(odd), "nvidia");
});

Deno.test("an adapter that computes on the CPU is software, whoever made it", () => {
  const found = adapterClassOf({ ...unknown, vendor: "intel", isFallbackAdapter: true });
  assertEquals(found, "software");
});

Deno.test("the rows of GPUs fit WebGPU's default limits", () => {
  for (const name of adapterClasses) {
    const row = adapterTable[name];
    const sizes = [
      row.loopWorkgroup.most,
      row.matmulWorkgroup,
      row.conv2dWorkgroup.most,
      row.reductionWorkgroup,
      ...row.cooperativeWorkgroups,
    ];
    assert(Math.max(...sizes) <= 256, `${name}: a workgroup of more than 256 invocations`);
  }
});

gpuTest("the backend says the class that it was opened for", async (gpu) => {
  assertEquals(gpu.adapter.adapterClass, adapterClassOf(gpu.adapter));
  using intel = await openGpu({ adapterClass: "intel" });
  assertEquals(intel?.adapter.adapterClass, "intel");
});

gpuTest("an unknown class is refused, and the classes are named", async () => {
  const options = JSON.parse('{ "adapterClass": "hardware" }');
  await assertRejects(() => openGpu(options), RangeError, "nvidia");
});

Deno.test("the list of classes is that of the table", () => {
  assertEquals<readonly string[]>(adapterClasses, Object.keys(adapterTable));
});

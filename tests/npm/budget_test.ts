import { assert, assertLess } from "@std/assert";
import { bundleInParts, bundleWhole, projectWithPackage } from "./_package.ts";

/**
 * Most bytes that a page downloads, minified: before the program starts, and in all, with the parts
 * that its first step loads. The goals are 210 kB for training on the CPU and 150 kB for inference on
 * the GPU. The first downloads meet them; the sums do not. An op's derivative and batching rule are
 * in the same row as its value, and a tensor has all methods, so the ops alone take about 60 kB of
 * every program that computes, and lowering takes another 30 kB.
 */
const programs = [
  {
    name: "cpu_training.js",
    most: { first: 169_000, all: 231_500 },
    parts: ["cpu/program.js", "cpu/matmul/kernel.js"],
    others: [
      "cpu/conv2d/kernel.js",
      "cpu/native_parts.js",
      "cpu/math/pow.js",
      "gpu/open_adapter.js",
    ],
  },
  {
    name: "gpu_inference.js",
    most: { first: 134_500, all: 202_000 },
    parts: ["gpu/open_adapter.js", "gpu/kernels/matmul/family.js"],
    others: ["gpu/kernels/conv2d/family.js", "gpu/wgsl/elementary.js", "cpu/program.js"],
  },
] as const;

Deno.test("pages download only what their programs use", async (t) => {
  await using project = await projectWithPackage();
  for (const { name, most, parts, others } of programs) {
    await t.step(name, async () => {
      const bundle = await bundleInParts(project.path, name);
      const [first, all] = [bundle.bytesWith([]), bundle.bytesWith(parts)];
      console.log(`${name}: ${first} bytes at first, ${all} in all`);
      assertLess(first, most.first);
      assertLess(all, most.all);
      for (const other of others) assert(bundle.bytesWith([...parts, other]) > all, other);
    });
  }
  await t.step("an import alone", async () => {
    assertLess(await bundleWhole(project.path, "empty.js"), 1000);
  });
  await t.step("safetensors alone", async () => {
    assertLess(await bundleWhole(project.path, "safetensors.js"), 8000);
  });
});

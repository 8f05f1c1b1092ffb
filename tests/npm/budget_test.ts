import { assert, assertLess } from "@std/assert";
import { bundleInParts, bundleWhole, projectWithPackage } from "./_package.ts";

/**
 * Most bytes that a page downloads, minified: before the program starts, and in all, with the parts
 * that it loads by then. An op's derivative and batching rule are in the same row as its value, and a
 * tensor has all methods, so the ops alone take about 60 kB of every program that computes.
 */
const programs = [
  {
    name: "cpu_training.js",
    most: { first: 182_000, all: 252_500 },
    parts: ["cpu/program.js", "cpu/matmul/kernel.js"],
    others: ["cpu/conv2d/kernel.js", "cpu/native_parts.js", "gpu/open_adapter.js"],
  },
  {
    name: "gpu_inference.js",
    most: { first: 135_500, all: 210_500 },
    parts: ["gpu/open_adapter.js", "gpu/kernels/matmul/family.js"],
    others: ["gpu/kernels/conv2d/family.js", "cpu/program.js"],
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

import { externalPlan } from "../../gpu/_plans.ts";
import { kernelCases, largeKernelCases } from "../_kernels.ts";
import { assertSameBits, nativeTest, openSharing, runKernel, runTogether } from "./_native.ts";

for (const { name, kernel, slots } of kernelCases) {
  nativeTest(`${name} has the bits of WebAssembly`, async (native) => {
    const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
    for (const checked of [false, true]) {
      const actual = await runKernel(kernel, slots, { threads: 1, native, checked });
      assertSameBits(actual, expected, `checked ${checked}`);
    }
  });
}

for (const { name, kernel, slots } of largeKernelCases) {
  nativeTest(`${name} has the same bits on one, two, and four threads`, async (native) => {
    const plan = externalPlan([[kernel]], slots);
    const run = async (instructions: typeof native | "off", threads: number) => {
      using cpu = openSharing(instructions, threads);
      const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
      buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
      using executable = await cpu.compile(plan, new Map(buffers.entries()));
      executable.run();
      const first = await cpu.read(buffers);
      buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
      // Kernels in place change their slots in each run.
      await runTogether(cpu, executable, threads);
      buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
      executable.run();
      return { first, later: await cpu.read(buffers) };
    };
    const { first: expected } = await run("off", 1);
    for (const threads of [1, 2, 4]) {
      const { first, later } = await run(native, threads);
      assertSameBits(first, expected, `${threads} threads, first run`);
      assertSameBits(later, expected, `${threads} threads, all of them`);
    }
  });
}

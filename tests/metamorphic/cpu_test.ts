import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import type { BackendTest } from "../conformance/suite.ts";
import { NarrowBackend } from "../support/narrow_backend.ts";
import { metamorphicTests } from "./suite.ts";

const alone: BackendTest = (name, test) => cpuTest(`cpu: ${name}`, test, { threads: 1 });
const basic: BackendTest = (name, test) =>
  cpuTest(`cpu without threads and relaxed SIMD: ${name}`, test, {
    sharedMemory: false,
    relaxedSimd: false,
  });

/** Dispatches of few slots, and reductions that are split from a few elements on. */
const narrow: BackendTest = (name, test) =>
  cpuTest(`cpu with narrow limits: ${name}`, async (cpu) => {
    await test(new NarrowBackend(cpu, { slotsPerDispatch: 4, longRow: 8, parallelRows: 4 }));
  }, { threads: 1 });

for (const from of [1, 401, 801, 1201]) metamorphicTests(alone, { from, count: 400 });
metamorphicTests(basic, { from: 1601, count: 200 });
metamorphicTests(checkedCpuTest, { from: 1801, count: 100 });
metamorphicTests(narrow, { from: 1901, count: 100 });

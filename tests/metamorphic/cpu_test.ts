import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import type { BackendTest } from "../conformance/suite.ts";
import { metamorphicTests } from "./suite.ts";

const alone: BackendTest = (name, test) => cpuTest(`cpu: ${name}`, test, { threads: 1 });
const basic: BackendTest = (name, test) =>
  cpuTest(`cpu without threads and relaxed SIMD: ${name}`, test, {
    sharedMemory: false,
    relaxedSimd: false,
  });

for (const from of [1, 401, 801, 1201]) metamorphicTests(alone, { from, count: 400 });
metamorphicTests(basic, { from: 1601, count: 200 });
metamorphicTests(checkedCpuTest, { from: 1801, count: 100 });

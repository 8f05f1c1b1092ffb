import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { bytesConformance } from "./bytes_suite.ts";
import { extentConformance } from "./extents_suite.ts";
import { longChainConformance } from "./long_chain_suite.ts";
import { manyOperandsConformance } from "./many_operands_suite.ts";
import { loopKernelConformance } from "./loop_kernel_suite.ts";
import { scatterConformance } from "./scatter_suite.ts";
import { sharedValueConformance } from "./shared_values_suite.ts";
import { strideConformance } from "./strides_suite.ts";
import { type BackendTest, opConformance } from "./suite.ts";

const plain: BackendTest = (name, test) => cpuTest(`cpu: ${name}`, test);
const basic: BackendTest = (name, test) =>
  cpuTest(`cpu without threads and relaxed SIMD: ${name}`, test, {
    sharedMemory: false,
    relaxedSimd: false,
  });

longChainConformance(plain);
manyOperandsConformance(plain, [1, 31, 32, 33, 122, 300, 1100]);
loopKernelConformance(plain);
sharedValueConformance(plain);
scatterConformance(plain);
scatterConformance(basic);
scatterConformance(checkedCpuTest);
scatterConformance((name, test) => cpuTest(`cpu with 4 threads: ${name}`, test, { threads: 4 }));
bytesConformance(plain);
opConformance(plain);
opConformance(basic);
extentConformance(plain);
strideConformance(plain);
strideConformance(basic, { everyNth: 5 });

loopKernelConformance(checkedCpuTest);
opConformance(checkedCpuTest);
extentConformance(checkedCpuTest, [3]);
strideConformance(checkedCpuTest, { everyNth: 5 });
bytesConformance(checkedCpuTest);
manyOperandsConformance(checkedCpuTest, [33, 130]);

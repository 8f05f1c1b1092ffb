import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { bytesConformance } from "./bytes_suite.ts";
import { exactValuesConformance } from "./exact_values_suite.ts";
import { extentConformance } from "./extents_suite.ts";
import { manyOperandsConformance } from "./many_operands_suite.ts";
import { loopKernelConformance } from "./loop_kernel_suite.ts";
import { scatterConformance } from "./scatter_suite.ts";
import { specialValuesConformance } from "./special_values_suite.ts";
import { strideConformance } from "./strides_suite.ts";
import { type BackendTest, opConformance } from "./suite.ts";
import { cpuConformance } from "./table.ts";

const basic: BackendTest = (name, test) =>
  cpuTest(`cpu without threads and relaxed SIMD: ${name}`, test, {
    sharedMemory: false,
    relaxedSimd: false,
  });

cpuConformance((name, test) => cpuTest(`cpu: ${name}`, test));

scatterConformance(basic);
scatterConformance((name, test) => cpuTest(`cpu with 4 threads: ${name}`, test, { threads: 4 }));
opConformance(basic);
strideConformance(basic, { everyNth: 5 });
specialValuesConformance(basic, { ieee: true });

loopKernelConformance(checkedCpuTest);
scatterConformance(checkedCpuTest);
opConformance(checkedCpuTest);
extentConformance(checkedCpuTest, [3]);
strideConformance(checkedCpuTest, { everyNth: 5 });
bytesConformance(checkedCpuTest);
manyOperandsConformance(checkedCpuTest, [33, 130]);
exactValuesConformance(checkedCpuTest);
specialValuesConformance(checkedCpuTest, { ieee: true });

import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { exactValuesConformance } from "./exact_values_suite.ts";

exactValuesConformance((name, test) => cpuTest(`cpu: ${name}`, test));
exactValuesConformance(checkedCpuTest);
exactValuesConformance((name, test) => gpuTest(`gpu: ${name}`, test));

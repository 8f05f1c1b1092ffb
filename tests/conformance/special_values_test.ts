import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { specialValuesConformance } from "./special_values_suite.ts";

specialValuesConformance((name, test) => cpuTest(`cpu: ${name}`, test), { ieee: true });
specialValuesConformance(
  (name, test) => cpuTest(`cpu without relaxed SIMD: ${name}`, test, { relaxedSimd: false }),
  { ieee: true },
);
specialValuesConformance(checkedCpuTest, { ieee: true });
specialValuesConformance((name, test) => gpuTest(`gpu: ${name}`, test), { ieee: false });

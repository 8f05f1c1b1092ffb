import { cpuTest } from "../cpu/_backend.ts";
import { opConformance } from "./suite.ts";

opConformance((name, test) => cpuTest(`cpu: ${name}`, test));
opConformance((name, test) =>
  cpuTest(`cpu without threads and relaxed SIMD: ${name}`, test, {
    sharedMemory: false,
    relaxedSimd: false,
  })
);

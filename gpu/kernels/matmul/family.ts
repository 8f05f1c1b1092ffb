import type { KernelFamily } from "../family.ts";
import { matmulInvocations, matmulWorkgroupSize, printMatmul } from "./matmul.ts";
import { matmulStages } from "./stages.ts";

/** Matrix products. */
export const matmulFamily: KernelFamily<"matmul"> = {
  stages: matmulStages,
  rows: {
    matmul: {
      workgroupSize: matmulWorkgroupSize,
      invocations: matmulInvocations,
      print: printMatmul,
    },
  },
};

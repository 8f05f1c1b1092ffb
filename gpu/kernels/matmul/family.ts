import type { KernelFamily } from "../family.ts";
import { isCooperative } from "./cooperative.ts";
import { matmulInvocations, matmulWorkgroupSize, printMatmul } from "./matmul.ts";
import { matmulStages } from "./stages.ts";

/** Matrix products. */
export const matmulFamily: KernelFamily<"matmul"> = {
  stages: matmulStages,
  printsLoops: isCooperative, // only those are summed in parts
  rows: {
    matmul: {
      workgroupSize: matmulWorkgroupSize,
      invocations: matmulInvocations,
      print: printMatmul,
    },
  },
};

import type { KernelFamily } from "../family.ts";
import { printScatterLists, scatterListsInvocations, scatterListsWorkgroupSize } from "./lists.ts";
import { scatterStages } from "./stages.ts";
import { printScatterSums, scatterSumsInvocations, scatterSumsWorkgroupSize } from "./sums.ts";

/** Sums of rows at positions that indices name. */
export const scatterFamily: KernelFamily<"scatter"> = {
  stages: scatterStages,
  printsLoops: () => true,
  rows: {
    scatterLists: {
      workgroupSize: scatterListsWorkgroupSize,
      invocations: scatterListsInvocations,
      print: printScatterLists,
    },
    scatterSums: {
      workgroupSize: scatterSumsWorkgroupSize,
      invocations: scatterSumsInvocations,
      print: printScatterSums,
    },
  },
};

import type { KernelFamily } from "../family.ts";
import { loopInvocations, printLoop } from "../loops/loop.ts";
import { conv2dPixelsInvocations, conv2dPixelsWorkgroupSize, printConv2dPixels } from "./pixels.ts";
import { conv2dStages } from "./stages.ts";
import { conv2dWeightInvocations, conv2dWeightWorkgroupSize, printConv2dWeight } from "./weight.ts";
import {
  conv2dWeightProductInvocations,
  conv2dWeightProductWorkgroupSize,
  printConv2dWeightProduct,
} from "./weight_product.ts";

/** Convolutions and their gradients. */
export const conv2dFamily: KernelFamily<"conv2d"> = {
  stages: conv2dStages,
  printsLoops: () => true,
  rows: {
    conv2dPixels: {
      workgroupSize: conv2dPixelsWorkgroupSize,
      invocations: conv2dPixelsInvocations,
      print: printConv2dPixels,
    },
    conv2dPacking: {
      // The smallest size, so that it never enlarges the workgroups of a kernel launched with it.
      workgroupSize: (_, { conv2dWorkgroup }) => conv2dWorkgroup.least,
      invocations: ({ loop }, profile) => loopInvocations(loop, profile),
      print: ({ loop }, context) => printLoop(loop, context),
    },
    conv2dWeight: {
      workgroupSize: conv2dWeightWorkgroupSize,
      invocations: conv2dWeightInvocations,
      print: printConv2dWeight,
    },
    conv2dWeightProduct: {
      workgroupSize: conv2dWeightProductWorkgroupSize,
      invocations: conv2dWeightProductInvocations,
      print: printConv2dWeightProduct,
    },
  },
};

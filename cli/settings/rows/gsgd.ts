import { z } from "zod";
import { optional, setting } from "../../flags/setting.ts";
import { rules } from "../arm_kinds.ts";

const range = z.tuple([z.number().positive(), z.number().positive()])
  .refine(([low, high]) => low < high).readonly()
  .meta({ placeholder: "LOW,HIGH", rule: "two positive numbers, the lower first" });

/** Training in the space of paths. */
export const gsgd = {
  baseOptimizer: setting(z.enum(rules).meta({ placeholder: "NAME" }).default("sgd"))`update rule for
    the path values: ${rules.join(", ")}; for the divided gradients of path-sgd: sgd, momentum, or
    nesterov`,
  skeletonInit: setting(z.enum(["one", "keep", "gauge"]).default("one"))`initial skeleton weights:
    one sets them to 1 (as in the paper), keep leaves all weights unchanged, gauge rescales without
    changing the function`,
  skeletonSigns: setting(z.enum(["one", "random"]).default("one"))`signs of skeleton weights that
    are set to 1: one makes all positive, random draws them from the seed`,
  basisPathPenalty: setting(z.number().nonnegative().default(0))`basis-path regularization λ: pulls
    path values of plain weights toward 0 and of skeleton weights toward ±1; weights that gsgd
    leaves out are not affected`,
  ratioClamp: optional(range)`limit how far a step may scale a trained skeleton weight [off]`,
  bn: setting(z.enum(["paper", "none", "affine"]).default("paper"))`how G-SGD treats batch
    normalization: paper passes scales through and rescales the gradients before it; none only
    passes scales through; affine is exact, as scales start again at the trained factor γ`,
  residual: setting(z.enum(["cut", "tied"]).default("cut"))`scales where activations are added: cut
    fixes them, as in the paper; tied makes them equal`,
  segmentation: setting(z.enum(["whole", "stages"]).default("whole"))`extent of segments: whole
    makes them as large as possible; stages ends them where the image size changes, as in the
    paper's code`,
  selfCheck: setting(z.boolean().default(true))`check the conservation law of gradients on the first
    batch, and exclude segments in which it fails`,
};

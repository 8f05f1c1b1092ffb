import { gpuTest } from "../../gpu/_adapter.ts";
import { gsgdTrajectories } from "./gsgd_suite.ts";
import { pathSgdTrajectories } from "./path_sgd_suite.ts";

// A software adapter takes a second to compile a step: what the lowering does is seen on the CPU.
const patterns =
  /^(3-4-6-5-3 with|12-4-8-6-3 with|2-3-5-4-2 with|ResNet with a projection|grouped and|RMSNorm|instance normalization with|bilinear upsampling from|padding by)/;
const optimizers = ["SGD", "Adam", "all at once"];

gsgdTrajectories((name, test) => gpuTest(`gpu: ${name}`, test), {
  keeps: (pattern, optimizer) =>
    patterns.test(pattern) && (optimizer === "SGD" || pattern.startsWith("3-4-6-5-3")) &&
    optimizers.includes(optimizer),
  networks: 3,
});

pathSgdTrajectories(
  (name, test) => gpuTest(`gpu: ${name}`, test),
  (pattern, optimizer) =>
    optimizer === "momentum and weight decay" && /max pooling|residual block with/.test(pattern),
);

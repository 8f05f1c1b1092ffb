import { z } from "zod";
import { essential, optional, setting, toggle } from "../../flags/setting.ts";
import { text } from "../../flags/values.ts";

/** Examples of model names, for messages. */
export const modelForms =
  "mlp:49-32-32-10, plainnet-20, plainnet-14:8-16-32, resnet-34 or vgg:64-M-128-M";

const weightsFile = text("FILE", "the path of a .safetensors or .npz file");

const factor = z.union([
  z.number().gt(1).max(2 ** 20),
  z.string().regex(/^2\^([1-9]|1\d|20)$/),
]).meta({
  placeholder: "R",
  rule: "a number above 1 and up to 2^20, or a power of two written as in 2^6",
});

/** The network and its initialization. */
export const model = {
  model: essential(
    optional(text("NAME", `a model such as ${modelForms}`))`mlp:A-B-…-C, a ReLU network with these
      layer sizes; plainnet-N or resnet-N with N = 18, 34, or 6n + 2, and optionally the widths of
      its stages, as in resnet-20:8-16-32; vgg:64-M-128-M, 3×3 convolutions and max pooling
      [mlp:INPUTS-32-32-CLASSES]`,
    "such as mlp:49-64-64-10, plainnet-20, or resnet-20",
  ),
  bias: toggle`add biases to the layers of an mlp (the paper's networks have none)`,
  init: setting(z.enum(["default", "he"]).default("default"))`weight initialization: PyTorch's
    default U(±1/√fan_in), or He's normal`,
  shortcut: optional(z.enum(["A", "B"]))`shortcuts of a resnet where the shape changes: A takes
    every second pixel and pads the channels with zeros, B uses 1×1 convolutions [A; B for depths 18
    and 34]`,
  weights: optional(weightsFile)`initial weights from a .safetensors or .npz file, with PyTorch's
    names: 0.weight, …, or conv1.weight, bn1.running_mean, layer1.0.conv1.weight, …`,
  weightsPartial: toggle`load the tensors of --weights that match by name and shape, and list what
    was skipped and what keeps its initial values`,
  weightsPrefix: optional(text("TEXT", "the prefix of the names of the tensors"))`prefix to remove
    from the names in --weights, such as module. of PyTorch's DataParallel [none]`,
  rescale: optional(factor)`start unbalanced: rescale each hidden unit by a random factor between
    1/R and R without changing the function; 2^6 uses powers of two only, so that nothing is rounded
    [off]`,
};

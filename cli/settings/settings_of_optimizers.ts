import { armNames, rules } from "./arm_kinds.ts";
import type { SettingGroup } from "./settings.ts";

/** What trains it. */
export const optimizer: SettingGroup = {
  title: "Optimizer",
  settings: [
    {
      name: "optimizer",
      kind: "names",
      value: "A,B,…",
      rule: `different names out of ${armNames.join(", ")}`,
      help:
        "what to train with, side by side from the same seed: sgd; sgd-skeleton, SGD from gsgd's first weights; frozen-skeleton, the same with the weights frozen that gsgd never changes; gsgd; path-sgd and, from gsgd's first weights, path-sgd-skeleton; momentum, nesterov, adam, adamw, rmsprop [sgd,sgd-skeleton,gsgd]",
    },
    {
      name: "lr",
      kind: "number",
      value: "X",
      rule: "a number of at least 0",
      help:
        'learning rate; in a config file also one for each optimizer, as in {"sgd": 0.05, "path-sgd": 0.5}: path-sgd, which divides gradients by κ, mostly wants another one [0.01; 0.1 for convolutional networks; always 0.001 for adam, adamw and rmsprop]',
    },
    {
      name: "schedule",
      kind: "text",
      value: "NAME",
      rule:
        "constant, cosine, linear, step:EPOCHS, multistep:EPOCH,EPOCH,…, multistep-steps:STEP,STEP,… or plateau:EPOCHS",
      help:
        "how the rate changes: constant, cosine or linear to 0 over the run, step:EPOCHS, multistep:EPOCH,EPOCH,…, multistep-steps:STEP,STEP,…, plateau:EPOCHS after so many without a lower validation error [constant]",
    },
    {
      name: "lrFactor",
      kind: "number",
      value: "X",
      rule: "a positive number",
      help: "factor at each change of step, multistep and plateau [0.1]",
    },
    {
      name: "warmup",
      kind: "number",
      value: "STEPS",
      rule: "a whole number of at least 0, below 2^31",
      help: "raise the rate linearly over the first steps [0]",
    },
    {
      name: "momentum",
      kind: "number",
      value: "X",
      rule: "a number in [0, 1)",
      help: "share of the velocity that is kept [0 for sgd, 0.9 for momentum and nesterov]",
    },
    {
      name: "weightDecay",
      kind: "number",
      value: "X",
      rule: "a number of at least 0",
      help:
        "λ of weight decay: an L2 penalty as in PyTorch, decoupled for adamw; for gsgd it acts on the path values of all but skeleton weights, for path-sgd it is not divided by κ; in a config file also one for each optimizer [0]",
    },
    {
      name: "biasDecay",
      kind: "number",
      value: "X",
      rule: "a number of at least 0",
      help: "weight decay of biases [that of the weights]",
    },
    {
      name: "clipNorm",
      kind: "number",
      value: "X",
      rule: "a positive number",
      help:
        "scale gradients down to this global norm; for gsgd it is that of the gradients of path values, for path-sgd that of the divided ones, which sees the scales of hidden units [off]",
    },
    {
      name: "clipValue",
      kind: "number",
      value: "X",
      rule: "a positive number",
      help: "limit each element of the gradients to at most X and at least −X [off]",
    },
    {
      name: "labelSmoothing",
      kind: "number",
      value: "X",
      rule: "a number in [0, 1)",
      help:
        "train on targets of which this share is spread evenly over all classes, as PyTorch's CrossEntropyLoss does; evaluations stay plain [0]",
    },
  ],
};

/** How it is trained in the space of its paths. */
export const gsgd: SettingGroup = {
  title: "G-SGD",
  settings: [
    {
      name: "inner",
      kind: "text",
      value: "NAME",
      rule: `one of ${rules.join(", ")}`,
      help: `what acts on the path values: ${
        rules.join(", ")
      }; and on the divided gradients of path-sgd: sgd, momentum, nesterov [sgd]`,
    },
    {
      name: "skeletonInit",
      kind: "text",
      value: "one|keep|gauge",
      rule: "one, keep or gauge",
      help:
        "first skeleton weights: one sets them to 1 (as the paper), keep leaves all weights untouched, gauge rescales without changing the function [one]",
    },
    {
      name: "skeletonSigns",
      kind: "text",
      value: "one|random",
      rule: "one or random",
      help:
        "signs of skeleton weights that are set to 1: one makes all positive, random draws them from the seed [one]",
    },
    {
      name: "bpr",
      kind: "number",
      value: "X",
      rule: "a number of at least 0",
      help:
        "λ of basis-path regularisation: draws path values of plain weights to 0 and of skeleton weights to ±1; weights that gsgd leaves outside do not see it [0]",
    },
    {
      name: "ratioClamp",
      kind: "numbers",
      value: "LOW,HIGH",
      rule: "two positive numbers, the lower first",
      help: "limits how far a step may scale a trained skeleton weight [off]",
    },
    {
      name: "bn",
      kind: "text",
      value: "paper|none|affine",
      rule: "paper, none or affine",
      help:
        "what batch normalisation does to scales: paper lets them pass and scales the gradients before it, none only lets them pass, affine is exact: they begin at the factor behind it [paper]",
    },
    {
      name: "residual",
      kind: "text",
      value: "cut|tied",
      rule: "cut or tied",
      help:
        "where activations are added, cut fixes their scales, as the paper does; tied makes them equal [cut]",
    },
    {
      name: "segmentation",
      kind: "text",
      value: "whole|stages",
      rule: "whole or stages",
      help:
        "whole lets segments be as large as they can be; stages ends them where the size of images changes, as the paper's code does [whole]",
    },
    {
      name: "selfCheck",
      kind: "switch",
      rule: "true or false",
      help:
        "check the conservation law of gradients on the first batch, and leave segments out in which it fails [yes]",
    },
  ],
};

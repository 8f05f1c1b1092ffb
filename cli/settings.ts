import type { Config } from "./config.ts";
import { data, model } from "./settings_of_model_and_data.ts";

/** How a setting is written on the command line. */
export interface Setting {
  readonly name: keyof Config;
  readonly kind: "text" | "number" | "switch" | "names" | "numbers";
  /** What stands for the value in the help. */
  readonly value?: string;
  /** What the value must be, for messages. */
  readonly rule: string;
  /** What it does, and what is taken if it is not told. */
  readonly help: string;
}

/** A group of settings under one heading of the help. */
export interface SettingGroup {
  readonly title: string;
  readonly settings: readonly Setting[];
}

const optimizer: SettingGroup = {
  title: "Optimizer",
  settings: [
    {
      name: "optimizer",
      kind: "names",
      value: "A,B,…",
      rule: "different names out of sgd, sgd-skeleton, gsgd, momentum, nesterov, adam and adamw",
      help:
        "what to train with, side by side from the same seed: sgd, sgd-skeleton (SGD from gsgd's first weights), gsgd, momentum, nesterov, adam, adamw [sgd,sgd-skeleton,gsgd]",
    },
    {
      name: "lr",
      kind: "number",
      value: "X",
      rule: "a number of at least 0",
      help: "learning rate [0.01; 0.1 for convolutional networks; always 0.001 for adam and adamw]",
    },
    {
      name: "schedule",
      kind: "text",
      value: "NAME",
      rule: "constant, cosine, linear, step:EPOCHS or multistep:EPOCH,EPOCH,…",
      help:
        "how the rate changes: constant, cosine or linear to 0 over the run, step:EPOCHS, multistep:EPOCH,EPOCH,… [constant]",
    },
    {
      name: "lrFactor",
      kind: "number",
      value: "X",
      rule: "a positive number",
      help: "factor at each change of step and multistep [0.1]",
    },
    {
      name: "warmup",
      kind: "number",
      value: "STEPS",
      rule: "a whole number of at least 0",
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
      help: "L2 penalty as in PyTorch; decoupled for adamw [0]",
    },
    {
      name: "clipNorm",
      kind: "number",
      value: "X",
      rule: "a positive number",
      help: "scale gradients down to this global norm [off]",
    },
  ],
};

const gsgd: SettingGroup = {
  title: "G-SGD",
  settings: [
    {
      name: "inner",
      kind: "text",
      value: "NAME",
      rule: "sgd, momentum, nesterov or adam",
      help: "what acts on the path values: sgd, momentum, nesterov, adam [sgd]",
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

const run: SettingGroup = {
  title: "Run",
  settings: [
    {
      name: "epochs",
      kind: "number",
      value: "N",
      rule: "a positive whole number",
      help: "times that the training data are gone through [10]",
    },
    {
      name: "steps",
      kind: "number",
      value: "N",
      rule: "a positive whole number",
      help: "number of steps, instead of --epochs",
    },
    {
      name: "device",
      kind: "text",
      value: "auto|gpu|cpu",
      rule: "auto, gpu or cpu",
      help: "where to compute; auto takes a hardware GPU, else the CPU [auto]",
    },
    {
      name: "threads",
      kind: "number",
      value: "N",
      rule: "a positive whole number",
      help: "threads on the CPU; results do not depend on it [all cores]",
    },
    {
      name: "out",
      kind: "text",
      value: "FOLDER",
      rule: "the path of a folder",
      help: "new folder for the results [runs/TIME-MODEL]",
    },
    {
      name: "logEvery",
      kind: "number",
      value: "STEPS",
      rule: "a positive whole number",
      help: "steps between two lines of metrics.jsonl [a tenth of an epoch]",
    },
    {
      name: "checkpointEvery",
      kind: "number",
      value: "STEPS",
      rule: "a positive whole number",
      help:
        "steps between two checkpoints [at ends of epochs if 5 seconds have passed since the last one, else after a minute]",
    },
    {
      name: "keepCheckpoints",
      kind: "number",
      value: "K",
      rule: "a positive whole number",
      help: "how many checkpoints of each optimizer are kept, the newest ones [1]",
    },
    {
      name: "perClass",
      kind: "switch",
      rule: "true or false",
      help: "print the test error of each class, too; confusion.json always has it [no]",
    },
    { name: "quiet", kind: "switch", rule: "true or false", help: "print only the final table" },
    {
      name: "json",
      kind: "switch",
      rule: "true or false",
      help: "print the results as JSON on standard output, everything else on standard error",
    },
  ],
};

/** All settings, as the help shows them. */
export const settingGroups: readonly SettingGroup[] = [model, data, optimizer, gsgd, run];

/** All settings in one list. */
export const settings: readonly Setting[] = settingGroups.flatMap(({ settings }) => settings);

/** `weightDecay` as a flag: `weight-decay`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

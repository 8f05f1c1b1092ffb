import { common } from "../flags/common.ts";
import type { CommandHelp } from "../flags/help.ts";
import { essential, optional, type SettingGroup } from "../flags/setting.ts";
import { file, text } from "../flags/values.ts";
import { configSchema } from "./config.ts";

/** The settings that change what `explain` prints, in the order of the help. */
const { model, bias, shortcut, dataset, labels, classes, batch } = configSchema.shape;
const { bn, residual, segmentation } = configSchema.shape;

/** Flags of `explain` that are not settings of a run. */
export const explainSettings = {
  draw: essential(
    optional(text("FILE.svg", "a path that ends in .svg").regex(/\.svg$/))`draw the skeleton of
      G-SGD into this SVG file`,
    "draw the skeleton of G-SGD into this file",
  ),
};

const flags: SettingGroup = {
  title: "Flags",
  settings: {
    ...{ model, bias, shortcut, dataset, labels, classes, batch, bn, residual, segmentation },
    json: essential(configSchema.shape.json, "print JSON"),
    config: essential(
      optional(file)`settings from a JSON file, such as the config.json of a run`,
      "settings from a JSON file, such as that of a run",
    ),
    ...explainSettings,
    ...common,
  },
};

/** What `explain --help` says. */
export const explainHelp: CommandHelp = {
  about: [
    "Shows the layers of a model with their FLOPs, the parts of a training step, and what G-SGD and " +
    "Path-SGD would do with each weight. It does not train or download anything.",
  ],
  usage: ["deno task explain [flags]"],
  groups: [flags],
  notes: [
    "The other flags of train are accepted and have no effect here, so you can explain the command " +
    "line of a training run as it is.",
  ],
  examples: [
    "deno task explain --model mlp:784-128-10",
    "deno task explain --model resnet-34 --dataset cifar10",
    "deno task explain --draw skeleton.svg",
    "deno task explain --config runs/first/config.json",
  ],
  exitCodes: "0 done, 1 failed, 2 invalid flags or settings.",
};

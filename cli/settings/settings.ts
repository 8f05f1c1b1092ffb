import { MOST_WORKERS } from "../../cpu/layout.ts";
import type { Config } from "./config.ts";
import { data, model } from "./settings_of_model_and_data.ts";
import { gsgd, optimizer } from "./settings_of_optimizers.ts";

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

const run: SettingGroup = {
  title: "Run",
  settings: [
    {
      name: "epochs",
      kind: "number",
      value: "N",
      rule: "a positive whole number below 2^31",
      help: "times that the training data are gone through [10]",
    },
    {
      name: "steps",
      kind: "number",
      value: "N",
      rule: "a positive whole number below 2^31",
      help: "number of steps, instead of --epochs",
    },
    {
      name: "patience",
      kind: "number",
      value: "EPOCHS",
      rule: "a positive whole number below 2^31",
      help:
        "stop an optimizer after so many epochs without a lower validation error; needs --validation [off]",
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
      rule: `a whole number from 1 to ${MOST_WORKERS}`,
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
      rule: "a positive whole number below 2^31",
      help: "steps between two lines of metrics.jsonl [a tenth of an epoch]",
    },
    {
      name: "checkpointEvery",
      kind: "number",
      value: "STEPS",
      rule: "a positive whole number below 2^31",
      help:
        "steps between two checkpoints [at ends of epochs if 5 seconds have passed since the last one, else after a minute]",
    },
    {
      name: "keepCheckpoints",
      kind: "number",
      value: "K",
      rule: "a positive whole number below 2^31",
      help: "how many checkpoints of each optimizer are kept, the newest ones [1]",
    },
    {
      name: "log",
      kind: "names",
      value: "A,B",
      rule: "csv, tensorboard, or csv,tensorboard",
      help:
        "write the numbers of metrics.jsonl in other formats, too: csv into metrics.csv, tensorboard into an event file for each optimizer (tensorboard --logdir runs) [none]",
    },
    {
      name: "perClass",
      kind: "switch",
      rule: "true or false",
      help: "print the test error of each class, too; confusion.json always has it [no]",
    },
    {
      name: "telemetry",
      kind: "switch",
      rule: "true or false",
      help:
        "count how far G-SGD's steps scale trained skeleton weights, for metrics.jsonl and the report [yes with --live, else no]",
    },
    {
      name: "live",
      kind: "switch",
      rule: "true or false",
      help: "show the curves while they grow, in a browser on this machine [no]",
    },
    {
      name: "livePort",
      kind: "number",
      value: "PORT",
      rule: "a port: a whole number from 1 to 65535",
      help: "where to show them, with --live or without [the first free port from 8765 on]",
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

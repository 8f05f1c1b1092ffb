import { z } from "zod";
import { MOST_WORKERS } from "../../../cpu/runtime/layout.ts";
import {
  changeable,
  incidental,
  operational,
  optional,
  setting,
  toggle,
} from "../../flags/setting.ts";
import { livePorts } from "../../../live/ports.ts";
import { connections } from "../../ranks/connection.ts";
import { count, countOf, folder, MAX_COUNT, port } from "../../flags/values.ts";

/** Safe as the name of a folder, and of the run in file names, pages, and commands. */
const name = z.string().regex(/^[A-Za-z0-9](?:[\w.-]{0,62}[\w-])?$/).meta({
  placeholder: "NAME",
  rule:
    "up to 64 letters, digits, hyphens, underscores, and dots, start with a letter or digit, and not end with a dot",
});

/** How long and where it is trained, and what is kept and shown. */
export const run = {
  epochs: changeable(optional(count, { brief: "number of epochs", fallback: "10" })),
  steps: changeable(optional(count, "number of steps, instead of --epochs")),
  patience: changeable(optional(countOf("EPOCHS"), {
    help:
      "stop an optimizer after this many epochs without a lower validation error; needs --validation",
    fallback: "off",
  })),
  device: operational(setting(z.enum(["auto", "gpu", "cpu"]).default("auto"), {
    brief: "where to compute",
    help: "where to compute; auto uses a hardware GPU if there is one, else the CPU",
  })),
  threads: operational(optional(z.int().positive().max(MOST_WORKERS), {
    help: "number of CPU threads; does not affect results",
    fallback: "all cores; with several processes on a machine, its share of them",
  })),
  distributed: operational(setting(
    z.enum(connections).default("auto"),
    "train one model on the processes that mpirun or srun started, which divide each batch: auto does so if there are several, off trains in each process by itself (docs/distributed.md)",
  )),
  syncBn: toggle(
    "with several processes: batch normalization by the samples of all of them, instead of those of each",
  ),
  name: incidental(optional(name, {
    brief: "name of the run, and of its folder: runs/NAME",
    help:
      "name of the run, which listings and reports show; its folder is runs/NAME unless --out is given",
  })),
  out: incidental(optional(folder, {
    brief: "folder of the results",
    help: "new folder for the results",
    fallback: "runs/NAME or runs/TIME-MODEL",
  })),
  logEvery: optional(countOf("STEPS"), {
    help: "steps between lines of metrics.jsonl",
    fallback: "a tenth of an epoch",
  }),
  layersEvery: operational(optional(
    z.int().nonnegative().max(MAX_COUNT).meta({ placeholder: "STEPS" }),
    {
      help:
        "steps between measurements of each layer, for metrics.jsonl, the live page, and the report: norms and histograms of its weights and gradients; takes as long as a few steps; 0: never",
      fallback: "an epoch, but at least 300",
    },
  )),
  checkpointEvery: operational(optional(countOf("STEPS"), {
    help: "steps between checkpoints",
    fallback:
      "at the end of an epoch if 5 seconds have passed since the last one, else after a minute",
  })),
  keepCheckpoints: operational(setting(
    count.default(1),
    "number of most recent checkpoints to keep for each optimizer",
  )),
  log: operational(setting(
    z.array(z.enum(["csv", "tensorboard"])).readonly()
      .meta({ placeholder: "A,B", rule: "csv, tensorboard, or csv,tensorboard" }).default([]),
    "also write the numbers of metrics.jsonl in other formats: csv to metrics.csv, tensorboard to an event file for each optimizer (tensorboard --logdir runs)",
  )),
  perClass: operational(
    toggle("also print the test error of each class; confusion.json always has it"),
  ),
  telemetry: optional(z.boolean(), {
    help:
      "record how far G-SGD's steps scale trained skeleton weights, for metrics.jsonl and the report",
    fallback: "yes with --live, else no",
  }),
  live: operational(toggle({
    brief: "show live curves on a page of this machine",
    help: "show live curves in a browser on this machine",
  })),
  livePort: operational(optional(port, {
    help: "port for live curves; implies --live",
    fallback: `the first free port from ${livePorts[0]} on`,
  })),
  open: operational(toggle({
    brief: "open the live page or the report in a browser",
    help: "open the live page in a browser, or without --live the report at the end",
  })),
  quiet: operational(toggle("print only the final table")),
  json: operational(
    toggle("print the results as JSON to standard output, and everything else to standard error"),
  ),
};

import { z } from "zod";
import { MOST_WORKERS } from "../../../cpu/runtime/layout.ts";
import {
  changeable,
  essential,
  incidental,
  operational,
  optional,
  setting,
  toggle,
} from "../../flags/setting.ts";
import { livePorts } from "../../../live/ports.ts";
import { connections } from "../../ranks/connection.ts";
import { count, countOf, countOrZeroOf, folder, port } from "../../flags/values.ts";

/** Safe as the name of a folder, and of the run in file names, pages, and commands. */
const name = z.string().regex(/^[A-Za-z0-9](?:[\w.-]{0,62}[\w-])?$/).meta({
  placeholder: "NAME",
  rule:
    "up to 64 letters, digits, hyphens, underscores, and dots, start with a letter or digit, and not end with a dot",
});

const logs = z.array(z.enum(["csv", "tensorboard"])).readonly()
  .meta({ placeholder: "A,B", rule: "csv, tensorboard, or csv,tensorboard" });

/** How long and where it is trained, and what is kept and shown. */
export const run = {
  epochs: changeable(essential(optional(count)`number of epochs [10]`)),
  steps: changeable(optional(count)`number of steps, instead of --epochs`),
  patience: changeable(optional(countOf("EPOCHS"))`stop an optimizer after this many epochs without
    a lower validation error; needs --validation [off]`),
  device: operational(essential(
    setting(z.enum(["auto", "gpu", "cpu"]).default("auto"))`where to compute; auto uses a hardware
      GPU if there is one, else the CPU`,
    "where to compute",
  )),
  threads: operational(optional(z.int().positive().max(MOST_WORKERS))`number of CPU threads; does
    not affect results [all cores; with several processes on a machine, its share of them]`),
  distributed: operational(setting(z.enum(connections).default("auto"))`train one model on the
    processes that mpirun or srun started, which divide each batch: auto does so if there are
    several, off trains in each process by itself (docs/distributed.md)`),
  syncBn: toggle`with several processes: batch normalization by the samples of all of them, instead
    of those of each`,
  name: incidental(essential(
    optional(name)`name of the run, which listings and reports show; its folder is runs/NAME unless
      --out is given`,
    "name of the run, and of its folder: runs/NAME",
  )),
  out: incidental(essential(
    optional(folder)`new folder for the results [runs/NAME or runs/TIME-MODEL]`,
    "folder of the results",
  )),
  logEvery: optional(countOf("STEPS"))`steps between lines of metrics.jsonl [a tenth of an epoch]`,
  layersEvery: operational(
    optional(countOrZeroOf("STEPS"))`steps between measurements of each layer,
    for metrics.jsonl, the live page, and the report: norms and histograms of its weights and
    gradients; takes as long as a few steps; 0: never [an epoch, but at least 300]`,
  ),
  checkpointEvery: operational(optional(countOf("STEPS"))`steps between checkpoints [at the end of
    an epoch if 5 seconds have passed since the last one, else after a minute]`),
  keepCheckpoints: operational(setting(count.default(1))`number of most recent checkpoints to keep
    for each optimizer`),
  log: operational(
    setting(logs.default([]))`also write the numbers of metrics.jsonl in other formats:
    csv to metrics.csv, tensorboard to an event file for each optimizer (tensorboard --logdir runs)`,
  ),
  perClass: operational(
    toggle`also print the test error of each class; confusion.json always has it`,
  ),
  telemetry: optional(z.boolean())`record how far G-SGD's steps scale trained skeleton weights, for
    metrics.jsonl and the report [yes with --live, else no]`,
  live: operational(essential(
    toggle`show live curves in a browser on this machine`,
    "show live curves on a page of this machine",
  )),
  livePort: operational(optional(port)`port for live curves; implies --live [the first free port
    from ${livePorts[0]} on]`),
  open: operational(essential(
    toggle`open the live page in a browser, or without --live the report at the end`,
    "open the live page or the report in a browser",
  )),
  quiet: operational(toggle`print only the final table`),
  json: operational(
    toggle`print the results as JSON to standard output, and everything else to standard error`,
  ),
};

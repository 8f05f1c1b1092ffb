import type { Config } from "./config.ts";
import { flagRow, type Row, section } from "./help.ts";
import { settings } from "./settings.ts";

/** The settings that what `explain` prints depends on, in the order of the help. */
const explained: readonly (keyof Config)[] = [
  "model",
  "bias",
  "shortcut",
  "dataset",
  "labels",
  "classes",
  "batch",
  "bn",
  "residual",
  "segmentation",
  "json",
];

const debug: Row = ["--debug", "show where an error came from"];
const help: Row = ["-h, --help", "show this"];

/** What `explain --help` prints. */
export function explainHelp(columns = 100): string {
  const rows = explained.flatMap((name) => settings.filter((setting) => setting.name === name))
    .map(flagRow);
  const config: Row = [
    "--config FILE",
    "settings from a JSON file, such as the config.json of a run",
  ];
  return `Shows the layers of a model with their FLOPs, what a training step is made of, and what G-SGD and
Path-SGD would do with each weight. Trains nothing and downloads nothing.

  deno task explain [flags]

${section("Flags", [...rows, config, debug, help], columns)}
The other flags of train are taken, too, and change nothing here: so a command line of train can be
explained as it is.

Examples
  deno task explain --model mlp:784-128-10
  deno task explain --model resnet-34 --dataset cifar10
  deno task explain --config runs/2026-01-31T12-00-00-mlp-49-32-32-10/config.json --json

Exit codes: 0 done, 1 failed, 2 wrong flags or settings.`;
}

/** What `live --help` prints. */
export function liveHelp(columns = 100): string {
  const rows: readonly Row[] = [
    ["FOLDER…", "runs, or folders with runs in them, up to four levels deep [runs]"],
    ["--port PORT", "a whole number from 1 to 65535 [the first free port from 8765 on]"],
    debug,
    help,
  ];
  return `Shows the curves of runs in a browser on this machine, also of those that other commands are
training now, until Ctrl-C. Runs that begin later appear by themselves. What is shown can be chosen
in the page.

  deno task live [--port PORT] [FOLDER…]

${section("Folders and flags", rows, columns)}
A run can show itself while it trains: deno task train --live.

Examples
  deno task live
  deno task live runs/2026-01-31T12-00-00-mlp-49-32-32-10 --port 9000

Exit codes: 1 failed, 2 wrong flags, 130 stopped by Ctrl-C.`;
}

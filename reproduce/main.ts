/**
 * The command `deno task reproduce`, which reproduces the paper's tables and figures.
 * @module
 */
import { CommandError, Interrupted, UsageError } from "../cli/errors.ts";
import type { CommandHelp, Row } from "../cli/flags/help.ts";
import { note } from "../cli/output.ts";
import { reportError } from "../cli/report_error.ts";
import { runCommand } from "../cli/run_command.ts";
import { prose } from "../cli/styled.ts";
import { StopSignal } from "../cli/training/stop_signal.ts";
import { findExperiments, loadExperiments } from "./catalog.ts";
import type { Experiment } from "./experiment.ts";
import { flagSettings, parseRequest } from "./flags.ts";
import { openStudy } from "./study.ts";

/** Runs the command and resolves to the exit code. Default experiments: those of `configs/`. */
export async function main(
  args: readonly string[],
  experiments?: readonly Experiment[],
): Promise<number> {
  const known = async () => experiments ?? await loadExperiments();
  return await runCommand(args, {
    help: async () => reproduceHelp(await known()),
    run: async () => run(args, await known()),
  });
}

async function run(args: readonly string[], experiments: readonly Experiment[]): Promise<void> {
  const request = parseRequest(args);
  if (request.names.length === 0) {
    throw new UsageError(
      `Cannot reproduce: specify a table or figure: one of ${
        experiments.flatMap(({ what, aliases }) => [what, ...aliases]).join(", ")
      }, or all`,
    );
  }
  const stopping = new AbortController();
  using stop = new StopSignal(() => {
    note([prose("Stopping and saving. Press Ctrl-C again to quit immediately.")]);
    stopping.abort();
  });
  const wanted = findExperiments(request.names, experiments);
  const failed: string[] = [];
  for (const experiment of wanted) {
    try {
      using study = await openStudy(experiment, request);
      await study.run(stopping.signal);
    } catch (error) {
      if (wanted.length === 1) throw error;
      // what makes one fail may not affect another
      reportError(error, request.debug === true);
      failed.push(experiment.what);
    }
    if (stop.exitCode === undefined) continue;
    throw new Interrupted("Stopped and saved: run the same command to resume", stop.exitCode);
  }
  if (failed.length > 0) {
    throw new CommandError(`Cannot reproduce ${failed.join(", ")}: see the errors above`);
  }
}

/** What `reproduce --help` says. */
export function reproduceHelp(experiments: readonly Experiment[]): CommandHelp {
  return {
    about: ["Runs the experiments of the paper and writes its tables and figures to a folder."],
    usage: ["deno task reproduce WHAT… [flags]"],
    operands: {
      title: "What",
      rows: [
        ...experiments.map((
          { what, aliases, title },
        ): Row => [[what, ...aliases].join(", "), title]),
        ["all", "everything"],
      ],
    },
    groups: [{ title: "Flags", settings: flagSettings }],
    notes: [
      "To resume a stopped command, run it again: finished runs are not repeated. An output folder " +
      "holds report.html, figures as SVG, table.md, summary.json, and results.jsonl. The runs are " +
      "beside it in points/, shared by all tables and figures.",
    ],
    exitCodes: "0 done, 1 failed, 2 invalid flags, 3 done but results could not be printed, 130 " +
      "stopped by Ctrl-C (results saved), 143 by SIGTERM, 129 by a closed terminal (SIGHUP).",
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));

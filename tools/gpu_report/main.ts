/**
 * The command `deno task gpu-report`: what the WebGPU backend gives to GPUs that are not there.
 * @module
 */
import { exitCodeOfOutput, note, print } from "../../cli/output.ts";
import { runCommand } from "../../cli/run_command.ts";
import { faultsOf, judge, type Verdict } from "./check.ts";
import { help, type Options, parseOptions } from "./flags.ts";
import { codeTable, launchTable, subjectTable, verdictText } from "./print.ts";
import {
  collectSubjects,
  compileSubjects,
  nameOf,
  predictionsOf,
  type Report,
  shadersOf,
} from "./report.ts";

/** Runs the command and resolves to its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runCommand(args, { help: () => help, run: () => run(parseOptions(args)) });
}

async function run(options: Options): Promise<number> {
  const subjects = collectSubjects(options.subjects, options.classes);
  note(`steps and ops: ${subjects.length}, shaders: ${shadersOf(subjects).size}`);
  const compiling = options.families.map((family) =>
    compileSubjects(family, subjects, { intelShim: options.intelShim })
  );
  const report = { subjects, code: (await Promise.all(compiling)).flat() };
  const verdict = judge(faultsOf(report), { isComplete: options.isComplete });
  if (options.json) print(JSON.stringify(jsonOf(report, verdict)));
  else printTables(report, verdict, options);
  const isRefused = options.check && verdict.faults.length + verdict.stale.length > 0;
  return isRefused ? 1 : exitCodeOfOutput();
}

function printTables(report: Report, verdict: Verdict, { check }: Options): void {
  const details = check
    ? []
    : [...report.subjects.map(launchTable), ...report.code.length > 0 ? [codeTable(report)] : []];
  for (const text of [...details, subjectTable(report), verdictText(verdict)]) {
    // line by line, because control characters are escaped
    for (const line of text.split("\n")) print(line);
    print("");
  }
}

/** The output of `--json`, without the text of shaders. Times are in milliseconds. */
function jsonOf(report: Report, verdict: Verdict): unknown {
  const shaders = shadersOf(report.subjects);
  const numbers = new Map([...shaders.keys()].map((source, i) => [source, i]));
  return {
    subjects: report.subjects.map((subject) => ({
      name: subject.name,
      kind: subject.kind,
      class: subject.adapterClass,
      predictions: predictionsOf(subject, report.code),
      launches: subject.launches.map(({ source, ...launch }) => ({
        name: nameOf({ source, ...launch }),
        shader: numbers.get(source),
        ...launch,
      })),
    })),
    code: report.code.map(({ source, ...facts }) => ({ shader: numbers.get(source), ...facts })),
    verdict,
  };
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);

/**
 * Prints the report as tables.
 * @module
 */
import { alignedTable } from "../../cli/format.ts";
import { groupBy } from "../../graph/collections.ts";
import { counted } from "../../graph/counted.ts";
import type { Verdict } from "./check.ts";
import { gpus } from "./gpus.ts";
import type { LaunchFacts } from "./launches.ts";
import { predictLaunch } from "./model.ts";
import { nameOf, predictionsOf, type Report, shadersOf, type SubjectFacts } from "./report.ts";

/** One row for each step and op: work, launches on each class, and predicted times. */
export function subjectTable({ subjects, code }: Report): string {
  const classes = [...new Set(subjects.map(({ adapterClass }) => adapterClass))];
  const timed = gpus.filter(({ adapterClass }) => classes.includes(adapterClass));
  const header = ["", "GFLOP", "MB", ...classes, ...timed.map(({ name }) => `${name} ms`)];
  const rows = [...Map.groupBy(subjects, ({ name }) => name)].map(([name, same]) => {
    const sum = (count: (launch: LaunchFacts) => number) =>
      (same[0]?.launches ?? []).reduce((total, launch) => total + count(launch), 0);
    const predictions = new Map(
      same.flatMap((subject) => Object.entries(predictionsOf(subject, code))),
    );
    return [
      name,
      (sum(({ flops }) => flops) / 1e9).toFixed(2),
      (sum(({ bytes }) => bytes) / 1e6).toFixed(1),
      ...same.map(({ launches }) => String(launches.length)),
      ...timed.map((gpu) => formatTime(predictions.get(gpu.name))),
    ];
  });
  return `Launches on each class of adapters, and predicted times\n\n${
    alignedTable(header, rows, 1)
  }`;
}

function formatTime(milliseconds = NaN): string {
  return milliseconds < 0.1 ? milliseconds.toFixed(3) : milliseconds.toFixed(2);
}

/** One row for each distinct launch of a subject, the slowest on a GPU of its class first. */
export function launchTable({ name, adapterClass, launches }: SubjectFacts): string {
  const gpu = gpus.find((each) => each.adapterClass === adapterClass) ?? gpus[0];
  const header = ["launch", "nodes", "times", "workgroups", "invocations", "MB", "GFLOP", "µs"];
  const rows = grouped(launches)
    .map((same) => ({ same, launch: same[0]! }))
    .map((row) => ({ ...row, time: gpu ? predictLaunch(row.launch, gpu) : 0 }))
    .toSorted((a, b) => b.same.length * b.time - a.same.length * a.time)
    .map(({ same, launch, time }) => [
      nameOf(launch),
      shortened(launch.kernels.map(({ label }) => label).join(" | ")),
      String(same.length),
      String(launch.workgroups),
      String(launch.invocations),
      (launch.bytes / 1e6).toFixed(2),
      (launch.flops / 1e9).toFixed(3),
      (1e6 * time).toFixed(1),
    ]);
  const title = `Launches of ${name} on ${adapterClass} (µs: one launch on ${gpu?.name})`;
  return `${title}\n\n${alignedTable(header, rows, 2)}`;
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

/** Groups launches that look the same. */
function grouped(launches: readonly LaunchFacts[]): readonly LaunchFacts[][] {
  const keyOf = (launch: LaunchFacts) =>
    JSON.stringify([nameOf(launch), launch.workgroups, launch.bytes, launch.flops]);
  return [...groupBy(launches, keyOf).values()];
}

/** One row for each distinct shader and family. Rows that look the same appear once. */
export function codeTable({ subjects, code }: Report): string {
  const shaders = shadersOf(subjects);
  const header = [
    ...["kernel", "family", "registers", "spills", "LDS", "waves", "multiply-adds"],
    ...["vector", "scalar", "memory", "waits"],
  ];
  const rows = code.map(({ family, source, registers, spills, workgroupMemory, ...facts }) => {
    const launch = shaders.get(source)?.launch;
    const { loop, share, waves } = facts;
    return [
      launch ? nameOf(launch) : "",
      family,
      ...[registers, spills, workgroupMemory, waves].map((value) => String(value ?? "-")),
      share === undefined ? "-" : `${(100 * share).toFixed(1)}%`,
      ...loop
        ? [
          loop.vector,
          loop.scalar,
          loop.memory + loop["workgroup memory"] + loop["constant memory"],
          loop.wait,
        ].map(String)
        : ["", "", "", ""],
    ];
  });
  const distinct = new Map(rows.toSorted().map((row) => [row.join(), row]));
  return "Machine code (the last five columns: instructions of the hottest loop)\n\n" +
    alignedTable(header, [...distinct.values()], 2);
}

/** The faults, and whether the check passed. */
export function verdictText({ faults, stale, known }: Verdict): string {
  const lines = [
    ...faults.map(({ rule, kernel, text, subject }) => `${rule}: ${kernel}: ${text} (${subject})`),
    ...stale.map(({ rule, kernel }) =>
      `${rule}: ${kernel}: no longer a fault: remove it from tools/gpu_report/exceptions.ts`
    ),
  ];
  const summary = lines.length === 0
    ? `No faults except ${known} known ones`
    : `${counted(lines.length, "fault")}, and ${known} known ones`;
  return [...lines, summary].join("\n");
}

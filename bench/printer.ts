/**
 * Output of the bench.
 * @module
 */
import type { Backend } from "../mod.ts";
import { cases } from "./cases.ts";
import type { Ceiling } from "./ceiling.ts";
import type { GoalResult } from "./goals.ts";
import type { TimedGpu } from "./gpu_clock.ts";
import { pairedRatio, type Timing } from "./measure.ts";
import type { CompileRow } from "./compile_time.ts";
import { memoryCase, type MemoryRow } from "./memory.ts";
import type { OwnRow } from "./own.ts";
import type { PeerRow } from "./peers/compare.ts";
import type { DispatchRow } from "./profile.ts";
import type { RanksRow } from "./ranks/measure_ranks.ts";
import type { StartUp } from "./start_up.ts";
import { type Column, formatRate, formatRow, formatTime, formatTitles } from "./table.ts";

const ownColumns: readonly Column[] = [
  { title: "device", width: 6, align: "left" },
  { title: "op or step", width: 32, align: "left" },
  { title: "median", width: 8, align: "right" },
  { title: "best", width: 8, align: "right" },
  { title: "kernels", width: 8, align: "right" },
  { title: "GFLOP/s", width: 7, align: "right" },
  { title: "GB/s", width: 6, align: "right" },
  { title: "ceiling", width: 7, align: "right" },
  { title: "dispatches", width: 10, align: "right" },
  { title: "submits", width: 7, align: "right" },
  { title: "/ sgd", width: 5, align: "right" },
];

const peerColumns: readonly Column[] = [
  { title: "device", width: 6, align: "left" },
  { title: "work", width: 28, align: "left" },
  { title: "contender", width: 47, align: "left" },
  { title: "median", width: 8, align: "right" },
  { title: "best", width: 8, align: "right" },
  { title: "GFLOP/s", width: 7, align: "right" },
  { title: "gspace / it", width: 11, align: "right" },
  { title: "CPU time", width: 8, align: "right" },
  { title: "gspace / it", width: 11, align: "right" },
  { title: "prepared", width: 8, align: "right" },
];

const goalColumns: readonly Column[] = [
  { title: "goal", width: 74, align: "left" },
  { title: "limit", width: 8, align: "right" },
  { title: "measured", width: 8, align: "right" },
  { title: "", width: 12, align: "left" },
];

/** Prints tables line by line. */
export class Printer {
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Prints the machine, the date, and the load. */
  machine(): void {
    const load = Deno.loadavg().map((value) => value.toFixed(2)).join(" ");
    this.#print(
      `gspace bench, Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ` +
        `${new Date().toISOString().slice(0, 16)}, load before start ${load}`,
    );
  }

  /** Prints a note. */
  note(text: string): void {
    this.#print(`\n${text}`);
  }

  /** Begins the table of a device. */
  device(name: string, { description }: Backend): void {
    this.#print(`\n${name}: ${description}`);
  }

  /** Prints the class of a GPU, and whether it has a clock. */
  gpu({ backend: { adapter }, clock }: TimedGpu): void {
    const { vendor, architecture, adapterClass, isFallbackAdapter } = adapter;
    this.#print(
      `adapter: vendor ${vendor || "unknown"}, architecture ${architecture || "unknown"}, ` +
        `class ${adapterClass}${isFallbackAdapter ? " (computes on the CPU)" : ""}; ` +
        "WebGPU does not report the version of the driver",
    );
    if (!clock) this.#print("no timestamp queries: all times are those of the host");
  }

  /** Prints the peak rate of the CPU backend's instructions. */
  vectorPeak(gflops: number): void {
    this.#print(
      `128-bit vectors: ${formatRate(gflops)} GFLOP/s per thread, multiply-adds on registers`,
    );
  }

  /** Prints the peak rates of the device, and of what they are. */
  ceiling({ gflops, gigabytes }: Ceiling, isGpu: boolean): void {
    const [sums, bytes] = isGpu
      ? ["multiply-adds in registers", "a copy of 128 MiB"]
      : ["a large matrix product", "long streams"];
    this.#print(
      `ceiling: ${formatRate(gflops)} GFLOP/s (${sums}), ${formatRate(gigabytes)} GB/s (${bytes})`,
    );
    this.#print(formatTitles(ownColumns));
  }

  /** Prints a case. */
  ownRow(row: OwnRow) {
    this.#print(formatRow(ownColumns, [
      row.device,
      row.name,
      formatTime(row.timing.median),
      formatTime(row.timing.min),
      row.kernelTiming ? formatTime(row.kernelTiming.median) : "-",
      formatRate(row.gflops),
      formatRate(row.gigabytes),
      `${(100 * row.share).toFixed(0)} %`,
      `${row.dispatches}`,
      row.calls ? `${row.calls.submits}` : "-",
      row.timesSgd?.toFixed(3) ?? "",
    ]));
  }

  /** Prints the dispatches of the previous case. */
  profile(rows: readonly DispatchRow[]): void {
    for (const { name, milliseconds } of rows) {
      this.#print(formatRow(ownColumns, ["", "", "", formatTime(milliseconds)]) + `  ${name}`);
    }
  }

  /** Prints the memory of a step of the residual network. */
  memory({ temporaryBytes, keptBytes }: MemoryRow): void {
    const { depth, batch } = memoryCase;
    const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    this.#print(
      `temporary memory of a step of resnet-${depth}, batch ${batch}: ` +
        `${mebibytes(temporaryBytes)}, of which backward reads ${mebibytes(keptBytes)}`,
    );
  }

  /** Prints how long a step took to compile. */
  compile({ device, name, own, pipelines }: CompileRow): void {
    const driver = pipelines > 0 ? `, and ${formatTime(pipelines)} for pipelines` : "";
    this.#print(`${device}: ${name}: ${formatTime(own)} from the call to the plan${driver}`);
  }

  /** Prints the time from process start to the first step. */
  startUp({ best, median, native }: StartUp): void {
    this.#print(
      `\nstart-up: process start to first step of the default run, warm: ` +
        `median ${formatTime(median)}, best ${formatTime(best)}`,
    );
    if (!native) return;
    this.#print(
      `with native code, in turns: median ${formatTime(native.median)}, ` +
        `best ${formatTime(native.best)}; the median difference is ${native.later.toFixed(1)} ms`,
    );
  }

  /** Prints the times of processes that train together. */
  ranks(row: RanksRow): void {
    const { allReduce, imagesPerSecond: [one, two] } = row;
    this.#print(
      `\nranks over ${row.description}, each on ${row.backend}\n` +
        `all-reduce of 2.67 MB on 2 ranks: median ${formatTime(allReduce.median)}, ` +
        `best ${formatTime(allReduce.best)}\n` +
        `step on 1 rank / step of one process: ${row.oneRankOverNone.toFixed(3)}\n` +
        `PlainNet-20, 128 images for each rank: ${one.toFixed(0)} images/s on 1 rank, ` +
        `${two.toFixed(0)} on 2, efficiency ${(100 * row.efficiency).toFixed(0)} %`,
    );
  }

  /** Begins the table of peers. */
  peers(versions: readonly string[]): void {
    this.#print(`\npeers, measured alternately with gspace: ${versions.join(", ")}`);
    this.#print(formatTitles(peerColumns));
  }

  /** Prints a contender. `rows`: all rows so far. */
  peerRow(row: PeerRow, rows: readonly PeerRow[]): void {
    const { device, name, framework, description, preparation, timing, cpuTiming } = row;
    const flops = cases.find((each) => each.name === name)?.flops;
    const own = rows.find((other) =>
      other.framework === "gspace" && other.name === name && other.device === device
    );
    const ratio = (ours: Timing | undefined, theirs: Timing) =>
      ours && framework !== "gspace" ? pairedRatio(ours, theirs).toFixed(3) : "";
    if (!timing || !cpuTiming) {
      const why = row.problem ?? row.declined;
      this.#print(formatRow(peerColumns, [device, name, description, `not timed: ${why}`]));
      return;
    }
    this.#print(formatRow(peerColumns, [
      device,
      name,
      description,
      formatTime(timing.median),
      formatTime(timing.min),
      flops ? formatRate(flops / timing.median / 1e6) : "",
      ratio(own?.timing, timing),
      formatTime(cpuTiming.median),
      ratio(own?.cpuTiming, cpuTiming),
      preparation === undefined ? "" : formatTime(preparation),
    ]));
  }

  /** Prints the goals that this run measured. */
  goals(results: readonly GoalResult[]): void {
    const measured = results.filter(({ value }) => value !== undefined);
    if (measured.length === 0) return;
    this.#print(`\n${formatTitles(goalColumns)}`);
    for (const { goal, limit, value, isMet } of measured) {
      const text = value === undefined ? "" : `${Number(value.toPrecision(3))}`;
      this.#print(formatRow(goalColumns, [goal, limit, text, isMet ? "met" : "NOT MET"]));
    }
  }
}

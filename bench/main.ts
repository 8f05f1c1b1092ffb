/**
 * The command `deno task bench`: measures kernels and training steps on each device, and compares
 * them with goals and other frameworks.
 * @module
 */
import { runCommand } from "../cli/run_command.ts";
import type { Ceiling } from "./ceiling.ts";
import { type DeviceName, type OpenDevice, openTimed } from "./devices.ts";
import {
  type BenchDocument,
  documentOf,
  type GpuFacts,
  gpuFacts,
  type Results,
} from "./document.ts";
import { help, type Options, parseOptions } from "./flags.ts";
import { judge } from "./goals.ts";
import { measureOwn, type OwnEffort, type OwnRow } from "./own.ts";
import { type CompileRow, measureCompile } from "./compile_time.ts";
import { measureMemory, type MemoryRow } from "./memory.ts";
import { compare, type CompareEffort, type PeerRow } from "./peers/compare.ts";
import type { ContenderCommand } from "./peers/contender_process.ts";
import { installPeers } from "./peers/install.ts";
import { Printer } from "./printer.ts";
import { measureVectorPeak } from "./vector_peak.ts";
import { measureRanks } from "./ranks/measure_ranks.ts";
import { measureStartUp } from "./start_up.ts";

const ownEfforts: Readonly<Record<"quick" | "full", OwnEffort>> = {
  quick: {
    ceiling: { samples: 3, milliseconds: 30 },
    op: { samples: 3, milliseconds: 20 },
    training: { samples: 5, milliseconds: 20, budget: 3000 },
  },
  full: {
    ceiling: { samples: 7, milliseconds: 60 },
    op: { samples: 9, milliseconds: 40 },
    training: { samples: 21, milliseconds: 40, budget: 12_000 },
  },
};

const peerEfforts: Readonly<Record<"quick" | "full", CompareEffort>> = {
  quick: { rounds: 3, milliseconds: 50, budget: 500 },
  full: { rounds: 7, milliseconds: 250, budget: 2000 },
};

/** Runs the command and resolves to its exit code. */
async function main(args: readonly string[]): Promise<number> {
  return await runCommand(args, { help: () => help, run: () => measure(parseOptions(args)) });
}

async function measure(options: Options): Promise<number> {
  const printer = new Printer(options.json ? console.error : console.log);
  printer.machine();
  const measured = await measureDevices(options, printer, (soFar) => {
    const results = { ...soFar, peers: [], goals: [] };
    save(documentOf(results, { ...options, isComplete: false }), options);
  });
  const { own, memory, devices, compile } = measured;
  // of the default run, which does not use the GPU
  const hasNative = "native" in devices;
  const isTimed = ("cpu" in devices || hasNative) && options.wanted("start-up");
  const startUp = isTimed ? await measureStartUp(hasNative) : undefined;
  if (startUp !== undefined) printer.startUp(startUp);
  const peers = options.peers || options.torch
    ? await measurePeers({ options, printer, devices: Object.keys(devices) })
    : [];
  const ranks = options.ranks ? await measureRanks(options.quick ? 8 : 40) : undefined;
  if (ranks) printer.ranks(ranks);
  const others = { ...(startUp && { startUp }), ...(ranks && { ranks }) };
  const goals = judge({ own, peers, memory, compile, ...others });
  printer.goals(goals);
  const results = { ...measured, peers, goals, ...others };
  const document = documentOf(results, { ...options, isComplete: true });
  if (options.json) console.log(JSON.stringify(document));
  save(document, options);
  if (options.out !== null) printer.note(`results: ${options.out}`);
  return peers.some(({ problem }) => problem) ? 1 : 0;
}

/** Writes the file, if there is one, at once: an interrupted run must not leave half of it. */
function save(document: BenchDocument, { out }: Options): void {
  if (out !== null) Deno.writeTextFileSync(out, JSON.stringify(document));
}

type DeviceResults = Omit<Results, "peers" | "goals" | "startUp">;

/** Measures each device that this machine has. Calls `keep` after each measurement. */
async function measureDevices(
  options: Options,
  printer: Printer,
  keep: (soFar: DeviceResults) => void,
): Promise<DeviceResults> {
  const own: OwnRow[] = [];
  const memory: MemoryRow[] = [];
  const compile: CompileRow[] = [];
  const devices: Record<string, string> = {};
  const ceilings: Record<string, Ceiling> = {};
  let gpu: GpuFacts | undefined;
  const soFar = () => ({ devices, ...(gpu && { gpu }), ceilings, own, memory, compile });
  for (const device of options.devices) {
    const opened = await openTimed(device);
    if (!opened) {
      printer.note(`${device}: skipped: ${missing[device]}`);
      continue;
    }
    const { backend } = opened;
    devices[device] = backend.description;
    const onRow = (row: OwnRow) => {
      own.push(row);
      if (opened.gpu) gpu = gpuFacts(opened.gpu);
      keep(soFar());
    };
    await measureDevice(device, opened, { options, printer, onRow, ceilings });
    if (opened.gpu) gpu = gpuFacts(opened.gpu);
    const runs = options.quick ? 2 : 4;
    for await (const row of measureCompile(device, { wanted: options.wanted, runs })) {
      compile.push(row);
      printer.compile(row);
      keep(soFar());
    }
    if (device === "native" || !options.wanted("memory")) continue;
    const row = measureMemory(backend);
    memory.push(row);
    printer.memory(row);
  }
  return soFar();
}

/** What a device is skipped for. */
const missing: Readonly<Record<DeviceName, string>> = {
  cpu: "there is no WebAssembly",
  native: "the processor has no AVX2, or the permission --allow-ffi is missing",
  gpu: "there is no WebGPU adapter: see docs/troubleshooting.md",
};

async function measureDevice(
  device: DeviceName,
  { backend, gpu }: OpenDevice,
  { options, printer, onRow, ceilings }: {
    readonly options: Options;
    readonly printer: Printer;
    readonly onRow: (row: OwnRow) => void;
    readonly ceilings: Record<string, Ceiling>;
  },
): Promise<void> {
  using _ = backend;
  printer.device(device, backend);
  if (gpu) printer.gpu(gpu);
  if (device === "cpu") printer.vectorPeak(measureVectorPeak(options.quick ? 5 : 20));
  await measureOwn(backend, {
    device,
    ...(gpu && { gpu }),
    effort: ownEfforts[options.quick ? "quick" : "full"],
    wanted: options.wanted,
    profiled: options.profile,
    listener: {
      profile: (rows) => printer.profile(rows),
      ceiling: (ceiling) => {
        ceilings[device] = ceiling;
        printer.ceiling(ceiling, gpu !== undefined);
      },
      row: (row) => {
        onRow(row);
        printer.ownRow(row);
      },
    },
  });
}

async function measurePeers(
  { options, printer, devices }: {
    options: Options;
    printer: Printer;
    devices: readonly string[];
  },
): Promise<PeerRow[]> {
  await using folder = options.peers ? await installPeers() : undefined;
  printer.peers(folder?.versions ?? []);
  const rows: PeerRow[] = [];
  for (const device of options.devices.filter((name) => devices.includes(name))) {
    const torch = device !== "gpu" && options.torch ? [torchCommand(options.torch)] : [];
    const packages = device === "native" ? [wasmCommand()] : folder?.commands(device) ?? [];
    await compare(device, [ownCommand(device), ...packages, ...torch], {
      effort: peerEfforts[options.quick ? "quick" : "full"],
      wanted: options.wanted,
      onRow: (row) => {
        rows.push(row);
        printer.peerRow(row, rows);
      },
    });
  }
  return rows;
}

function ownCommand(device: DeviceName): ContenderCommand {
  const script = new URL("peers/gspace.ts", import.meta.url).href;
  return {
    framework: "gspace",
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-check", "--no-prompt", "--allow-env=XDG_RUNTIME_DIR"],
      ...(device === "native" ? ["--allow-ffi"] : []),
      ...[script, device],
    ],
  };
}

/** Gspace without native code, as a contender of that with it. */
function wasmCommand(): ContenderCommand {
  return { ...ownCommand("cpu"), framework: "wasm" };
}

function torchCommand(python: string): ContenderCommand {
  const script = `${import.meta.dirname}/peers/torch_bench.py`;
  return { framework: "torch", command: python, args: [script] };
}

Deno.exitCode = await main(Deno.args);

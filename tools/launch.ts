/**
 * Runs a command with only the permissions that its flags require: `launch.ts train …`.
 *
 * The launcher itself may only start Deno and read environment variables that name folders. The
 * command inherits the terminal and receives all signals. The launcher exits with the command's
 * exit code.
 * @module
 */
import { trimSlashes } from "../checkpoint/trim_slashes.ts";
import { cacheFolder } from "../datasets/cache_folder.ts";
import { valuesOf } from "./command_flags.ts";
import {
  allow,
  cacheEnvironment,
  type Command,
  commands,
  permissionsFor,
  type Surroundings,
} from "./permissions.ts";
import { stdFlags } from "./std_flags.ts";

/** Returns the arguments for Deno that run a command. */
export async function denoArguments(
  command: Command,
  args: readonly string[],
): Promise<readonly string[]> {
  const { script, args: first } = commands[command];
  const [std, around] = await Promise.all([stdFlags(), surroundingsOf(args)]);
  const permissions = permissionsFor(command, args, around);
  return ["run", "--frozen", "--no-prompt", ...std, ...permissions, script, ...first, ...args];
}

/** Starts a command and resolves to its exit code. */
export async function launch(command: Command, args: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...await denoArguments(command, args)],
    env: libraryPathsFor(command),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  forwardSignals(child);
  return (await child.status).code;
}

/**
 * Variables that make a process load other libraries. Deno starts a process with them only if the
 * launcher may start any process, so they are emptied, except where a library of MPI is needed.
 */
function libraryPathsFor(command: Command): Record<string, string> {
  return command === "train-mpi" ? {} : noLibraryPaths;
}

const noLibraryPaths = {
  LD_LIBRARY_PATH: "",
  LD_PRELOAD: "",
  DYLD_LIBRARY_PATH: "",
  DYLD_INSERT_LIBRARIES: "",
};

/** Reads what the permissions of a command depend on besides its flags. */
export async function surroundingsOf(args: readonly string[]): Promise<Surroundings> {
  const { os } = Deno.build;
  const known: ReadonlySet<string> = new Set(cacheEnvironment);
  return {
    cache: cacheFolder({ os, variable: (name) => known.has(name) ? Deno.env.get(name) : "" }),
    settings: await settingsOf(args),
    execPath: Deno.execPath(),
    temporary: trimSlashes(Deno.env.get(os === "windows" ? "TEMP" : "TMPDIR") ?? "/tmp"),
  };
}

/** Reads settings from files that flags name. Unreadable files are left to the command. */
async function settingsOf(args: readonly string[]): Promise<Record<string, unknown>> {
  const folders = ["resume", "run"].flatMap((flag) => valuesOf(args, flag));
  const paths = [...valuesOf(args, "config"), ...folders.map((path) => `${path}/config.json`)];
  const texts = await Promise.all(paths.map(printFile));
  return Object.assign({}, ...texts.map(parseObject));
}

async function printFile(path: string): Promise<string> {
  const script = new URL("print_file.ts", import.meta.url).href;
  const [allowed = ""] = allow("read", [path]);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-config", allowed, script, path],
    env: noLibraryPaths,
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? { ...data } : {};
  } catch {
    return {};
  }
}

/**
 * Forwards signals to the command. Ctrl-C also reaches the command directly; it treats signals in
 * quick succession as one.
 */
function forwardSignals(child: Deno.ChildProcess): void {
  const signals = Deno.build.os === "windows"
    ? ["SIGINT"] as const
    : ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      try {
        child.kill(signal);
      } catch {
        // the command has just ended
      }
    });
  }
}

if (import.meta.main) {
  const [name = "", ...args] = Deno.args;
  const known = Object.keys(commands).find((command): command is Command => command === name);
  if (known === undefined) throw new Error(`Cannot launch "${name}": there is no such command`);
  Deno.exit(await launch(known, args));
}

/** Runs the command in this process or in another one, and captures its output. */
import { main } from "../../cli/main.ts";
import { surroundingsOf } from "../../tools/launch.ts";
import { type Command, commands, permissionsFor } from "../../tools/permissions.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

/** What the permissions of a command depend on besides its flags, on this machine. */
const around = await surroundingsOf([]);

/** The permissions that `deno task` gives a command: `["train", "--steps=1"]`. */
export function permissionsOf(args: readonly string[]): readonly string[] {
  const [name = "", ...flags] = args;
  const command = Object.keys(commands).find((each): each is Command => each === name) ?? "train";
  return permissionsFor(command, flags, { ...around, settings: resumedSettings(args) });
}

function resumedSettings(args: readonly string[]): Record<string, unknown> {
  const folder = args[args.indexOf("--resume") + 1];
  if (!args.includes("--resume")) return {};
  try {
    return JSON.parse(Deno.readTextFileSync(`${folder}/config.json`));
  } catch {
    return {}; // the command says so
  }
}

/** The result of a call of the command. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the command in this process. */
export async function call(...args: readonly string[]): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const { log, error } = console;
  console.log = (...parts: unknown[]) => void out.push(parts.join(" "));
  console.error = (...parts: unknown[]) => void err.push(parts.join(" "));
  try {
    const code = await main(args);
    return { code, stdout: out.join("\n"), stderr: err.join("\n") };
  } finally {
    console.log = log;
    console.error = error;
  }
}

/** Starts the command in another process, with the permissions of `deno task`. */
export function start(...args: readonly string[]): Deno.ChildProcess {
  return startScript("cli/main.ts", args);
}

/** Starts a script of the repository in the same way, in a shell that runs `before` first if given. */
export function startScript(
  script: string,
  args: readonly string[],
  before?: string,
): Deno.ChildProcess {
  const root = new URL("../../", import.meta.url);
  const run = [
    "run",
    ...offlineFlags(),
    "--no-prompt",
    ...permissionsOf(args),
    script,
    ...args,
  ];
  const [command, ...rest] = before === undefined
    ? [Deno.execPath(), ...run]
    : ["sh", "-c", `${before}; exec "$@"`, "sh", Deno.execPath(), ...run];
  return new Deno.Command(command, {
    cwd: root,
    args: rest,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "gspace_cli_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Flags of a small run that takes a fraction of a second. */
export const small: readonly string[] = [
  "train",
  "--device=cpu",
  "--threads=1",
  "--dataset=synthetic",
  "--limit=200",
  "--batch=32",
  "--quiet",
];

/** The lines of a run's metrics. */
export async function metricsOf(folder: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(`${folder}/metrics.jsonl`);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

/** Path of the newest checkpoint in the folder of an arm. */
export async function newestCheckpoint(folder: string): Promise<string> {
  const names = await Array.fromAsync(Deno.readDir(`${folder}/checkpoints`), ({ name }) => name);
  return `${folder}/checkpoints/${names.toSorted().at(-1)}`;
}

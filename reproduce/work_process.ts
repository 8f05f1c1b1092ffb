import { fileURLToPath } from "node:url";
import { mayRunNativeCode } from "../cli/environment.ts";
import { isStopped } from "../cli/training/stop_signal.ts";
import { launcherEnvironment } from "../distributed/launcher.ts";
import { cacheFolder } from "../datasets/cache_folder.ts";
import { allow, ALLOW_NATIVE, cacheEnvironment } from "../tools/permissions.ts";
import type { PointFolder, PointRequest } from "./point_folder.ts";
import { offlineFlags } from "../tools/offline_flags.ts";

/** How a worker process ended. */
type WorkEnd =
  | { readonly kind: "done" }
  /** It was asked to stop, and saved its progress. */
  | { readonly kind: "interrupted" }
  /** It was killed from outside. */
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "failed"; readonly message: string };

/** A process for one run of a sweep, or the launcher of its processes. */
export class WorkProcess {
  /** Resolves when the process has ended. */
  readonly ended: Promise<WorkEnd>;
  readonly #child: Deno.ChildProcess;

  private constructor(folder: PointFolder, request: PointRequest) {
    const worker = [...permissionsOf(folder, request), workerPath(), folder.path];
    const [program, ...args] = [...request.launcher, Deno.execPath(), "run", ...flags(), ...worker];
    this.#child = new Deno.Command(program!, {
      args,
      // a process group of its own: Ctrl-C reaches it only once, through stop()
      detached: Deno.build.os !== "windows",
      // closes when this process ends, which ends the worker
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.ended = this.#wait(folder);
  }

  /** Starts the run requested in a folder. */
  static async start(folder: PointFolder): Promise<WorkProcess> {
    return new WorkProcess(folder, await folder.request());
  }

  /** Asks the process to save and exit. */
  stop(): void {
    try {
      this.#child.kill("SIGINT");
    } catch {
      // it has already ended
    }
  }

  async #wait(folder: PointFolder): Promise<WorkEnd> {
    const [{ code, signal }, text] = await Promise.all([
      this.#child.status,
      new Response(this.#child.stderr).text(),
    ]);
    await this.#child.stdin.close().catch(() => {}); // the process has ended
    if (await folder.result()) return { kind: "done" };
    if (isStopped(code)) return { kind: "interrupted" };
    if (signal !== null) return { kind: "killed", signal };
    const lines = text.trim().split("\n").filter((line) => !line.startsWith("warning: "));
    return { kind: "failed", message: lines.join(" ").trim() || `it ended with code ${code}` };
  }
}

function workerPath(): string {
  return `${import.meta.dirname}/worker.ts`;
}

/**
 * A worker may read the checkout and the data, and write its own folder, and run native code if the
 * sweep may. It needs no network: data are downloaded before it starts.
 */
function permissionsOf(
  folder: PointFolder,
  { config: { dataDir, cacheDir }, launcher }: PointRequest,
): readonly string[] {
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  const { os } = Deno.build;
  const cache = text(cacheDir) ?? cacheFolder({ os, variable: (name) => Deno.env.get(name) });
  return [
    ...allow("read", [checkout(), folder.path, text(dataDir), cache]),
    ...allow("write", [folder.path]),
    ...allow("env", [
      ...["TERM", "XDG_RUNTIME_DIR", ...cacheEnvironment],
      ...(launcher.length > 0 ? launcherEnvironment : []),
    ]),
    ...(mayRunNativeCode() ? [ALLOW_NATIVE] : []),
  ];
}

function checkout(): string {
  return fileURLToPath(new URL("../", import.meta.url));
}

function flags(): readonly string[] {
  const root = checkout();
  return [
    "--quiet",
    "--no-prompt",
    "--frozen",
    `--config=${root}deno.json`,
    ...offlineFlags(root),
  ];
}

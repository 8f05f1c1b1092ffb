import { type LiveServer, PortError, serveLive, serveLiveInThread } from "../live/mod.ts";
import { type Config, servesLivePage } from "./settings/config.ts";
import type { Display } from "./display.ts";
import { CommandError, Interrupted } from "./errors.ts";
import { openPage } from "./open_page.ts";
import { print, warn } from "./output.ts";
import type { LiveRequest } from "./settings/live_flags.ts";
import { withoutNull } from "./settings/without_null.ts";
import { StopSignal } from "./training/stop_signal.ts";

/**
 * Serves the curves of runs, including those that other commands are training, until Ctrl-C.
 * @throws {Interrupted} on Ctrl-C
 */
export async function live({ folders, port, open }: LiveRequest): Promise<void> {
  for (const path of folders) await checkFolder(path);
  const options = { folders, ...withoutNull({ port }) };
  await using server = await serveLive(options).catch((error) => explain(error, "--port"));
  const at = new URL(server.url).port;
  print(
    `${server.url} shows the runs in ${folders.join(", ")}. Press Ctrl-C to stop.\n` +
      `From another machine: ssh -N -L ${at}:127.0.0.1:${at} USER@HOST, then open the same address.`,
  );
  if (open) await openPage(server.url);
  const stopped = Promise.withResolvers<void>();
  using stop = new StopSignal(stopped.resolve);
  await stopped.promise;
  throw new Interrupted("Stopped", stop.exitCode ?? 130);
}

/** Serves the curves of the run that this command trains, if its config enables it. */
export async function liveFor(
  config: Pick<Config, "live" | "livePort" | "open">,
  folder: string,
  display: Display,
): Promise<LiveServer | undefined> {
  if (!servesLivePage(config)) return undefined;
  const { livePort, open } = config;
  const options = { folders: [folder], ...withoutNull({ port: livePort }) };
  const server = await serveLiveInThread(options, (message) => {
    warn(`the live page failed, and training continues without it: ${message}`);
  }).catch((error) => explain(error, "--live-port"));
  await display.line(`live: ${server.url}`);
  if (open) await openPage(server.url);
  return server;
}

async function checkFolder(path: string): Promise<void> {
  const stat = await Deno.stat(path).catch(() => undefined);
  if (stat?.isDirectory) return;
  const reason = stat ? "it is not a folder" : "it does not exist";
  throw new CommandError(
    `Cannot show the runs in ${path}: ${reason}: create runs with deno task train (default: in runs/)`,
  );
}

function explain(error: unknown, flag: string): never {
  if (!(error instanceof PortError)) throw error;
  const advice = error.problem === "in use" ? `: choose another port with ${flag}` : "";
  throw new CommandError(`${error.message}${advice}`, { cause: error });
}

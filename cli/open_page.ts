import { pathToFileURL } from "node:url";
import { firstLine } from "../graph/first_line.ts";
import { browserCommand, displayVariables } from "./browser_command.ts";
import { environmentVariable } from "./environment.ts";
import { warn } from "./output.ts";

/** How long the program may take to fail; a browser that it starts may keep it running. */
const PATIENCE_MS = 2000;

/**
 * Opens a page in the browser: the URL of a live page, or the path of a file. If that cannot be
 * done, a warning says why and names the URL. Never asks for a permission.
 */
export async function openPage(page: string, command = browserCommand): Promise<void> {
  const url = /^https?:/.test(page) ? page : pathToFileURL(page).href;
  const reason = await reasonNotTo(command[0]) ?? await tryToOpen(url, command);
  if (reason === undefined) return;
  warn(`the page was not opened (${reason}): open it in a browser: ${url}`);
}

/** Why a page cannot be opened, if that is known before. */
async function reasonNotTo(program: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "run", command: program });
  if (state !== "granted") {
    return `permission not granted: run deno with --allow-run=${program}, as deno task does for --open`;
  }
  // without a display, xdg-open starts a browser in the terminal
  if (Deno.build.os === "windows" || Deno.build.os === "darwin") return undefined;
  if (displayVariables.some((name) => environmentVariable(name))) return undefined;
  return `there is no display: ${displayVariables.join(" and ")} are not set`;
}

/** Starts the program, and resolves to the reason if it fails. */
async function tryToOpen(
  url: string,
  [program, ...args]: readonly [string, ...string[]],
): Promise<string | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args, url],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      detached: true, // Ctrl-C must not end the browser
    }).spawn();
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? `${program} is not installed` : firstLine(error);
  }
  child.unref();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  const status = await Promise.race([child.status, patience]);
  clearTimeout(timer);
  return status === undefined || status.success
    ? undefined
    : `${program} failed with exit code ${status.code}`;
}

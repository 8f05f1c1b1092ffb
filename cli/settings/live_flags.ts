import { livePorts } from "../../live/ports.ts";
import { common } from "../flags/common.ts";
import { parseFlags, type Values } from "../flags/parse_flags.ts";
import type { CommandHelp } from "../flags/help.ts";
import { essential, optional, toggle } from "../flags/setting.ts";
import { port } from "../flags/values.ts";

const settings = {
  port: essential(
    optional(port)`port to listen on, from 1 to 65535
      [the first free port from ${livePorts[0]} on]`,
    "port to listen on",
  ),
  open: essential(toggle`open the page in a browser`),
  ...common,
};

/** What `deno task live` shows, and where. */
export interface LiveRequest extends Pick<Values<typeof settings>, "port" | "open"> {
  readonly folders: readonly string[];
}

/**
 * Reads the arguments of `deno task live`.
 * @throws {UsageError} if a flag is unknown or the port is not one
 */
export function parseLiveFlags(args: readonly string[]): LiveRequest {
  const { values: { port, open }, rest } = parseFlags(settings, args, { positional: true });
  return { folders: rest.length > 0 ? rest : ["runs"], port, open };
}

/** What `live --help` says. */
export const liveHelp: CommandHelp = {
  about: [
    "Shows the curves of runs in a browser on this machine, including runs that other commands are " +
    "training, until Ctrl-C. Runs that start later appear by themselves.",
  ],
  usage: ["deno task live [flags] [FOLDER…]"],
  operands: {
    title: "Folders",
    rows: [["FOLDER…", "runs, or folders that contain runs, up to four levels deep [runs]"]],
  },
  groups: [{ title: "Flags", settings }],
  notes: [
    "A run can show itself while it trains: deno task train --live.",
    "Only this machine can open the page. To see it from another one, run this there: ssh -N -L " +
    "8765:127.0.0.1:8765 USER@HOST, where HOST is this machine. Then open http://127.0.0.1:8765/.",
  ],
  examples: [
    "deno task live",
    "deno task live runs/first --port 9000",
  ],
  exitCodes: "1 failed, 2 invalid flags, 130 stopped by Ctrl-C.",
};

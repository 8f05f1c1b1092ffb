import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../errors.ts";

/** What `deno task live` shows, and where. */
export interface LiveRequest {
  readonly folders: readonly string[];
  readonly port: number | null;
}

/**
 * Reads the arguments of `deno task live`.
 * @throws {UsageError} if a flag is unknown or the port is none
 */
export function parseLiveFlags(args: readonly string[]): LiveRequest {
  const { _: folders, port } = parseArgs([...args], {
    string: ["port", "_"],
    boolean: ["debug"],
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true;
      throw new UsageError(`Cannot use ${arg}: the flags of live are --port, --debug and --help`);
    },
  });
  return {
    folders: folders.length > 0 ? folders.map(String) : ["runs"],
    port: port === undefined ? null : portOf(String(port)),
  };
}

function portOf(text: string): number {
  const port = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new UsageError(
    `Cannot use --port ${text}: it must be a whole number from 1 to 65535: current value is ` +
      `${text === "" ? "empty" : text}`,
  );
}

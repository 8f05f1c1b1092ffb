/**
 * Everything that a command shows goes through here, so that no error of display (a full disk
 * behind standard output, a terminal that was closed) ends what the command is doing, and no
 * name or path reaches a terminal as control sequences.
 * @module
 */
import { escapeControls } from "../checkpoint/mod.ts";

/** The exit code of a command that did everything but could not print its results. */
export const OUTPUT_LOST = 3;

/** A stream of the process, such as standard output. Writing to it never throws. */
export class OutputStream {
  /** The name of the stream, for messages. */
  readonly name: string;
  readonly #write: (text: string) => void;
  #failure: string | undefined;

  /** `write` shows one text; it may throw. */
  constructor(name: string, write: (text: string) => void) {
    this.name = name;
    this.#write = write;
  }

  /** Why text was lost, of the first one that was; `undefined` if none was. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Shows text with a line feed after it; control characters are shown as escapes. */
  line(text: string): void {
    this.attempt(() => this.#write(escapeControls(text)));
  }

  /** Runs what writes to the stream; keeps the first error instead of throwing it. */
  attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#failure ??= escapeControls(message.split("\n")[0] ?? "");
    }
  }
}

/** Results: what a script reads. */
export const standardOutput: OutputStream = new OutputStream(
  "standard output",
  (text) => console.log(text),
);

/** Progress, warnings, and errors. */
export const standardError: OutputStream = new OutputStream(
  "standard error",
  (text) => console.error(text),
);

/** Prints a result to standard output. */
export function print(text: string): void {
  standardOutput.line(text);
}

/** Prints a warning, an error, or progress to standard error. */
export function note(text: string): void {
  standardError.line(text);
}

/** Says which output was lost, if any was. */
export function lostOutput(
  streams: readonly OutputStream[] = [standardOutput, standardError],
): string | undefined {
  const lost = streams.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`${name} (${failure})`]
  );
  return lost.length === 0 ? undefined : `Some output was lost: ${lost.join(", ")}`;
}

/** The exit code of a command that ended without another error. Warns of lost results. */
export function exitCodeOfOutput(): number {
  if (standardOutput.failure === undefined) return 0;
  note(`warning: results could not be printed: ${standardOutput.failure}`);
  return OUTPUT_LOST;
}

/** Standard error as a stream for displays that redraw themselves. */
export function redrawableError(): WritableStream<Uint8Array> {
  return new WritableStream({
    write: (bytes) => standardError.attempt(() => writeAll(bytes)),
  });
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
}

/** Can lines on standard error be redrawn? Not in a file, nor on a terminal such as Emacs's. */
export function isRedrawable(): boolean {
  return Deno.stderr.isTerminal() && terminalKind() !== "dumb";
}

function terminalKind(): string | undefined {
  // asking for a variable without permission would stop the command with a question
  const name = "TERM";
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

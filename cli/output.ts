/**
 * All output of a command. An output error, such as a full disk behind standard output or a closed
 * terminal, does not end the command. Control sequences in names and paths are escaped. Only
 * terminals get colors, and none if the environment variable NO_COLOR is set.
 * @module
 */
import { escapeControls } from "../checkpoint/mod.ts";
import { firstLine } from "../graph/first_line.ts";
import { environmentVariable } from "./environment.ts";
import { type Look, prose, render, type Styled } from "./styled.ts";

/** The exit code of a command that did everything but could not print its results. */
const OUTPUT_LOST = 3;

const PLAIN: Look = { hasColor: false, columns: Infinity };

/** An output stream of the process. Writing to it never throws. */
export class OutputStream {
  /** The name of the stream, for messages. */
  readonly name: string;
  readonly #write: (text: string) => void;
  readonly #look: () => Look;
  #failure: string | undefined;
  #isMuted = false;

  /** `write` writes a text, and may throw. `look` says how it is shown. Default: plain. */
  constructor(name: string, write: (text: string) => void, look: () => Look = () => PLAIN) {
    this.name = name;
    this.#write = write;
    this.#look = look;
  }

  /** Why output was first lost; `undefined` if none was. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Writes nothing until the result is disposed. */
  mute(): Disposable {
    this.#isMuted = true;
    return { [Symbol.dispose]: () => void (this.#isMuted = false) };
  }

  /** Writes a line, with control characters escaped. */
  line(text: Styled): void {
    if (this.#isMuted) return;
    this.attempt(() => this.#write(render(text, this.#look())));
  }

  /** Calls `write`. Keeps the first error instead of throwing it. */
  attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failure ??= escapeControls(firstLine(error));
    }
  }
}

/** Results, for scripts. */
const standardOutput: OutputStream = new OutputStream(
  "standard output",
  (text) => console.log(text),
  () => lookOf(Deno.stdout),
);

/** Progress, warnings, and errors. */
const standardError: OutputStream = new OutputStream(
  "standard error",
  (text) => console.error(text),
  () => lookOf(Deno.stderr),
);

/** How a stream of this process shows text at this moment. */
function lookOf(stream: { isTerminal(): boolean }): Look {
  if (!stream.isTerminal()) return PLAIN;
  return {
    hasColor: !Deno.noColor && environmentVariable("TERM") !== "dumb",
    columns: terminalColumns(),
  };
}

/** Prints nothing until the result is disposed. */
export function muteOutput(): Disposable {
  const muted = [standardOutput, standardError].map((stream) => stream.mute());
  return { [Symbol.dispose]: () => muted.forEach((one) => one[Symbol.dispose]()) };
}

/** Prints a result to standard output. */
export function print(text: Styled): void {
  standardOutput.line(text);
}

/** Prints an error or progress to standard error. */
export function note(text: Styled): void {
  standardError.line(text);
}

/** Prints a warning to standard error. */
export function warn(text: string): void {
  note([{ text: "warning: ", style: "warning" }, prose(text)]);
}

/** Describes which output was lost, if any was. */
export function lostOutput(
  streams: readonly OutputStream[] = [standardOutput, standardError],
): string | undefined {
  const lost = streams.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`${name} (${failure})`]
  );
  return lost.length === 0 ? undefined : `Some output was lost: ${lost.join(", ")}`;
}

/** The exit code of a command without other errors. Warns about lost results. */
export function exitCodeOfOutput(): number {
  if (standardOutput.failure === undefined) return 0;
  warn(`results could not be printed: ${standardOutput.failure}`);
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

/** Whether standard error can redraw lines: not for a file, or a terminal such as Emacs's. */
export function isRedrawable(): boolean {
  return Deno.stderr.isTerminal() && environmentVariable("TERM") !== "dumb";
}

/** Columns of the terminal at this moment; 80 if it does not say. */
export function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80; // not a terminal
  }
}

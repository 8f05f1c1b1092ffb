/**
 * A contender as a child process: the bench's side of the protocol.
 * @module
 */
import {
  type Answer,
  type Declined,
  lines,
  type Request,
  type Sample,
  type Subject,
} from "./protocol.ts";

/** How to start a contender. */
export interface ContenderCommand {
  /** Framework: `gspace`, `jax-js`, `tfjs`, `torch`. */
  readonly framework: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Folder with its packages. */
  readonly cwd?: string;
}

/** Time limit for an answer. The first matrix product on a software adapter takes seconds. */
const PATIENCE_MS = 180_000;

/** A running contender. */
export class ContenderProcess implements AsyncDisposable {
  readonly framework: string;
  readonly #child: Deno.ChildProcess;
  readonly #answers: AsyncGenerator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #complaints: Promise<string>;
  #description = "";

  private constructor(framework: string, child: Deno.ChildProcess) {
    this.framework = framework;
    this.#child = child;
    this.#answers = lines(child.stdout);
    this.#input = child.stdin.getWriter();
    this.#complaints = new Response(child.stderr).text();
  }

  /** Starts a contender and waits until its device is open. */
  static async start(
    { framework, command, args, cwd }: ContenderCommand,
  ): Promise<ContenderProcess> {
    const child = new Deno.Command(command, {
      args: [...args],
      ...(cwd && { cwd }),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const process = new ContenderProcess(framework, child);
    try {
      const answer = await process.#next();
      if (!("ready" in answer)) throw process.#strange(answer);
      process.#description = answer.ready;
      return process;
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Framework, version, and device. */
  get description(): string {
    return this.#description;
  }

  /** Prepares work. Returns the values that must agree, or why it is not supported. */
  async prepare(subject: Subject): Promise<{ check: readonly number[] } | Declined> {
    const answer = await this.#ask({ do: "prepare", subject });
    if ("check" in answer || "declined" in answer) return answer;
    throw this.#strange(answer);
  }

  /** Times runs for about `milliseconds`. */
  async sample(milliseconds: number): Promise<Sample> {
    const answer = await this.#ask({ do: "sample", milliseconds });
    if ("milliseconds" in answer) return answer;
    throw this.#strange(answer);
  }

  async #ask(request: Request): Promise<Answer> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    return await this.#next();
  }

  async #next(): Promise<Answer> {
    const timer = setTimeout(() => this.#child.kill(), PATIENCE_MS);
    try {
      for (;;) {
        const { done, value } = await this.#answers.next();
        if (done) {
          throw new Error(`${this.framework} ended: ${(await this.#complaints).slice(-800)}`);
        }
        // frameworks also print banners to standard output
        if (value.startsWith("{")) return JSON.parse(value);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #strange(answer: Answer): Error {
    return new Error(
      `${this.framework}: ${"error" in answer ? answer.error : "unexpected answer"}`,
    );
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    // a contender ends when its input is closed; if it has ended already, the pipe is broken
    await this.#input.close().catch(() => {});
    for await (const _ of this.#answers);
    await this.#complaints;
    await this.#child.status;
  }
}

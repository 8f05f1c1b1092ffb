/**
 * Protocol between the bench and a contender process: a request or answer is one line of JSON.
 * `torch_bench.py` implements it, too.
 * @module
 */
import process from "node:process";
import type { ConvShape } from "../conv_inputs.ts";
import { runsForSample } from "../measure.ts";
import type { RecurrentShape } from "../recurrent_inputs.ts";
import type { TransformerSizes } from "../transformer.ts";

/** Work for contenders, as plain data. */
export type Subject =
  | { readonly kind: "matmul"; readonly m: number; readonly n: number; readonly k: number }
  | { readonly kind: "training"; readonly widths: readonly number[]; readonly batch: number }
  | ConvSubject
  | PlainNetSubject
  | RecurrentSubject
  | TransformerSubject;

/** A 3×3 convolution; with `backward`, also Σ result · g and its derivatives for both operands. */
export interface ConvSubject extends ConvShape {
  readonly kind: "conv";
  readonly backward: boolean;
}

/** Training of a plain or residual network for CIFAR, with batch normalization. */
export interface PlainNetSubject {
  readonly kind: "plainNet";
  readonly depth: number;
  readonly batch: number;
  /** Whether it has shortcuts without weights, as a residual network. */
  readonly shortcuts: boolean;
}

/** Training of layers of LSTM, and a linear layer on the last output. */
export interface RecurrentSubject extends RecurrentShape {
  readonly kind: "recurrent";
}

/** Training of a transformer on characters. */
export interface TransformerSubject extends TransformerSizes {
  readonly kind: "transformer";
}

/** A request of the bench. */
export type Request =
  | { readonly do: "prepare"; readonly subject: Subject }
  /** Runs for about this long. */
  | { readonly do: "sample"; readonly milliseconds: number };

/** An answer of the contender. */
export type Answer =
  | { readonly ready: string }
  | { readonly check: readonly number[] }
  /** Why the contender does not support this work. */
  | { readonly declined: string }
  | Sample
  | { readonly error: string };

/** A timed sample. Both times are means per run. */
export interface Sample {
  readonly milliseconds: number;
  /** CPU time of all threads, which depends less on other load than elapsed time. */
  readonly cpuMilliseconds: number;
  readonly runs: number;
}

/** Prepared work. */
export interface Job {
  /**
   * Values that must agree between contenders:
   * - for matrix products and forward convolutions, the elements at `probes`;
   * - with derivatives, the loss, and then the elements at the probes of the derivatives with
   *   respect to images and weight;
   * - for training, the loss before each of the first steps.
   */
  readonly check: readonly number[];
  /** Runs the work `times` times and waits for the device. */
  run(times: number): Promise<void>;
  /** Frees the job's memory. */
  close(): void;
}

/** A framework on a device. */
export interface Contender {
  /** Framework, version, and device. */
  readonly description: string;
  prepare(subject: Subject): Promise<Job | Declined>;
}

/** Answer for work that a framework does not support, or that would take minutes. */
export interface Declined {
  readonly declined: string;
}

/** Number of steps whose losses are compared before timing. */
export const CHECKED_STEPS = 5;
/** The same for a plain network, whose training is chaotic and whose steps can take seconds. */
export const CHECKED_PLAIN_NET_STEPS = 2;
/** Learning rate of the contenders' SGD. */
export const LEARNING_RATE = 0.01;

/** Row-major positions of the elements to compare in a result of `count` elements. */
export function probes(count: number): number[] {
  return Array.from({ length: 64 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 0)
    .map((hash) => hash % count);
}

/** Returns the elements at the probes. */
export function probed(data: ArrayLike<number>): number[] {
  return probes(data.length).map((i) => data[i] ?? NaN);
}

/** Returns the elements at the probes of each result, or the value of a scalar. */
export function probedResults(results: readonly ArrayLike<number>[]): number[] {
  return results.flatMap((data) => data.length === 1 ? [data[0]!] : probed(data));
}

/** Returns the losses of the first steps. */
export async function lossesOf(steps: number, step: () => Promise<number>): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(await step());
  return losses;
}

/** Answers requests from standard input until it is closed, and then exits. */
export async function serve(open: () => Promise<Contender>): Promise<never> {
  try {
    const contender = await open();
    answer({ ready: contender.description });
    let job: Job | undefined;
    for await (const line of lines(Deno.stdin.readable)) {
      const request: Request = JSON.parse(line);
      if (request.do === "prepare") {
        job?.close();
        job = undefined;
        const prepared = await contender.prepare(request.subject);
        if (!("declined" in prepared)) job = prepared;
        answer("declined" in prepared ? prepared : { check: prepared.check });
      } else if (job) answer(await sample(job, request.milliseconds));
    }
  } catch (error) {
    answer({ error: error instanceof Error ? error.stack ?? error.message : String(error) });
  }
  // workers that some contenders leave running would keep the process alive
  Deno.exit();
}

/** Measures the mean time of a run in a sample of about `target` milliseconds. */
async function sample(job: Job, target: number): Promise<Sample> {
  await job.run(1); // idle threads may have slept or exited while others were timed
  for (let runs = 1;;) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await job.run(runs);
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    // each call ends with a wait, so a sample must be long in comparison
    const more = runsForSample(runs, { milliseconds, target });
    if (more === runs) {
      return {
        milliseconds: milliseconds / runs,
        cpuMilliseconds: (user + system) / 1000 / runs,
        runs,
      };
    }
    runs = more;
  }
}

/** Splits a stream of bytes into lines. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

function answer(value: Answer): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}

/**
 * How the bench talks to one contender in its own process: a request and an answer are one
 * line of JSON each. `torch_bench.py` speaks the same protocol.
 * @module
 */
import process from "node:process";
import type { ConvShape } from "../conv_inputs.ts";

/** Work that every contender can do. Plain data. */
export type Subject =
  | { readonly kind: "matmul"; readonly m: number; readonly n: number; readonly k: number }
  | { readonly kind: "training"; readonly widths: readonly number[]; readonly batch: number }
  | ConvSubject
  | PlainNetSubject;

/** A 3×3 convolution; with `backward` also Σ result · g and its derivatives for both operands. */
export interface ConvSubject extends ConvShape {
  readonly kind: "conv";
  readonly backward: boolean;
}

/** Training of a plain network of the CIFAR family, with batch normalisation. */
export interface PlainNetSubject {
  readonly kind: "plainNet";
  readonly depth: number;
  readonly batch: number;
}

/** What the bench asks for. */
export type Request =
  | { readonly do: "prepare"; readonly subject: Subject }
  /** Runs for about this long. */
  | { readonly do: "sample"; readonly milliseconds: number };

/** What the contender answers. */
export type Answer =
  | { readonly ready: string }
  | { readonly check: readonly number[] }
  /** Why the contender leaves this work to the others. */
  | { readonly declined: string }
  | Sample
  | { readonly error: string };

/** A timed stretch; both times are of one run, on average. */
export interface Sample {
  readonly milliseconds: number;
  /** Processor time of all threads together: what a busy machine does not stretch. */
  readonly cpuMilliseconds: number;
  readonly runs: number;
}

/** Prepared work. */
export interface Job {
  /**
   * What must agree between contenders: for a product and a forward convolution the elements at
   * `probes`; with derivatives the loss, then the elements at the probes of the derivatives for
   * images and weight; for training the loss before each of the first steps.
   */
  readonly check: readonly number[];
  /** Does the work this often and waits until the device is done. */
  run(times: number): Promise<void>;
  /** Frees what the job holds. */
  close(): void;
}

/** One framework on one device. */
export interface Contender {
  /** Framework, version and device, in words. */
  readonly description: string;
  prepare(subject: Subject): Promise<Job | Declined>;
}

/** Work that a framework cannot do, or not within minutes. */
export interface Declined {
  readonly declined: string;
}

/** Steps whose losses are compared before anything is timed. */
export const CHECKED_STEPS = 5;
/** The same of a plain network: training it is chaotic, and a step may take seconds. */
export const CHECKED_PLAIN_NET_STEPS = 2;
/** Of the plain SGD that the contenders train with. */
export const LEARNING_RATE = 0.01;

/** Positions (row-major) of the elements that are compared of a result of so many. */
export function probes(count: number): number[] {
  return Array.from({ length: 64 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 0)
    .map((hash) => hash % count);
}

/** The elements at the probes. */
export function probed(data: ArrayLike<number>): number[] {
  return probes(data.length).map((i) => data[i] ?? NaN);
}

/** Answers requests from standard input until it is closed, then ends the process. */
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
  // some contenders leave workers behind that would keep the process alive
  Deno.exit();
}

/** Mean time of a run over a stretch of about `target` milliseconds. */
async function sample(job: Job, target: number): Promise<Sample> {
  for (let runs = 1;;) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await job.run(runs);
    const elapsed = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    // ends with a wait, so a stretch must be long beside it
    if (elapsed >= 0.7 * target) {
      return {
        milliseconds: elapsed / runs,
        cpuMilliseconds: (user + system) / 1000 / runs,
        runs,
      };
    }
    runs = Math.ceil(runs * Math.min(16, Math.max(1.3, target / elapsed)));
  }
}

/** The lines of a stream of bytes. */
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

import { z } from "zod";
import { readJson, readText, writeJson } from "../cli/files.ts";
import { parseResult, type PointResult } from "./point_result.ts";
import { type CurveLine, parseMetrics } from "./run_metrics.ts";
import { object } from "./schemas.ts";

const requestSchema = object({
  /** The settings of the run that differ from the defaults, by name. */
  config: z.record(z.string(), z.unknown()).readonly(),
  /** Where to compute. */
  device: z.string(),
  /** The program and arguments that start the processes of a run on several ranks. */
  launcher: z.array(z.string()).readonly().default([]),
});

/** The request of a sweep: the contents of `request.json`. */
export type PointRequest = z.infer<typeof requestSchema>;

/**
 * The folder of one run of a sweep:
 *
 *     request.json   the requested settings
 *     lock           held while a process works on it
 *     run/           the folder of `deno task train`
 *     result.json    the result; if this exists, the run is done
 */
export class PointFolder {
  /** Its path. */
  readonly path: string;

  /** The folder at this path. */
  constructor(path: string) {
    this.path = path;
  }

  /** The folder of the run itself. */
  get run(): string {
    return `${this.path}/run`;
  }

  /** Creates the folder and writes the request. */
  async ask(request: Readonly<Record<string, unknown>>): Promise<void> {
    await Deno.mkdir(this.path, { recursive: true });
    await writeJson(`${this.path}/request.json`, request);
  }

  /** Reads the request. */
  async request(): Promise<PointRequest> {
    return (await readJson(`${this.path}/request.json`, requestSchema, "a request of a sweep"))!;
  }

  /** Waits for the lock and takes it. Dispose the result to release it. */
  async lock(): Promise<Disposable> {
    const file = await Deno.open(`${this.path}/lock`, { create: true, write: true });
    await file.lock(true);
    return { [Symbol.dispose]: () => file.close() };
  }

  /** Reads the result of the run, if it is done. */
  async result(): Promise<PointResult | undefined> {
    const text = await readText(`${this.path}/result.json`);
    return text === undefined ? undefined : parseResult(text);
  }

  /** Writes the result, which marks the run as done. */
  async finish(result: PointResult): Promise<void> {
    await writeJson(`${this.path}/result.json`, result);
  }

  /** Whether the run has started and can be resumed. */
  async hasBegun(): Promise<boolean> {
    return await readText(`${this.run}/config.json`) !== undefined;
  }

  /** Reads the curve of the run so far. */
  async curve(): Promise<readonly CurveLine[]> {
    const file = `${this.run}/metrics.jsonl`;
    return parseMetrics(await readText(file) ?? "", file).curve;
  }
}

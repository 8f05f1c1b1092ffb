import { z } from "zod";
import { parseJson, writeFileAtomic } from "../checkpoint/mod.ts";
import { type CurveLine, parseMetrics, parseResult, type PointResult } from "./point_result.ts";

/** What a sweep asks for: `request.json`. */
export interface PointRequest {
  /** Settings of the run that differ from the defaults, by name. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where to compute. */
  readonly device: string;
}

const requestSchema: z.ZodType<PointRequest> = z.object({
  config: z.record(z.string(), z.unknown()),
  device: z.string(),
});

/**
 * The folder of one run of a sweep:
 *
 *     request.json   what is asked for
 *     lock           held while a process works on it
 *     run/           the folder of `deno task train`
 *     result.json    what came of it; if this is there, the run is done
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

  /** Makes it, and says in it what to do. */
  async ask(request: Readonly<Record<string, unknown>>): Promise<void> {
    await Deno.mkdir(this.path, { recursive: true });
    await this.#write("request.json", request);
  }

  /** What was asked for. */
  async request(): Promise<PointRequest> {
    return requestSchema.parse(parseJson(await Deno.readTextFile(`${this.path}/request.json`)));
  }

  /** Waits until no other process works here; the next one waits for this to be disposed of. */
  async lock(): Promise<Disposable> {
    const file = await Deno.open(`${this.path}/lock`, { create: true, write: true });
    await file.lock(true);
    return { [Symbol.dispose]: () => file.close() };
  }

  /** What came of the run, if it is done. */
  async result(): Promise<PointResult | undefined> {
    const text = await textOf(`${this.path}/result.json`);
    return text === undefined ? undefined : parseResult(text);
  }

  /** The run is done. */
  async finish(result: PointResult): Promise<void> {
    await this.#write("result.json", result);
  }

  /** Has the run begun, so that it can be resumed? */
  async hasBegun(): Promise<boolean> {
    return await textOf(`${this.run}/config.json`) !== undefined;
  }

  /** The curve of the run so far. */
  async curve(): Promise<readonly CurveLine[]> {
    const file = `${this.run}/metrics.jsonl`;
    return parseMetrics(await textOf(file) ?? "", file).curve;
  }

  async #write(name: string, value: unknown): Promise<void> {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    await writeFileAtomic(`${this.path}/${name}`, new TextEncoder().encode(text));
  }
}

/** A file's text, or `undefined` if there is no such file. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

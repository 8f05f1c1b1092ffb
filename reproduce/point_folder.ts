import { writeFileAtomic } from "../checkpoint/mod.ts";
import type { RunPoint } from "./expand.ts";
import { type CurveLine, parseMetrics, parseResult, type PointResult } from "./point_result.ts";

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
  async request(): Promise<string> {
    return await Deno.readTextFile(`${this.path}/request.json`);
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
    return parseMetrics(await textOf(`${this.run}/metrics.jsonl`) ?? "").curve;
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

/**
 * A name for a run: what it is for people, and a hash of its settings, so that a changed
 * setting is another run and an unchanged one is found again.
 */
export async function pointName({ arm, axes, seed, tuned, settings }: RunPoint): Promise<string> {
  const parts = [...Object.entries({ ...axes, ...tuned }), [arm], ["seed", seed]];
  const words = parts.map((part) => part.join("-")).join("_").toLowerCase();
  const bytes = new TextEncoder().encode(canonicalJson(settings));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = [...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  return `${words.replace(/[^\w.+-]+/g, "-")}_${hash}`;
}

/** JSON that does not depend on the order of keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}

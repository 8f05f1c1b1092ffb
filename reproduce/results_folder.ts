import { CommandError } from "../cli/errors.ts";
import { writeJson, writeText } from "../cli/files.ts";
import { firstLine } from "../graph/first_line.ts";
import { markdownOf } from "./markdown.ts";
import type { Measured } from "./measured.ts";
import type { Shard } from "./shard.ts";
import type { Summary } from "./summary.ts";

/**
 * The folder with the results of a reproduction:
 *
 *     results.jsonl   one line for each finished run: its folder, settings, and final numbers
 *     summary.json    tables, curves, tests, and sentences
 *     table.md        the same as text
 *     report.html     the same with figures, which are also files: fig4.svg, …
 *
 * The runs have their own folders in `points`. All experiments of one output folder share them,
 * so that a run used by several experiments is trained once.
 */
export class ResultsFolder implements Disposable {
  /** Its path. */
  readonly path: string;
  /** Where the folders of the runs are. */
  readonly points: string;
  readonly #lock: Deno.FsFile;

  private constructor(path: string, points: string, lock: Deno.FsFile) {
    this.path = path;
    this.points = points;
    this.#lock = lock;
  }

  /**
   * Creates or opens the folder and locks it, by `lock` or by the lock of a shard.
   * @throws {CommandError} if it cannot be written, or another process has locked it
   */
  static async open(path: string, points: string, shard: Shard | null): Promise<ResultsFolder> {
    const name = shard === null ? "lock" : `lock-${shard.index}-of-${shard.count}`;
    try {
      await Deno.mkdir(path, { recursive: true });
      await Deno.mkdir(points, { recursive: true });
      const lock = await Deno.open(`${path}/${name}`, { create: true, write: true });
      if (await lock.tryLock(true)) return new ResultsFolder(path, points, lock);
      lock.close();
    } catch (cause) {
      throw new CommandError(`Cannot put results in ${path}: ${firstLine(cause)}`, { cause });
    }
    throw new CommandError(
      `Cannot put results in ${path}: another process is using it: wait for it to finish, or use --out`,
    );
  }

  /** Writes the results so far, each file atomically. */
  async write(summary: Summary, measured: readonly Measured[]): Promise<void> {
    await writeText(`${this.path}/results.jsonl`, measured.flatMap(lineOf).join(""));
    await writeJson(`${this.path}/summary.json`, summary);
    await writeText(`${this.path}/table.md`, markdownOf(summary));
  }

  /** Unlocks the folder. */
  [Symbol.dispose](): void {
    this.#lock.close();
  }
}

function lineOf({ point, name, result }: Measured): readonly string[] {
  return result ? [`${JSON.stringify({ run: name, ...point, ...result })}\n`] : [];
}

import { stylesOf } from "../figures/mod.ts";
import { ratioEdges } from "../optim/mod.ts";
import type { RunInfo } from "./find_runs.ts";
import type { RunsMessage, SamplesMessage } from "./messages.ts";
import { type Cursor, type RunLog, start } from "./run_log.ts";
import type { RunSamples } from "./run_samples.ts";
import { changedSettings } from "./settings.ts";
import type { Watch } from "./watch.ts";

/** A run that a client receives. */
interface Reading extends Disposable {
  readonly id: string;
  readonly log: RunLog;
  cursor: Cursor;
  readonly samples: RunSamples;
  /** Version of the samples that the client has. */
  version: number;
}

/**
 * Server-sent events for one client: the list of runs, then the history of the requested runs and
 * their misclassified images, then new lines and images as they are written. Events are created when the client can receive them, from lines
 * that all clients share, so a slow client costs nothing.
 */
export function eventStream(watch: Watch, ids: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const client = new Client(watch, ids);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const text = await client.next();
      if (text !== undefined) controller.enqueue(encoder.encode(text));
      else controller.close();
    },
    cancel: () => client[Symbol.dispose](),
  }, { highWaterMark: 1 });
}

class Client implements Disposable {
  readonly #watch: Watch;
  readonly #ids: readonly string[];
  readonly #listening: Disposable;
  readonly #readings = new Map<string, Reading>();
  #shownRuns: readonly RunInfo[] | undefined;
  #isGone = false;

  constructor(watch: Watch, ids: readonly string[]) {
    this.#watch = watch;
    this.#ids = ids;
    this.#listening = watch.listen();
  }

  /** The next event; `undefined` after the last one. */
  async next(): Promise<string | undefined> {
    while (!this.#isGone) {
      const changed = this.#watch.changed();
      const isLast = this.#watch.isClosed;
      const event = this.#runsEvent() ?? this.#linesEvent() ?? this.#samplesEvent();
      if (event !== undefined) return event;
      if (isLast) {
        this[Symbol.dispose]();
        return eventText("closed", {});
      }
      await changed;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const reading of this.#readings.values()) reading[Symbol.dispose]();
    this.#listening[Symbol.dispose]();
  }

  #runsEvent(): string | undefined {
    const { runs } = this.#watch;
    if (runs === this.#shownRuns) return undefined;
    this.#shownRuns = runs;
    // a run may start after its page was opened
    for (const id of this.#ids) {
      const followed = this.#readings.has(id) ? undefined : this.#watch.follow(id);
      if (followed) this.#readings.set(id, { id, cursor: start, version: 0, ...followed });
    }
    const styles = Object.fromEntries(stylesOf(runs.flatMap(({ arms }) => arms)));
    const settings = changedSettings(runs);
    const shown = runs.map(({ config: _, ...run }) => ({
      ...run,
      settings: settings.get(run.id) ?? {},
    }));
    return eventText("runs", { runs: shown, styles, ratioEdges } satisfies RunsMessage);
  }

  #linesEvent(): string | undefined {
    for (const reading of this.#readings.values()) {
      const news = reading.log.after(reading.cursor);
      if (!news) continue;
      reading.cursor = news.next;
      const about = JSON.stringify({ run: reading.id, reset: news.reset });
      return `event: lines\ndata: ${about.slice(0, -1)},"lines":[${news.lines.join()}]}\n\n`;
    }
    return undefined;
  }

  #samplesEvent(): string | undefined {
    for (const reading of this.#readings.values()) {
      const { samples, version } = reading.samples;
      if (version === reading.version) continue;
      reading.version = version;
      const { first: _, ...mistakes } = samples ?? { first: [], split: "test", arms: {} };
      return eventText("samples", { run: reading.id, ...mistakes } satisfies SamplesMessage);
    }
    return undefined;
  }
}

function eventText(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Delay before reconnecting if the server did not answer with a stream, in milliseconds. */
const RETRY_MS = 2000;

/**
 * The connection to the server.
 *
 * @typedef {object} StreamEvents
 * @property {(message: import("../messages.ts").RunsMessage) => void} onRuns
 * @property {(message: { run: string, reset: boolean, lines: import("./runs.js").Metric[] }) => void} onLines
 * @property {(message: import("../messages.ts").SamplesMessage) => void} onSamples
 * @property {(state: "live" | "lost", text: string) => void} onStatus
 */
export class Stream {
  /** @type {EventSource | undefined} */
  #source;
  #isEnded = false;
  /** @type {StreamEvents} */
  #events;

  /** @param {StreamEvents} events */
  constructor(events) {
    this.#events = events;
  }

  /**
   * Asks for these runs, instead of those before.
   * @param {readonly string[]} ids
   */
  open(ids) {
    this.#source?.close();
    const query = new URLSearchParams(ids.map((id) => ["run", id]));
    const source = new EventSource(`events?${query}`);
    this.#source = source;
    const { onRuns, onLines, onSamples, onStatus } = this.#events;
    source.addEventListener("open", () => {
      this.#isEnded = false;
      onStatus("live", "live");
    });
    source.addEventListener("runs", ({ data }) => onRuns(JSON.parse(data)));
    source.addEventListener("lines", ({ data }) => onLines(JSON.parse(data)));
    source.addEventListener("samples", ({ data }) => onSamples(JSON.parse(data)));
    source.addEventListener("closed", () => this.#isEnded = true);
    source.addEventListener("error", () => {
      const text = this.#isEnded ? "the command has ended" : "connection lost, reconnecting …";
      onStatus("lost", text);
      // the browser reconnects by itself, except after an answer that was not a stream
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(() => this.#source === source && this.open(ids), RETRY_MS);
      }
    });
  }
}

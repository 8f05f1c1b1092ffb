/** Reads server-sent events as a browser does. */
export class Events implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts to listen to these runs. */
  static async open(url: string, ...runs: readonly string[]): Promise<Events> {
    const query = new URLSearchParams(runs.map((run) => ["run", run]));
    const { body } = await fetch(`${url}events?${query}`);
    return new Events(body!);
  }

  /** The next event; `undefined` at the end of the stream. */
  // deno-lint-ignore no-explicit-any -- events hold whatever a run writes
  async next(): Promise<{ readonly event: string; readonly data: any } | undefined> {
    while (!this.#text.includes("\n\n")) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
    const end = this.#text.indexOf("\n\n");
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    const field = (name: string) =>
      block.split("\n").find((line) => line.startsWith(`${name}: `))!.slice(name.length + 2);
    return { event: field("event"), data: JSON.parse(field("data")) };
  }

  /** The next event of this kind. */
  async until(event: string, isWanted: (data: { lines: unknown[] }) => boolean = () => true) {
    for (let found = await this.next(); found; found = await this.next()) {
      if (found.event === event && isWanted(found.data)) return found.data;
    }
    throw new Error(`the stream ended without ${event}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

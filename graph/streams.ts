/** A number for a text (32-bit FNV-1a over UTF-16 units): tells streams apart by name. */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Hands out the streams of one seed, none of them twice. */
export class Streams {
  readonly #used = new Set<number>();

  /** Keeps a stream from being handed out. */
  reserve(stream: number): void {
    this.#used.add(stream);
  }

  /** The stream called `name`, or `name#1`, `name#2`, … where those before it are used. */
  next(name: string): number {
    let stream = streamOf(name);
    for (let again = 1; this.#used.has(stream); again++) stream = streamOf(`${name}#${again}`);
    this.#used.add(stream);
    return stream;
  }
}

/** Derives a random stream number from a name: the 32-bit FNV-1a hash of its UTF-16 units. */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Allocates the streams of one seed, each at most once. */
export class Streams {
  readonly #used = new Set<number>();

  /** Marks a stream as used. */
  reserve(stream: number): void {
    this.#used.add(stream);
  }

  /** Allocates the stream of `name`, or of `name#1`, `name#2`, … if the previous ones are used. */
  next(name: string): number {
    let stream = streamOf(name);
    for (let again = 1; this.#used.has(stream); again++) stream = streamOf(`${name}#${again}`);
    this.#used.add(stream);
    return stream;
  }
}

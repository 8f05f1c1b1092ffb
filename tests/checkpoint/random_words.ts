/**
 * A tiny generator for tests: xorshift32, the same sequence on every machine.
 *
 * @returns a function that gives the next word, in [0, 2^32)
 */
export function randomWords(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

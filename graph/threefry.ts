/** Arithmetic on 32-bit words: numbers on the host, scalar expressions in kernels. */
export interface WordArithmetic<T> {
  /** A literal. */
  word(value: number): T;
  /** Sum modulo 2³². */
  add(a: T, b: T): T;
  /** Bitwise exclusive or. */
  xor(a: T, b: T): T;
  /** Rotation toward the high bits, 0 < by < 32. */
  rotateLeft(x: T, by: number): T;
}

/** 32-bit words as non-negative numbers. */
export const hostWords: WordArithmetic<number> = {
  word: (value) => value >>> 0,
  add: (a, b) => (a + b) >>> 0,
  xor: (a, b) => (a ^ b) >>> 0,
  rotateLeft: (x, by) => ((x << by) | (x >>> (32 - by))) >>> 0,
};

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/**
 * Threefry-2x32 with 20 rounds [Salmon et al. 2011, "Parallel random numbers: as easy as
 * 1, 2, 3"]: maps a two-word counter and a two-word key to two random words. It is the
 * only generator of Gspace, and gives the same words on the host and on every backend.
 */
export function threefry<T>(
  { word, add, xor, rotateLeft }: WordArithmetic<T>,
  counter: readonly [T, T],
  key: readonly [T, T],
): [T, T] {
  const schedule = [key[0], key[1], xor(xor(key[0], key[1]), word(PARITY))] as const;
  let [x0, x1] = [add(counter[0], key[0]), add(counter[1], key[1])];
  for (let round = 0; round < 20; round++) {
    x0 = add(x0, x1);
    x1 = xor(rotateLeft(x1, rotations[round % 8]!), x0);
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x0 = add(x0, schedule[injection % 3]!);
    x1 = add(x1, add(schedule[(injection + 1) % 3]!, word(injection)));
  }
  return [x0, x1];
}

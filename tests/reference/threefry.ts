// Threefry-2x32-20 as in Salmon et al. 2011, with big integers that are cut to 32 bits.

const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n] as const;
const cut = (x: bigint): bigint => BigInt.asUintN(32, x);

/** Two random words for a counter and a key of two words each. */
export function threefry2x32(
  counter: readonly [number, number],
  key: readonly [number, number],
): [number, number] {
  const [k0, k1] = [BigInt(key[0]), BigInt(key[1])];
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bdan];
  let x0 = cut(BigInt(counter[0]) + k0);
  let x1 = cut(BigInt(counter[1]) + k1);
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8]!;
    x0 = cut(x0 + x1);
    x1 = (cut(x1 << by) | (x1 >> (32n - by))) ^ x0;
    if ((round + 1) % 4 === 0) {
      const injection = (round + 1) / 4;
      x0 = cut(x0 + keys[injection % 3]!);
      x1 = cut(x1 + keys[(injection + 1) % 3]! + BigInt(injection));
    }
  }
  return [Number(x0), Number(x1)];
}

// Arithmetic of 32-bit integers by way of big integers, which know no overflow.

type BigFunction = (a: bigint, b: bigint) => bigint;

/** A function of big integers as one of signed 32-bit integers. */
export function signed(fn: BigFunction): (a: number, b?: number) => number {
  return (a, b = 0) => Number(BigInt.asIntN(32, fn(BigInt(a), BigInt(b))));
}

/** A function of big integers as one of unsigned 32-bit integers. */
export function unsigned(fn: BigFunction): (a: number, b?: number) => number {
  return (a, b = 0) => Number(BigInt.asUintN(32, fn(BigInt(a), BigInt(b))));
}

/**
 * The checksums by which data files are known.
 * @module
 */

import { sha256 } from "../checkpoint/mod.ts";

/** A checksum in hexadecimal, and how it is computed. */
export interface Digest {
  /** How it is computed. */
  readonly algorithm: "SHA-256" | "MD5";
  /** Its value, in lower case. */
  readonly hex: string;
}

/** Whether bytes have this checksum. */
export async function hasDigest(bytes: Uint8Array<ArrayBuffer>, digest: Digest): Promise<boolean> {
  const actual = digest.algorithm === "MD5" ? md5(bytes) : await sha256(bytes);
  return actual === digest.hex;
}

/**
 * MD5 of bytes, in hexadecimal [RFC 1321].
 *
 * Only for files whose publisher states no other sum. Two files with one MD5 can be made together,
 * but no way is known to make a second file for a sum that stands already, which is the question.
 */
export function md5(bytes: Uint8Array): string {
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const wholeBytes = bytes.length - (bytes.length % BLOCK_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < wholeBytes; at += BLOCK_BYTES) addBlock(state, view, at);
  // The rest, the byte 0x80, zeros, and the length in bits: one block or two.
  const rest = bytes.subarray(wholeBytes);
  const last = new DataView(new ArrayBuffer(rest.length < 56 ? 64 : 128));
  rest.forEach((byte, index) => last.setUint8(index, byte));
  last.setUint8(rest.length, 0x80);
  last.setBigUint64(last.byteLength - 8, BigInt(bytes.length) * 8n, true);
  for (let at = 0; at < last.byteLength; at += BLOCK_BYTES) addBlock(state, last, at);
  const result = new DataView(new ArrayBuffer(16));
  state.forEach((word, index) => result.setUint32(index * 4, word, true));
  return new Uint8Array(result.buffer).toHex();
}

const BLOCK_BYTES = 64;

/** The constants T[i] of RFC 1321: ⌊2^32 · |sin(i + 1)|⌋. */
const sines = Uint32Array.from(
  { length: 64 },
  (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))),
);

/** Left rotations, four for each of the four rounds. */
const rotations = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]].map((round) =>
  Uint8Array.from(round)
);

const words = new Uint32Array(16);

function addBlock(state: Uint32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + i * 4, true);
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let i = 0; i < 64; i++) {
    const round = i >> 4;
    const mixed = (a + mix(round, b, c, d) + (words[wordIndex(round, i)] ?? 0) + (sines[i] ?? 0)) |
      0;
    const shift = rotations[round]?.[i & 3] ?? 0;
    a = d;
    d = c;
    c = b;
    b = (b + ((mixed << shift) | (mixed >>> (32 - shift)))) | 0;
  }
  // Typed arrays keep 32 bits of a sum.
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
}

/** The functions F, G, H and I of RFC 1321. */
function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d);
}

/** Which word of the block an operation takes. */
function wordIndex(round: number, i: number): number {
  if (round === 0) return i;
  if (round === 1) return (5 * i + 1) & 15;
  return round === 2 ? (3 * i + 5) & 15 : (7 * i) & 15;
}

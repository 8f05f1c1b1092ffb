/** Random changes of valid files, as in damaged or forged files. */

/** A number in [0, 1). */
export type Random = () => number;

/** Numbers that readers often mishandle. */
const edges = [0, 1, 7, 8, 127, 128, 255, 256, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff] as const;

/** The same as text, and some texts that a strict reader rejects. */
const texts = [
  ...["0", "-1", "1e9", "0x10", "00", "1.5", "NaN", "null", "true", "4294967296"],
  ...["9007199254740991", "9007199254740992", "18446744073709551616", "[]", "{}", '"', "\\u0000"],
  ...["99999999999999999999999999", "__proto__", "constructor", "\\ud800", "'", "(", ")", "L"],
];

const utf8 = new TextEncoder();

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** `bytes` with `removed` bytes from `at` replaced by others. */
function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length - removed + added.length);
  out.set(bytes.subarray(0, at));
  out.set(added, at);
  out.set(bytes.subarray(at + removed), at + added.length);
  return out;
}

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const flipBit: Mutation = (bytes, random) => {
  const out = bytes.slice();
  if (out.length > 0) out[below(random, out.length)]! ^= 1 << below(random, 8);
  return out;
};

const setByte: Mutation = (bytes, random) => {
  const out = bytes.slice();
  if (out.length > 0) out[below(random, out.length)] = below(random, 256);
  return out;
};

/** Replaces a field of 2, 4, or 8 bytes by an edge case, in either byte order. */
const setField: Mutation = (bytes, random) => {
  const out = bytes.slice();
  const size = [2, 4, 8][below(random, 3)]!;
  if (out.length < size) return out;
  const view = new DataView(out.buffer);
  const at = below(random, out.length - size + 1);
  const value = edges[below(random, edges.length)]!;
  const little = random() < 0.5;
  if (size === 2) view.setUint16(at, value, little);
  else if (size === 4) view.setUint32(at, value, little);
  else view.setBigUint64(at, BigInt(value) << BigInt(below(random, 33)), little);
  return out;
};

/** Replaces a run of digits, or any other place, by another text. */
const setText: Mutation = (bytes, random) => {
  const start = below(random, bytes.length + 1);
  const isDigit = (at: number) => bytes[at]! >= 0x30 && bytes[at]! <= 0x39;
  let at = start;
  while (at < bytes.length && !isDigit(at)) at++;
  if (at === bytes.length) at = start;
  let end = at;
  while (end < bytes.length && isDigit(end)) end++;
  return spliced(bytes, at, end - at, utf8.encode(texts[below(random, texts.length)]!));
};

const remove: Mutation = (bytes, random) => {
  const at = below(random, bytes.length + 1);
  return spliced(bytes, at, Math.min(1 + below(random, 40), bytes.length - at), new Uint8Array());
};

const insert: Mutation = (bytes, random) => {
  const added = Uint8Array.from({ length: 1 + below(random, 12) }, () => below(random, 256));
  return spliced(bytes, below(random, bytes.length + 1), 0, added);
};

/** Duplicates a range of bytes. */
const copy: Mutation = (bytes, random) => {
  const from = below(random, bytes.length + 1);
  const stretch = bytes.slice(from, from + 1 + below(random, 80));
  return spliced(bytes, below(random, bytes.length + 1), 0, stretch);
};

const cut: Mutation = (bytes, random) => bytes.slice(0, below(random, bytes.length + 1));

const mutations = [flipBit, setByte, setField, setText, setText, remove, insert, copy, cut];

/** Applies one to four changes. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let out = bytes;
  for (let left = 1 + below(random, 4); left > 0; left--) {
    out = mutations[below(random, mutations.length)]!(out, random);
  }
  return out;
}

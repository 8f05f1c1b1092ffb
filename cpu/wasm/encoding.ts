/** The byte-level encodings of the WebAssembly binary format. */

/** Appends an unsigned LEB128 integer (used for sizes, indices, and offsets). */
export function pushUnsigned(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** Appends a signed LEB128 integer of at most 32 bits. */
export function pushSigned(bytes: number[], value: number): void {
  let rest = value | 0;
  while (rest < -0x40 || rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
}

/** Appends a signed LEB128 integer of at most 64 bits. */
export function pushSigned64(bytes: number[], value: bigint): void {
  let rest = BigInt.asIntN(64, value);
  while (rest < -0x40n || rest > 0x3fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest & 0x7fn));
}

/** Appends many bytes. A spread would overflow the call stack on large bodies. */
export function pushBytes(bytes: number[], more: ArrayLike<number>): void {
  for (let i = 0; i < more.length; i++) bytes.push(more[i] ?? 0);
}

/** Appends a name as length-prefixed UTF-8. */
export function pushName(bytes: number[], name: string): void {
  const utf8 = new TextEncoder().encode(name);
  pushUnsigned(bytes, utf8.length);
  pushBytes(bytes, utf8);
}

/** Appends a section: its id, its byte length, its content. */
export function pushSection(bytes: number[], id: number, content: readonly number[]): void {
  bytes.push(id);
  pushUnsigned(bytes, content.length);
  pushBytes(bytes, content);
}

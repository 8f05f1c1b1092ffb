/**
 * The byte layout of the records of a zip archive.
 * @module
 */

/** Signature of a local header, as a little-endian number. */
export const LOCAL_HEADER = 0x04034b50;
/** Signature of a directory entry. */
export const DIRECTORY_ENTRY = 0x02014b50;
/** Signature of the last record. */
export const DIRECTORY_END = 0x06054b50;

/** Length of a local header, without name, extra fields, and comment. */
export const LOCAL_HEADER_BYTES = 30;
/** Length of a directory entry. */
export const DIRECTORY_ENTRY_BYTES = 46;
/** Length of the last record. */
export const DIRECTORY_END_BYTES = 22;

/** Compression method: none. */
export const STORED = 0;
/** Compression method: raw deflate. */
export const DEFLATED = 8;

/** Flag: the name is UTF-8. */
export const UTF8_FLAG = 0x800;
/** Flags of encrypted contents, which cannot be read. */
export const ENCRYPTED_FLAGS = 0x2041;

/** 1980-01-01, the earliest date: equal contents give equal bytes. */
const DATE = (1 << 5) | 1;
const VERSION = 20;

/** The fields of both headers of a member. */
export interface MemberHeader {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
}

/** Encodes a record of `size` bytes from fields of 2 or 4 bytes. */
function record(size: number, fields: readonly (readonly [bytes: 2 | 4, value: number])[]) {
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return out;
}

function sharedFields({ name, method, crc, compressedBytes, bytes }: MemberHeader) {
  return [
    [2, VERSION],
    [2, UTF8_FLAG],
    [2, method],
    [2, 0], // time
    [2, DATE],
    [4, crc],
    [4, compressedBytes],
    [4, bytes],
    [2, name.length],
    [2, 0], // extra fields
  ] as const;
}

/** Encodes the record before a member's data, without its name. */
export function localHeader(member: MemberHeader): Uint8Array {
  return record(LOCAL_HEADER_BYTES, [[4, LOCAL_HEADER], ...sharedFields(member)]);
}

/** Encodes the member's directory entry, without its name. */
export function directoryEntry(member: MemberHeader, localOffset: number): Uint8Array {
  return record(DIRECTORY_ENTRY_BYTES, [
    [4, DIRECTORY_ENTRY],
    [2, VERSION],
    ...sharedFields(member),
    [2, 0], // comment
    [2, 0], // disk
    [2, 0], // internal attributes
    [4, 0], // external attributes
    [4, localOffset],
  ]);
}

/** Encodes the last record. */
export function directoryEnd(entries: number, bytes: number, offset: number): Uint8Array {
  return record(DIRECTORY_END_BYTES, [
    [4, DIRECTORY_END],
    [2, 0],
    [2, 0],
    [2, entries],
    [2, entries],
    [4, bytes],
    [4, offset],
    [2, 0],
  ]);
}

/**
 * The records of a zip archive, as bytes: what stands where.
 * @module
 */

/** Signatures, as little-endian numbers. */
export const LOCAL_HEADER = 0x04034b50;
/** Begins an entry of the directory at the archive's end. */
export const DIRECTORY_ENTRY = 0x02014b50;
/** Begins the last record. */
export const DIRECTORY_END = 0x06054b50;

/** Lengths of the records without names, extra fields and comments. */
export const LOCAL_HEADER_BYTES = 30;
/** Length of a directory entry. */
export const DIRECTORY_ENTRY_BYTES = 46;
/** Length of the last record. */
export const DIRECTORY_END_BYTES = 22;

/** Compression methods: none, and deflate. */
export const STORED = 0;
/** Compressed by deflate, without zlib's header. */
export const DEFLATED = 8;

/** The name is UTF-8. */
export const UTF8_FLAG = 0x800;
/** Flags under which the contents cannot be read: encryption of three kinds. */
export const ENCRYPTED_FLAGS = 0x2041;

/** 1980-01-01, the first date there is: equal contents give equal bytes. */
const DATE = (1 << 5) | 1;
const VERSION = 20;

/** What both headers of a member say. */
export interface MemberHeader {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
}

/** A record of `size` bytes, filled by fields of 2 or 4 bytes from left to right. */
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

/** The record in front of a member's data, its name not included. */
export function localHeader(member: MemberHeader): Uint8Array {
  return record(LOCAL_HEADER_BYTES, [[4, LOCAL_HEADER], ...sharedFields(member)]);
}

/** The member's record in the directory, its name not included. */
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

/** The last record. */
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

/**
 * In-memory zip archives for NumPy's `.npz`, with stored or deflated members up to 4 GiB. No name
 * becomes a path. Memory use is bounded by the archive's size, because members must not share bytes,
 * and deflate produces at most 1,032 bytes per byte.
 * @module
 */
import { concatenated, viewOf } from "./bytes.ts";
import { collect, deflate, inflate, MOST_INFLATION } from "./compression.ts";
import { crc32 } from "./crc.ts";
import { NpyError, quoteName } from "./errors.ts";
import {
  DEFLATED,
  DIRECTORY_END,
  DIRECTORY_END_BYTES,
  DIRECTORY_ENTRY,
  DIRECTORY_ENTRY_BYTES,
  directoryEnd,
  directoryEntry,
  ENCRYPTED_FLAGS,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  localHeader,
  type MemberHeader,
  STORED,
  UTF8_FLAG,
} from "./zip_records.ts";

const MOST_BYTES = 0xfffffffe;
const MOST_ENTRIES = 0xfffe;

/** Encodes members as an archive, in order. */
export async function encodeZip(
  members: Iterable<readonly [name: string, bytes: Uint8Array]>,
  { compress }: { readonly compress: boolean },
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of members) {
    const data = compress ? await deflate(bytes) : bytes;
    const header: MemberHeader = {
      name: new TextEncoder().encode(name),
      method: compress ? DEFLATED : STORED,
      crc: crc32(bytes),
      compressedBytes: data.length,
      bytes: bytes.length,
    };
    directory.push(directoryEntry(header, offset), header.name);
    const before = [localHeader(header), header.name];
    parts.push(...before, data);
    offset += total(before) + data.length;
    if (header.name.length > 0xffff || Math.max(offset, bytes.length) > MOST_BYTES) {
      throw new NpyError(`Cannot write npz member ${quoteName(name)}: an archive has up to 4 GiB`);
    }
  }
  const entries = directory.length / 2;
  if (entries > MOST_ENTRIES) {
    throw new NpyError(`Cannot write npz: it has up to ${MOST_ENTRIES} arrays: current ${entries}`);
  }
  return concatenated([...parts, ...directory, directoryEnd(entries, total(directory), offset)]);
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** A member from the directory, checked against the archive. */
interface Member extends MemberHeader {
  /** Its name as text, and as formatted for messages. */
  readonly text: string;
  readonly title: string;
  /** Start of its own header and end of its data. */
  readonly begin: number;
  readonly end: number;
  /** The stored data, a view of the archive. */
  readonly data: Uint8Array;
}

/**
 * Decodes all members of an archive.
 * @throws {NpyError} naming the invalid member
 */
export async function decodeZip(
  bytes: Uint8Array,
  { maxBytes }: { readonly maxBytes: number },
): Promise<Map<string, Uint8Array>> {
  const members = readDirectory(bytes);
  const claimed = members.reduce((sum, member) => sum + member.bytes, 0);
  if (claimed > maxBytes) {
    throw refuse(`its members may have at most ${maxBytes} bytes in all`, `claim is ${claimed}`);
  }
  const contents = new Map<string, Uint8Array>();
  for (const member of members) {
    const data = member.method === STORED ? member.data : await inflated(member);
    if (crc32(data) !== member.crc) {
      throw refuse("the checksum of each member must be right", `member is ${member.title}`);
    }
    contents.set(member.text, data);
  }
  return contents;
}

function refuse(rule: string, current: string, cause?: unknown): NpyError {
  return new NpyError(`Cannot read npz archive: ${rule}: current ${current}`, { cause });
}

async function inflated({ data, bytes, title }: Member): Promise<Uint8Array> {
  const rule = `deflated data of ${title} must give ${bytes} bytes`;
  let out: Uint8Array | undefined;
  try {
    out = await collect(inflate(data, "deflate-raw"), bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(rule, `data: ${reason}`, cause);
  }
  if (out === undefined) throw refuse(rule, "data: there are more bytes");
  if (out.length < bytes) throw refuse(rule, `data: there are only ${out.length} bytes`);
  return out;
}

function readDirectory(bytes: Uint8Array): Member[] {
  const view = viewOf(bytes);
  const end = findEnd(bytes, view);
  const entries = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (start === 0xffffffff || size === 0xffffffff || entries === 0xffff) {
    throw refuse(
      "only archives of up to 4 GiB and 65,534 members are supported",
      "archive is zip64",
    );
  }
  const oneDisk = view.getUint32(end + 4, true) === 0 && view.getUint16(end + 8, true) === entries;
  if (!oneDisk || start + size !== end) {
    throw refuse(
      "its directory must be complete and end where the last record starts",
      "one differs",
    );
  }
  const members: Member[] = [];
  const names = new Set<string>();
  let at = start;
  for (let i = 0; i < entries; i++) {
    const { member, next } = readEntry(bytes, view, { at, end, start });
    if (names.has(member.text)) throw refuse("names must differ", `name is ${member.title}`);
    names.add(member.text);
    members.push(member);
    at = next;
  }
  if (at !== end) throw refuse("its directory must hold its entries only", "one has more bytes");
  checkOverlap(members);
  return members;
}

/** The start of the last record. A comment may follow it, up to the end of the file. */
function findEnd(bytes: Uint8Array, view: DataView): number {
  const last = bytes.length - DIRECTORY_END_BYTES;
  for (let at = last; at >= 0 && at >= last - 0xffff; at--) {
    if (view.getUint32(at, true) !== DIRECTORY_END) continue;
    if (at + DIRECTORY_END_BYTES + view.getUint16(at + 20, true) === bytes.length) return at;
  }
  throw refuse(
    "it must end with a directory of its members",
    `length is ${bytes.length} (is it a truncated npz file?)`,
  );
}

/** The bounds of the directory, and the position of an entry. */
interface Place {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

function readEntry(bytes: Uint8Array, view: DataView, { at, start, end }: Place) {
  if (at + DIRECTORY_ENTRY_BYTES > end || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
    throw refuse("its directory must hold as many entries as it says", "one is missing");
  }
  const nameLength = view.getUint16(at + 28, true);
  const nameStart = at + DIRECTORY_ENTRY_BYTES;
  const next = nameStart + nameLength + view.getUint16(at + 30, true) +
    view.getUint16(at + 32, true);
  if (next > end) throw refuse("its directory must be complete", "an entry exceeds its end");
  const name = bytes.subarray(nameStart, nameStart + nameLength);
  const flags = view.getUint16(at + 8, true);
  const text = textOf(name, flags);
  const title = quoteName(text);
  const header: MemberHeader = {
    name,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    compressedBytes: view.getUint32(at + 20, true),
    bytes: view.getUint32(at + 24, true),
  };
  checkHeader(header, flags, title);
  const begin = view.getUint32(at + 42, true);
  const data = dataOf(bytes.subarray(0, start), header, { begin, title });
  const ends = data.byteOffset - bytes.byteOffset + data.length;
  const member: Member = { ...header, text, title, begin, end: ends, data };
  return { member, next };
}

function textOf(name: Uint8Array, flags: number): string {
  if ((flags & UTF8_FLAG) === 0 && name.some((byte) => byte > 0x7e)) {
    throw refuse("names must be ASCII, or be marked as UTF-8", "one is not");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch (cause) {
    throw refuse("names must be valid UTF-8", "one is not", cause);
  }
}

function checkHeader(header: MemberHeader, flags: number, title: string): void {
  const { method, compressedBytes, bytes } = header;
  if ((flags & ENCRYPTED_FLAGS) !== 0) {
    throw refuse("members must not be encrypted", `member is ${title}`);
  }
  if (method !== STORED && method !== DEFLATED) {
    throw refuse(`members must be stored or deflated (0 or 8)`, `method of ${title} is ${method}`);
  }
  const most = method === STORED ? compressedBytes : compressedBytes * MOST_INFLATION;
  if (bytes > most || (method === STORED && bytes !== compressedBytes)) {
    throw refuse(
      `${compressedBytes} bytes of data give at most ${most} bytes`,
      `claim of ${title} is ${bytes}`,
    );
  }
}

/** The data of a member. `before` is everything before the directory. */
function dataOf(
  before: Uint8Array,
  { name, compressedBytes }: MemberHeader,
  { begin, title }: Pick<Member, "begin" | "title">,
): Uint8Array {
  const what = "a member's header and data must be before the directory";
  const nameStart = begin + LOCAL_HEADER_BYTES;
  if (nameStart > before.length) throw refuse(what, `member is ${title}`);
  const view = viewOf(before);
  const nameLength = view.getUint16(begin + 26, true);
  const ownName = before.subarray(nameStart, nameStart + nameLength);
  const same = ownName.length === name.length && name.every((byte, i) => byte === ownName[i]);
  if (view.getUint32(begin, true) !== LOCAL_HEADER || !same) {
    throw refuse("the name in a member's header must match the directory", `member is ${title}`);
  }
  const start = nameStart + nameLength + view.getUint16(begin + 28, true);
  if (start + compressedBytes > before.length) throw refuse(what, `member is ${title}`);
  return before.subarray(start, start + compressedBytes);
}

/** Checks that members do not share bytes, which would let a small archive expand to a huge one. */
function checkOverlap(members: readonly Member[]): void {
  let end = 0;
  for (const member of members.toSorted((a, b) => a.begin - b.begin)) {
    if (member.begin < end) {
      throw refuse("members must not overlap", `member is ${member.title}`);
    }
    end = member.end;
  }
}

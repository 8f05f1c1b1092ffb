import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatasetError } from "../../datasets/mod.ts";
import { gunzipChunks } from "../../datasets/gzip.ts";
import { TarReader } from "../../datasets/tar.ts";
import { hostBits } from "../../graph/mod.ts";
import { unpack } from "../../datasets/unpack.ts";
import { obtainFiles } from "../../datasets/obtain.ts";
import {
  gzip,
  namesIn,
  tar,
  type TarEntry,
  tinyEntries,
  tinyFiles,
  tinySet,
  withFolder,
} from "./tiny_set.ts";

const body = new TextEncoder().encode("hello");
const wanted = new Map([["d/a.bin", 600], ["d/b.bin", 600]]);

function read(archive: Uint8Array, pieceBytes = archive.length): ReadonlyMap<string, Uint8Array> {
  const reader = new TarReader({ dataset: "t", members: wanted });
  for (let at = 0; at < archive.length; at += pieceBytes) {
    reader.push(archive.subarray(at, at + pieceBytes));
  }
  return reader.end();
}

Deno.test("members are found for any chunk size and variant of tar", () => {
  const long = new Uint8Array(600).fill(7);
  for (const magic of ["ustar\x0000", "ustar  \0", "\0".repeat(8)]) {
    const archive = tar([
      { name: "d/", type: magic.startsWith("u") ? "5" : "\0", magic },
      { name: "./d/a.bin", bytes: body, magic },
      { name: "d/readme", bytes: new Uint8Array(5000), magic },
      { name: "d/b.bin", bytes: long, type: "\0", magic },
    ]);
    for (const pieceBytes of [1, 7, 511, 512, 513, archive.length]) {
      const members = read(archive, pieceBytes);
      assertEquals([...members.keys()], ["d/a.bin", "d/b.bin"]);
      assertEquals(members.get("d/a.bin"), body);
      assertEquals(members.get("d/b.bin"), long);
    }
  }
  const split = tar([{ name: "a.bin", prefix: "d", bytes: body }]);
  assertEquals(read(split).get("d/a.bin"), body);
});

const file = (entry: Partial<TarEntry>): TarEntry => ({ name: "d/a.bin", bytes: body, ...entry });

/** Unusual archives, each with a part of the expected message. */
const hostile: readonly [kind: string, archive: Uint8Array, reason: string][] = [
  ["a parent folder", tar([file({ name: "d/../../a.bin" })]), "relative path"],
  ["a parent folder in front", tar([file({ name: "../a.bin" })]), "relative path"],
  ["a parent folder in the prefix", tar([file({ prefix: ".." })]), "relative path"],
  ["an absolute path", tar([file({ name: "/etc/passwd" })]), "relative path"],
  ["a drive letter", tar([file({ name: "C:/a.bin" })]), "relative path"],
  ["backslashes", tar([file({ name: "..\\a.bin" })]), "relative path"],
  ["control characters", tar([file({ name: "d/a\x1b[2J.bin" })]), "\\u001b[2J"],
  ["no name", tar([file({ name: "" })]), "relative path"],
  ["an empty part", tar([file({ name: "d//a.bin" })]), "relative path"],
  ["a symbolic link", tar([file({ type: "2", link: "/etc/passwd" })]), "a symbolic link"],
  ["a hard link", tar([file({ type: "1", link: "../x" })]), "a hard link"],
  ["a character device", tar([file({ type: "3" })]), "a character device"],
  ["a block device", tar([file({ type: "4" })]), "a block device"],
  ["a pipe", tar([file({ type: "6" })]), "a pipe"],
  ["a PAX header", tar([file({ type: "x" })]), "a PAX extended header"],
  ["a PAX global header", tar([file({ type: "g" })]), "a PAX global header"],
  ["a GNU long name", tar([file({ type: "L" })]), "a GNU long name"],
  ["a GNU long link name", tar([file({ type: "K" })]), "a GNU long link name"],
  ["a sparse file", tar([file({ type: "S" })]), "a GNU sparse file"],
  ["an unknown type", tar([file({ type: "Z" })]), 'type "Z"'],
  ["a member twice", tar([file({}), file({})]), "unique"],
  ["a member twice, spelled otherwise", tar([file({}), file({ name: "./d/a.bin" })]), "unique"],
  ["a folder and a member of one name", tar([{ name: "d/a.bin/", type: "5" }, file({})]), "unique"],
  ["a member that is too long", tar([file({ bytes: new Uint8Array(601) })]), "at most 600"],
  ["a size beyond all bounds", tar([file({ size: "777777777777" })]), "at most 600"],
  ["another size beyond all bounds", tar([{ name: "x", size: "777777777777" }]), "at most 1048576"],
  ["a size that is no number", tar([file({ size: "00000000o05\0" })]), "octal"],
  ["a negative size", tar([file({ size: "-0000000005\0" })]), "octal"],
  ["a size in base 256", tar([file({ size: "\x7f\0\0\0\0\0\0\0\0\0\0\x05" })]), "octal"],
  ["no size", tar([file({ size: "\0".repeat(12) })]), "octal"],
  ["a folder with a size", tar([{ name: "d/", type: "5", size: "00000001000\0" }]), "no size"],
  ["a wrong checksum", tar([file({ checksum: "000000\0 " })]), "checksum"],
  ["no checksum", tar([file({ checksum: "\0".repeat(8) })]), "checksum"],
  ["an unknown magic", tar([file({ magic: "zstar\x0000" })]), "magic"],
  ["many small entries", tar(entries(1001)), "at most 1000 entries"],
  [
    "much that is not wanted",
    tar([{ name: "x", bytes: new Uint8Array(1 << 21) }]),
    "at most 1048576",
  ],
  ["much behind its end", tar([], 2 + 2049), "at most 1048576"],
  ["an end in a header", tar([file({})]).slice(0, 100), "must be whole"],
  ["an end in a member", tar([file({})]).slice(0, 514), "must be whole"],
  ["an end in the padding", tar([file({})]).slice(0, 1000), "must be whole"],
  ["no end", tar([file({})], 0), "two blocks of zeros"],
  ["half an end", tar([file({})], 1), "two blocks of zeros"],
  ["nothing", new Uint8Array(), "two blocks of zeros"],
];

function entries(count: number): TarEntry[] {
  return Array.from({ length: count }, (_, index) => ({ name: `d/${index}` }));
}

for (const [kind, archive, reason] of hostile) {
  Deno.test(`an archive with ${kind} is refused`, () => {
    const error = assertThrows(() => read(archive), DatasetError, reason);
    assert(error.message.startsWith('Cannot read the archive of dataset "t": '));
  });
}

Deno.test("a member after a single block of zeros is refused, and one after the end is ignored", () => {
  const one = tar([file({})], 0);
  const zeros = (count: number) => new Uint8Array(512 * count);
  const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  assertThrows(() => read(join(zeros(1), one, zeros(2))), DatasetError, "continues after one");
  assertEquals(read(join(zeros(2), one, zeros(2))).size, 0);
});

Deno.test("malicious gzipped archives write nothing anywhere", async () => {
  assert(hostile.length >= 12);
  await withFolder(async (folder) => {
    for (const [, archive] of hostile) {
      await Deno.writeFile(`${folder}/tiny.tar.gz`, await gzip(Uint8Array.from(archive)));
      const set = await tinySet();
      await assertRejects(
        () => obtainFiles(set, { dataDir: folder, allowUnverified: true }),
        DatasetError,
      );
      assertEquals(await namesIn(folder), ["tiny.tar.gz"]);
    }
  });
});

Deno.test("truncated gzip, a gzip bomb, and an archive without the data are refused", async () => {
  const set = await tinySet();
  const file = { name: "tiny.tar.gz", format: "tar.gz" } as const;
  const whole = await gzip(tar(tinyEntries()));
  const contents = await unpack(set, file, whole);
  assertEquals([...contents.keys()], [...tinyFiles.keys()]);
  const refused = async (bytes: Uint8Array<ArrayBuffer>, reason: string) => {
    await assertRejects(() => unpack(set, file, bytes), DatasetError, reason);
  };
  await refused(whole.slice(0, -9), "complete gzip data");
  await refused(whole.slice(0, whole.length / 2), "complete gzip data");
  await refused(new Uint8Array(), "complete gzip data");
  const zeros = await gzip(new Uint8Array(100 << 20)); // 100 kB that would become 100 MB
  await refused(zeros, "at most 1048576 bytes");
  const last = tinyEntries().slice(0, -1);
  const huge = { name: "tiny-bin/test_batch.bin", bytes: new Uint8Array(50 << 20) };
  await refused(await gzip(tar([...last, huge])), "may have at most 6146 bytes");
  await refused(await gzip(tar(last)), 'must hold "tiny-bin/test_batch.bin"');
});

Deno.test("highly compressed gzip is decompressed in bounded chunks", async () => {
  const zeros = await gzip(new Uint8Array(100 << 20));
  let largest = 0;
  let total = 0;
  for await (const chunk of gunzipChunks("t", zeros)) {
    largest = Math.max(largest, chunk.length);
    total += chunk.length;
  }
  assertEquals(total, 100 << 20);
  assert(largest < 20 << 20, `${largest} bytes came at once`);
});

Deno.test("100,000 damaged archives give either the members or a DatasetError", () => {
  const right = tar([
    { name: "d/", type: "5" },
    { name: "d/a.bin", bytes: body },
    { name: "d/b.bin", bytes: body.subarray(1) },
  ]);
  const runs = 100_000;
  const bits = hostBits({ seed: 5, stream: 7 });
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const archive = right.slice();
    const at = run * 8;
    const changes = 1 + bits(at) % 3;
    for (let change = 1; change <= changes; change++) {
      const word = bits(at + change);
      // Three of four changes are in fields of headers.
      const place = word % 4 === 0 ? (word >>> 2) % archive.length : fieldByte(word >>> 2);
      archive[place] = bits(at + 4 + change) & 255;
    }
    // With correct checksums, damage passes the first check.
    if (run % 2 === 0) {
      for (const header of HEADERS) putSum(archive.subarray(header, header + 512));
    }
    const length = run % 5 === 0 ? bits(at + 7) % right.length : right.length;
    try {
      read(archive.subarray(0, length));
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
      refused++;
    }
  }
  assert(refused > runs / 2 && refused < runs, `${refused} of ${runs} were refused`);
});

/** Offsets of the headers of the archive above. */
const HEADERS = [0, 512, 1536];

function putSum(header: Uint8Array): void {
  header.fill(32, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0`), 148);
}

/** An offset of a header's name, size, checksum, type or magic. */
function fieldByte(word: number): number {
  const offsets = [0, 1, 8, 124, 130, 135, 136, 148, 150, 154, 156, 257, 263, 345];
  return (offsets[word % offsets.length] ?? 0) + (HEADERS[(word >>> 8) % HEADERS.length] ?? 0);
}

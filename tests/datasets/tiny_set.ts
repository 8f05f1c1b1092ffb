/** A dataset of a few records in the layout of CIFAR-10, with archives and servers for it. */
import { concatenated } from "../../checkpoint/bytes.ts";
import type { Bytes, CanonicalSet, DownloadFile } from "../../datasets/canonical.ts";
import { decodeCifar } from "../../datasets/cifar.ts";
import { sha256 } from "../../checkpoint/mod.ts";
import { hostBits } from "../../graph/mod.ts";

export const RECORD_BYTES = 3073;
const FOLDER = "tiny-bin";

/** Bytes that do not compress, the same for the same seed. */
export function noise(length: number, seed: number): Bytes {
  const bits = hostBits({ seed, stream: 99 });
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, (_, i) => bits(i));
  return new Uint8Array(words.buffer as ArrayBuffer, 0, length);
}

/** Records with the labels 0, 1, 2 … */
function records(count: number, seed: number): Bytes {
  const bytes = noise(count * RECORD_BYTES, seed);
  for (let i = 0; i < count; i++) bytes[i * RECORD_BYTES] = i % 10;
  return bytes;
}

export const tinyFiles: ReadonlyMap<string, Bytes> = new Map([
  ["data_batch_1.bin", records(3, 1)],
  ["data_batch_2.bin", records(4, 2)],
  ["test_batch.bin", records(2, 3)],
]);

export async function gzip(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Settings of one tar entry; what is left out is as in a plain file. */
export interface TarEntry {
  readonly name: string;
  readonly bytes?: Uint8Array;
  readonly type?: string;
  /** Text of the size field, in place of the right one. */
  readonly size?: string;
  readonly checksum?: string;
  readonly magic?: string;
  readonly prefix?: string;
  readonly link?: string;
}

const encoder = new TextEncoder();

/** A tar archive, with two blocks of zeros at its end. */
export function tar(entries: readonly TarEntry[], endBlocks = 2): Bytes {
  return concatenated([...entries.flatMap(entryBlocks), new Uint8Array(512 * endBlocks)]);
}

function entryBlocks(entry: TarEntry): readonly Uint8Array[] {
  const { name, bytes = new Uint8Array(), type = "0", magic = "ustar\x0000" } = entry;
  const header = new Uint8Array(512);
  const put = (text: string, at: number) => header.set(encoder.encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put(entry.size ?? `${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  put(type, 156);
  put(entry.link ?? "", 157);
  put(magic, 257);
  put(entry.prefix ?? "", 345);
  put("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(entry.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  body.set(bytes);
  return [header, body];
}

/** The archive of the tiny set as a careful publisher would make it. */
export function tinyEntries(): readonly TarEntry[] {
  return [
    { name: `${FOLDER}/`, type: "5" },
    { name: `${FOLDER}/readme.html`, bytes: encoder.encode("<p>tiny</p>") },
    ...[...tinyFiles].map(([name, bytes]) => ({ name: `${FOLDER}/${name}`, bytes })),
  ];
}

export interface TinyOptions {
  /** Addresses of the archive; none if left out. */
  readonly urls?: readonly string[];
  /** The archive; a right one if left out. */
  readonly archive?: Bytes;
}

/** The set as data, with the sums of its files and of this archive. */
export async function tinySet(options: TinyOptions = {}): Promise<CanonicalSet> {
  const archive = options.archive ?? await gzip(tar(tinyEntries()));
  const files = await Promise.all([...tinyFiles].map(async ([name, bytes]) => ({
    name,
    byteLength: bytes.length,
    digest: { algorithm: "SHA-256" as const, hex: await sha256(bytes) },
    optional: name === "data_batch_2.bin",
  })));
  const normalization = { scale: 1 / 255, mean: [0.5], std: [0.25] };
  return {
    name: "tiny",
    normalization,
    files,
    downloads: [{
      name: "tiny.tar.gz",
      byteLength: archive.length,
      sha256: await sha256(archive),
      format: "tar.gz",
      urls: options.urls ?? [],
    }],
    folders: [FOLDER],
    archiveFolder: FOLDER,
    decode: (contents) =>
      decodeCifar(contents, {
        name: "tiny",
        trainFiles: ["data_batch_1.bin", "data_batch_2.bin"],
        testFile: "test_batch.bin",
        labelBytes: 1,
        labelAt: 0,
        classNames: Array.from({ length: 10 }, (_, index) => `${index}`),
        normalization,
        source: "made by a test",
      }),
  };
}

/** A file to download, with these bytes. */
export async function downloadFile(
  bytes: Bytes,
  urls: readonly string[],
  name = "file.gz",
): Promise<DownloadFile> {
  const byteLength = bytes.length;
  return { name, byteLength, sha256: await sha256(bytes), format: "gzip", urls };
}

/** Runs with a server on loopback, whose connections end with it. */
export async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  run: (origin: string) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen() {}, onError: serverError },
    handler,
  );
  try {
    await run(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    stop.abort();
    await server.finished;
  }
}

function serverError(): Response {
  return new Response(null, { status: 500 });
}

/** Runs with a folder of its own. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The bytes of a request's range, as a server that keeps to the standard sends them. */
export function serveRange(request: Request, bytes: Bytes): Response {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  if (start === 0) return new Response(bytes);
  if (start >= bytes.length) return new Response(null, { status: 416 });
  const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  return new Response(bytes.subarray(start), {
    status: 206,
    headers: { "content-range": range },
  });
}

/** Names of the files below a folder, sorted. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) names.push(name);
    else names.push(...(await namesIn(`${folder}/${name}`)).map((inner) => `${name}/${inner}`));
  }
  return names.toSorted();
}

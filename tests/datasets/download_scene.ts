/** A server on loopback with scripted failures, and a folder to download to. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Bytes } from "../../datasets/canonical.ts";
import { download, DownloadError, type DownloadOptions } from "../../datasets/download.ts";
import { downloadFile, namesIn, noise, serveRange, withFolder, withServer } from "./tiny_set.ts";

export const content = noise(20_000, 1);
export const quick: DownloadOptions = { rounds: 2, retryDelayMs: 1, stallMs: 5000 };

export interface Scene {
  readonly folder: string;
  readonly origin: string;
  /** Downloads `content` from these paths of the server. */
  readonly get: (paths: readonly string[], options?: DownloadOptions) => Promise<Bytes>;
  /** What requests were made, as "path" or "path from offset". */
  readonly requests: string[];
}

/** Runs with a server of these answers, a folder, and a log of the requests. */
export async function scene(
  answers: Record<string, (request: Request) => Response | Promise<Response>>,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const handler = (request: Request) => {
    const path = new URL(request.url).pathname;
    const range = request.headers.get("range");
    requests.push(range === null ? path : `${path} from ${/\d+/.exec(range)?.[0]}`);
    return answers[path]?.(request) ?? new Response(null, { status: 404 });
  };
  await withServer(handler, (origin) =>
    withFolder(async (folder) => {
      const get = async (paths: readonly string[], options: DownloadOptions = quick) => {
        const file = await downloadFile(content, paths.map((path) => `${origin}${path}`));
        return await download({ dataset: "t", file, folder, hosts: [] }, options);
      };
      await run({ folder, origin, get, requests });
    }));
}

export const right = (request: Request) => serveRange(request, content);

/** The first bytes, after which the connection is closed. */
export function shortBody(length: number): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(content.subarray(0, length));
      controller.close();
    },
  });
  return new Response(stream);
}

/** These bytes, after which nothing is sent. */
export function stall(bytes: Uint8Array): Response {
  return new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => bytes.length > 0 ? controller.enqueue(bytes) : undefined,
    }),
  );
}

/** Only the right file may have the file's name. */
export async function assertWhole(folder: string): Promise<void> {
  assertEquals(await namesIn(folder), ["file.gz"]);
  assertEquals(await Deno.readFile(`${folder}/file.gz`), content);
}

export async function assertAbsent(folder: string): Promise<void> {
  assert(!(await namesIn(folder)).includes("file.gz"));
}

export async function failures(run: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(run, DownloadError);
  return error.message;
}

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * Serves the live page from a separate thread, so that requests and training steps never wait for
 * each other.
 * @module
 */
import { type LiveServer, PortError, serveLive } from "./server.ts";
import type { ToMain, ToWorker } from "./thread_messages.ts";

let server: LiveServer | undefined;

self.addEventListener("message", async ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "serve") self.postMessage(await begin(data));
  else {
    await server?.[Symbol.asyncDispose]();
    self.postMessage({ kind: "ended" } satisfies ToMain);
  }
});

async function begin(options: Extract<ToWorker, { kind: "serve" }>): Promise<ToMain> {
  try {
    const { folders, port } = options;
    server = await serveLive({ folders, ...(port !== undefined && { port }) });
    return { kind: "serving", url: server.url };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: "failed",
      message,
      ...(error instanceof PortError && { problem: error.problem }),
    };
  }
}

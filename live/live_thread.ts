import { checkOptions } from "../graph/mod.ts";
import { END_MS, type LiveOptions, liveRules, type LiveServer, PortError } from "./server.ts";
import type { ToMain, ToWorker } from "./thread_messages.ts";

/** Called if the thread fails. Only the page is lost. */
export type OnFailure = (message: string) => void;

/**
 * Serves the live page from a separate thread until disposal.
 * @throws {PortError} if the port cannot be used
 */
export async function serveLiveInThread(
  options: LiveOptions,
  onFailure: OnFailure,
): Promise<LiveServer> {
  checkOptions("serve the live page", options, liveRules);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const failure = Promise.withResolvers<ToMain>();
  worker.addEventListener("error", (event) => {
    event.preventDefault(); // otherwise it would end the training
    failure.resolve({ kind: "failed", message: event.message });
  });
  const ask = (message: ToWorker): Promise<ToMain> => {
    const answer = new Promise<ToMain>((resolve) => {
      worker.addEventListener("message", ({ data }) => resolve(data), { once: true });
    });
    worker.postMessage(message);
    return Promise.race([answer, failure.promise]);
  };
  const first = await ask({ kind: "serve", ...options });
  if (first.kind !== "serving") {
    worker.terminate();
    const message = first.kind === "failed" ? first.message : "the thread ended";
    const problem = first.kind === "failed" ? first.problem : undefined;
    throw problem === undefined ? new Error(message) : new PortError(message, problem);
  }
  failure.promise.then((event) => event.kind === "failed" && onFailure(event.message));
  return {
    url: first.url,
    async [Symbol.asyncDispose]() {
      const limit = Promise.withResolvers<void>();
      // the thread waits for END_MS before it answers
      const timer = setTimeout(limit.resolve, END_MS + 500);
      await Promise.race([ask({ kind: "end" }), limit.promise]);
      clearTimeout(timer);
      worker.terminate();
    },
  };
}

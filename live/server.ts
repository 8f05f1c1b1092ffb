import { assets } from "./assets.ts";
import { anything, checkOptions, optional, type OptionRules, wholeIn } from "../graph/mod.ts";
import { eventStream } from "./event_stream.ts";
import { livePorts } from "./ports.ts";
import { Watch } from "./watch.ts";

/** Address to serve the page on. Other machines on the network cannot reach it. */
const HOST = "127.0.0.1";

/** Time limit for sending the last lines to pages, in milliseconds. */
export const END_MS = 1000;

/** Options for `serveLive`. */
export interface LiveOptions {
  /** Folders of runs, or folders that contain them. */
  readonly folders: readonly string[];
  /** Port to serve on; 0 for any free one. Default: the first free one from 8765 to 8784. */
  readonly port?: number;
}

/** Rules for `LiveOptions`. */
export const liveRules: OptionRules<LiveOptions> = {
  folders: anything,
  port: optional(wholeIn(0, 65535)),
};

/** A running live page. */
export interface LiveServer extends AsyncDisposable {
  /** URL of the page. */
  readonly url: string;
}

/** Reason why a port cannot be used. */
export type PortProblem = "in use" | "not permitted";

/** The port, or each port that was tried, is in use, or permission for it is missing. */
export class PortError extends Error {
  /** Name of the class. */
  override readonly name = "PortError";
  /** Why the port cannot be used. */
  readonly problem: PortProblem;

  /** `problem`: why the port cannot be used. */
  constructor(message: string, problem: PortProblem) {
    super(message);
    this.problem = problem;
  }
}

/**
 * Serves the live page until disposal, which sends all remaining lines and closes all streams.
 * @throws {PortError} if the port cannot be used
 */
export async function serveLive(options: LiveOptions): Promise<LiveServer> {
  checkOptions("serve the live page", options, liveRules);
  const { folders, port } = options;
  const watch = new Watch(folders);
  await watch.scan();
  const server = listen(
    port === undefined ? livePorts : [port],
    (request) => answer(request, watch),
  );
  return {
    url: `http://${HOST}:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]();
      // do not wait for pages that no longer receive data, for example behind a broken tunnel
      const limit = Promise.withResolvers<void>();
      const timer = setTimeout(limit.resolve, END_MS);
      await Promise.race([server.shutdown(), limit.promise]);
      clearTimeout(timer);
    },
  };
}

function listen(
  ports: readonly number[],
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  for (const port of ports) {
    try {
      return Deno.serve({ hostname: HOST, port, onListen: () => {} }, handler);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw notPermitted(port);
      if (error instanceof Deno.errors.PermissionDenied) throw reserved(port);
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  const [first, last] = [ports[0], ports.at(-1)];
  const which = first === last ? `the port ${first} is` : `the ports ${first} to ${last} are`;
  throw new PortError(`Cannot serve the live page: ${which} in use`, "in use");
}

function notPermitted(port: number): PortError {
  const rule = `permission for the network is missing: run deno with --allow-net=${HOST}:${port}`;
  return new PortError(`Cannot serve the live page: ${rule}`, "not permitted");
}

/** The system reserves ports, such as those below 1024. */
function reserved(port: number): PortError {
  return new PortError(
    `Cannot serve the live page: the system does not allow the port ${port}`,
    "in use",
  );
}

/** Hosts that refer to this machine, with any port, since a tunnel may use another one. */
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

async function answer(request: Request, watch: Watch): Promise<Response> {
  // otherwise a foreign page could read everything by DNS rebinding
  if (!LOOPBACK.test(request.headers.get("host") ?? "")) {
    return text(403, "Use http://127.0.0.1 or http://localhost.");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return text(405, "Only GET and HEAD are supported.", { allow: "GET, HEAD" });
  }
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/events") {
    await watch.scan();
    const body = request.method === "GET" ? eventStream(watch, searchParams.getAll("run")) : null;
    return new Response(body, { headers: headersFor("text/event-stream") });
  }
  const asset = assets.get(pathname);
  if (!asset) return text(404, "Not found.");
  return new Response(asset.body, { headers: headersFor(asset.type) });
}

function text(status: number, message: string, more: Readonly<Record<string, string>> = {}) {
  const headers = { ...headersFor("text/plain; charset=utf-8"), ...more };
  return new Response(`${message}\n`, { status, headers });
}

/** Headers that allow only the page's own files, and forbid framing and caching. */
function headersFor(type: string): Record<string, string> {
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
  };
  return {
    "content-type": type,
    "content-security-policy": Object.entries(policy).map((rule) => rule.join(" ")).join("; "),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

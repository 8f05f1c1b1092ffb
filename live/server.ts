import { assets } from "./assets.ts";
import { anything, checkOptions, optional, type OptionRules, wholeIn } from "../graph/mod.ts";
import { eventStream } from "./event_stream.ts";
import { Watch } from "./watch.ts";

/** The only address that the page is served on: nobody else on the network can see it. */
const HOST = "127.0.0.1";

/** Ports that are tried one after the other if none is told. */
const PORTS = Array.from({ length: 20 }, (_, i) => 8765 + i);

/** How long the last lines may take to reach the pages. */
export const END_MS = 1000;

/** What a live page shows, and where. */
export interface LiveOptions {
  /** Folders of runs, or folders with such folders in them. */
  readonly folders: readonly string[];
  /** The port to use, 0 for any; the first free one of a few unless told. */
  readonly port?: number;
}

/** What the options of a live page must be. */
export const liveRules: OptionRules<LiveOptions> = {
  folders: anything,
  port: optional(wholeIn(0, 65535)),
};

/** A live page that is being served. */
export interface LiveServer extends AsyncDisposable {
  /** Address of the page. */
  readonly url: string;
}

/** Why a port cannot be served on. */
export type PortProblem = "in use" | "not permitted";

/** The port, or each of those that were tried, is in use, or Deno may not use it. */
export class PortError extends Error {
  /** For messages. */
  override readonly name = "PortError";
  /** Why the port cannot be used. */
  readonly problem: PortProblem;

  /** Makes the error. */
  constructor(message: string, problem: PortProblem) {
    super(message);
    this.problem = problem;
  }
}

/**
 * Serves the live page until it is disposed of, which sends what is new and ends all streams.
 * @throws {PortError}
 */
export async function serveLive(options: LiveOptions): Promise<LiveServer> {
  checkOptions("serve the live page", options, liveRules);
  const { folders, port } = options;
  const watch = new Watch(folders);
  await watch.scan();
  const server = listen(port === undefined ? PORTS : [port], (request) => answer(request, watch));
  return {
    url: `http://${HOST}:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]();
      // a page that takes nothing any more, as behind a broken tunnel, is left to itself
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

/** The system keeps ports such as those below 1024 for its own services. */
function reserved(port: number): PortError {
  return new PortError(
    `Cannot serve the live page: the system does not allow the port ${port}`,
    "in use",
  );
}

/** Names under which this machine calls itself, at whatever port a tunnel may end. */
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

async function answer(request: Request, watch: Watch): Promise<Response> {
  // a page from elsewhere whose name was made to point here could read everything
  if (!LOOPBACK.test(request.headers.get("host") ?? "")) {
    return text(403, "Only http://127.0.0.1 and http://localhost lead here.");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return text(405, "There is only something to read here.", { allow: "GET, HEAD" });
  }
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/events") {
    await watch.scan();
    const body = request.method === "GET" ? eventStream(watch, searchParams.getAll("run")) : null;
    return new Response(body, { headers: headersFor("text/event-stream") });
  }
  const asset = assets.get(pathname);
  if (!asset) return text(404, "There is nothing here.");
  return new Response(asset.body, { headers: headersFor(asset.type) });
}

function text(status: number, message: string, more: Readonly<Record<string, string>> = {}) {
  const headers = { ...headersFor("text/plain; charset=utf-8"), ...more };
  return new Response(`${message}\n`, { status, headers });
}

/** Nothing but the page's own files may run, nothing may frame it, nothing is kept. */
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

/**
 * One attempt to download the bytes of a file from one address.
 *
 * An address must be HTTPS. At most five redirects are followed, only to HTTPS on a host of the
 * dataset. For tests, plain HTTP is allowed for loopback addresses, which may redirect only to the
 * same loopback name.
 * @module
 */

/** Why an attempt failed. */
export class TransferError extends Error {
  /** Name of the class. */
  override readonly name = "TransferError";
  /** Whether to try the same address again. */
  readonly retry: boolean;

  /** Creates the error. */
  constructor(message: string, retry: boolean, options?: ErrorOptions) {
    super(message, options);
    this.retry = retry;
  }
}

/** The request of an attempt. */
interface TransferRequest {
  /** The address. */
  readonly url: URL;
  /** Number of bytes already downloaded. The attempt requests the remaining ones. */
  readonly offset: number;
  /** Length of the file. */
  readonly totalBytes: number;
  /** Allowed hosts of redirects. */
  readonly hosts: readonly string[];
  /** How long the server may send nothing, in milliseconds. */
  readonly stallMs: number;
  /** Aborts the attempt, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called if the server sends the whole file instead of the requested rest. */
  readonly restart: () => Promise<void>;
  /** Called with each chunk in order. Their total length never exceeds the file's. */
  readonly write: (chunk: Uint8Array) => Promise<void>;
}

const MOST_REDIRECTS = 5;

/**
 * Downloads the rest of a file.
 *
 * @throws {TransferError} if it is not complete; `retry` is whether to try again
 */
export async function transfer(request: TransferRequest): Promise<void> {
  const watch = new StallWatch(request.stallMs, request.signal);
  let response: Response | undefined;
  try {
    response = await open(request, watch);
    await receive(request, response, watch);
  } catch (error) {
    throw watch.explain(error);
  } finally {
    // An unread body would keep the connection open.
    if (response?.body?.locked === false) await response.body.cancel().catch(() => {});
    watch[Symbol.dispose]();
  }
}

/** Aborts an attempt when no data arrive for too long. */
class StallWatch {
  readonly #stallMs: number;
  readonly #outer: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stalled = false;

  constructor(stallMs: number, outer: AbortSignal | undefined) {
    this.#stallMs = stallMs;
    this.#outer = outer;
    this.touch();
  }

  get signal(): AbortSignal {
    const own = this.#controller.signal;
    return this.#outer === undefined ? own : AbortSignal.any([own, this.#outer]);
  }

  /** Records that data arrived. */
  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#stalled = true;
      this.#controller.abort();
    }, this.#stallMs);
  }

  /** Replaces an abort error by its real cause. */
  explain(error: unknown): unknown {
    if (this.#outer?.aborted) return this.#outer.reason;
    if (this.#stalled) {
      return new TransferError(`no data arrived for ${this.#stallMs / 1000} s`, true);
    }
    return error;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

async function open(request: TransferRequest, watch: StallWatch): Promise<Response> {
  const start = request.url;
  if (!isAllowedStart(start)) throw new TransferError("the address must be HTTPS", false);
  let url = start;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await get(url, request.offset, watch);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const target = URL.parse(location, url);
    if (target === null || !isAllowedRedirect(start, target, request.hosts)) {
      throw new TransferError(
        `it redirects to ${JSON.stringify(location.slice(0, 200))}, which is not HTTPS on ` +
          `one of the dataset's hosts`,
        false,
      );
    }
    url = target;
    watch.touch();
  }
  throw new TransferError(`it redirects more than ${MOST_REDIRECTS} times`, false);
}

async function get(url: URL, offset: number, watch: StallWatch): Promise<Response> {
  // The checksum is of the gzip file, so the transfer must not decode it.
  const headers = new Headers({ "accept-encoding": "identity" });
  if (offset > 0) headers.set("range", `bytes=${offset}-`);
  try {
    return await fetch(url, { redirect: "manual", headers, signal: watch.signal });
  } catch (cause) {
    if (cause instanceof Error && cause.name === "NotCapable") {
      throw new TransferError("permission for the network is missing", false, { cause });
    }
    throw connectionError(cause);
  }
}

async function receive(
  request: TransferRequest,
  response: Response,
  watch: StallWatch,
): Promise<void> {
  const { totalBytes, write } = request;
  let length = await begin(request, response);
  if (response.body === null) throw new TransferError("the response has no content", true);
  const reader = response.body.getReader();
  try {
    while (true) {
      const { value, done } = await readNext(reader);
      if (done) break;
      watch.touch();
      length += value.length;
      if (length > totalBytes) {
        throw new TransferError(
          `the response has more than the ${totalBytes} bytes of the file`,
          false,
        );
      }
      await write(value);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (length < totalBytes) {
    throw new TransferError(`the response ended after ${length} of ${totalBytes} bytes`, true);
  }
}

/** Checks the response headers. Returns the offset in the file of the response's content. */
async function begin(request: TransferRequest, response: Response): Promise<number> {
  const { offset, totalBytes } = request;
  const { status, headers } = response;
  if (status === 416) {
    await request.restart();
    throw new TransferError("it refuses to continue (416)", true);
  }
  if (status !== 200 && status !== 206) {
    // 408, 429, and 5xx are temporary; other codes are permanent.
    throw new TransferError(
      `the server answered ${status}`,
      status === 408 || status === 429 || status >= 500,
    );
  }
  let from = 0;
  if (status === 206) {
    const range = headers.get("content-range") ?? "";
    if (offset === 0 || !isRange(range, offset, totalBytes)) {
      throw new TransferError(
        `bytes ${offset} to ${totalBytes - 1} of ${totalBytes} were requested, the response has ` +
          JSON.stringify(range.slice(0, 100)),
        false,
      );
    }
    from = offset;
  } else if (offset > 0) {
    await request.restart();
  }
  const stated = headers.get("content-length");
  if (stated !== null && Number(stated) !== totalBytes - from) {
    throw new TransferError(
      `${totalBytes - from} bytes were expected, the server offers ${stated.slice(0, 30)}`,
      false,
    );
  }
  return from;
}

function isRange(text: string, offset: number, totalBytes: number): boolean {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text);
  return match !== null && Number(match[1]) === offset && Number(match[2]) === totalBytes - 1 &&
    (match[3] === "*" || Number(match[3]) === totalBytes);
}

async function readNext(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw connectionError(cause);
  }
}

function connectionError(cause: unknown): TransferError {
  const error = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const text = error instanceof Error ? error.message : String(error);
  // The message already starts with the address.
  const detail = text.replace(/^error sending request for url \(\S*\): /, "");
  return new TransferError(`the connection failed: ${detail}`, true, { cause });
}

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

function isAllowedStart(url: URL): boolean {
  return url.protocol === "https:" || isPlainLoopback(url);
}

/** Whether a redirect from an address may be followed to another. */
export function isAllowedRedirect(start: URL, target: URL, hosts: readonly string[]): boolean {
  if (isPlainLoopback(start)) return isPlainLoopback(target) && target.hostname === start.hostname;
  return target.protocol === "https:" && hosts.includes(target.host);
}

function isPlainLoopback(url: URL): boolean {
  return url.protocol === "http:" && loopbackNames.includes(url.hostname);
}

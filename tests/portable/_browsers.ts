/** Browsers of this machine, started at a page that posts an answer to its server. */
import { findChromium } from "../live/chromium.ts";
import { run } from "./_bundle.ts";

/** Most time that a page may take to answer, or to report progress. */
const PATIENCE_MS = 120_000;

/** Only isolated pages may share memory. */
export const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** An installed browser. */
export interface Browser {
  /** Name and version. */
  readonly name: string;
  /** The program. */
  readonly path: string;
  /** Its arguments for an empty profile. */
  args(profile: string): readonly string[];
  /** Whether its isolated pages can share memory between threads. */
  readonly sharesMemory: boolean;
  /** Whether it needs a display. */
  readonly needsDisplay: boolean;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Chromium with SwiftShader as its WebGPU adapter. */
export async function findChromiumWithGpu(): Promise<Browser | undefined> {
  const path = await findChromium();
  if (path === undefined) return undefined;
  const name = (await run(path, ["--version", "--no-sandbox"])).trim();
  const args = (profile: string) => [
    ...["--headless", "--no-sandbox", "--disable-dev-shm-usage", `--user-data-dir=${profile}`],
    ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  ];
  return { name, path, args, sharesMemory: true, needsDisplay: false };
}

/** Firefox, preferably its extended support release. */
export async function findFirefox(): Promise<Browser | undefined> {
  for (const path of ["/usr/bin/firefox-esr", "/usr/bin/firefox"]) {
    if (!await exists(path)) continue;
    const name = (await run(path, ["--version"])).trim();
    const args = (profile: string) => ["--headless", "--no-remote", "--profile", profile];
    return { name, path, args, sharesMemory: true, needsDisplay: false };
  }
  return undefined;
}

/** WebKitGTK's MiniBrowser, if there is also an X server without a screen. */
export async function findWebKit(): Promise<Browser | undefined> {
  const path = `/usr/lib/${Deno.build.arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;
  if (!await exists(path) || !await exists("/usr/bin/Xvfb")) return undefined;
  await using display = await openDisplay();
  const name = (await run(path, ["--version"], { DISPLAY: display.name })).trim();
  // In WebKitGTK 2.50, isolated pages have no shared memory either.
  return { name, path, args: () => ["--private"], sharesMemory: false, needsDisplay: true };
}

/** Starts an X server without a screen. */
async function openDisplay(): Promise<AsyncDisposable & { readonly name: string }> {
  const server = new Deno.Command("/usr/bin/Xvfb", {
    args: ["-displayfd", "1", "-nolisten", "tcp", "-noreset"],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let number = "";
  // It writes the line in parts, and would end if nobody read the last one.
  while (!number.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("Xvfb has no display");
    number += value;
  }
  await reader.cancel();
  return {
    name: `:${number.trim()}`,
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.status;
    },
  };
}

/** A folder for a profile. Processes of a browser may write to it for a moment after it has ended. */
async function profileFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "gspace_browser_" });
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (let tries = 1;; tries++) {
        try {
          return await Deno.remove(path, { recursive: true });
        } catch (error) {
          if (tries === 50) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },
  };
}

/** What a page will post. Rejects if it neither answers nor reports progress for a long time. */
function awaitAnswer<T>({ name }: Browser) {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let hint = "can it parse the bundle?";
  const late = () => reject(new Error(`${name} gave no answer: ${hint}`));
  let timer = setTimeout(late, PATIENCE_MS);
  return {
    promise,
    resolve,
    progress(text: string): void {
      hint = `it was at "${text}"`;
      clearTimeout(timer);
      timer = setTimeout(late, PATIENCE_MS);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/**
 * Shows a page, and resolves to what it posts to `/answer`. A page that takes long posts what it is
 * doing to `/progress`.
 */
export async function answerOf<T>(
  browser: Browser,
  files: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
  search = "",
): Promise<T> {
  using answer = awaitAnswer<T>(browser);
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (r) => {
    const { pathname } = new URL(r.url);
    if (pathname === "/answer") answer.resolve(await r.json());
    if (pathname === "/progress") answer.progress(await r.text());
    const file = files[pathname];
    const [body, type] = file
      ? [await Deno.readTextFile(file), "text/javascript"]
      : [`<!doctype html><script type="module" src="/page.js"></script>`, "text/html"];
    return new Response(body, { headers: { ...headers, "content-type": type } });
  });
  await using profile = await profileFolder();
  await using display = browser.needsDisplay ? await openDisplay() : undefined;
  const child = new Deno.Command(browser.path, {
    args: [...browser.args(profile.path), `http://127.0.0.1:${server.addr.port}/${search}`],
    env: display ? { DISPLAY: display.name } : {},
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    return await answer.promise;
  } finally {
    child.kill();
    await child.status;
  }
}

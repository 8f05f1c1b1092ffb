/** Drives a headless Chromium over the DevTools protocol, for tests of pages. */

const candidates = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser of this machine; `undefined` if there is none. */
export async function findChromium(): Promise<string | undefined> {
  for (const path of candidates) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return undefined;
}

/** Codes of keys, which Chromium needs. */
const keyCodes: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  " ": 32,
  ArrowLeft: 37,
  ArrowRight: 39,
};

/** Time limit for a page to reach an expected state. */
const PATIENCE_MS = 60_000;

/** A node of the tree that a browser gives to screen readers. */
export interface AxNode {
  /** Whether screen readers do not get it. */
  readonly ignored: boolean;
  readonly role?: AxValue;
  readonly name?: AxValue;
  readonly properties?: readonly { readonly name: string; readonly value: AxValue }[];
}

interface AxValue {
  readonly value?: unknown;
}

/** A page in its own browser. */
export class Page implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  /** Errors of the page: exceptions, logged errors, and violations of its security policy. */
  readonly complaints: string[] = [];
  #count = 0;

  private constructor(child: Deno.ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
  }

  /** Starts a browser at this address. */
  static async open(executable: string, url: string): Promise<Page> {
    const profile = await Deno.makeTempDir({ prefix: "gspace_chromium_" });
    const child = new Deno.Command(executable, {
      args: [
        "--headless",
        "--no-sandbox", // the tests may run as root, and show nothing but our own page
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const port = await portOf(profile);
    const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const { webSocketDebuggerUrl } = targets.find(({ type }: { type: string }) => type === "page");
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    const page = new Page(child, profile, socket);
    for (const domain of ["Page", "Runtime", "Log"]) await page.#call(`${domain}.enable`);
    await page.#call("Page.navigate", { url });
    return page;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#call<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
    }>("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? expression);
    return result.value;
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      if (await this.evaluate<boolean>(`Boolean(${expression})`)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const text = await this.evaluate<string>("document.body?.innerText");
    throw new Error(`The page never came to ${expression}. It says:\n${text}`);
  }

  /** Opens another page in the same window. */
  async go(url: string): Promise<void> {
    // the answer comes when the new page has replaced the old one
    await this.#call("Page.navigate", { url });
    await this.until("document.readyState === 'complete'");
  }

  /** Loads the page again. */
  async reload(): Promise<void> {
    await this.evaluate("window.isOld = true");
    await this.#call("Page.reload");
    await this.until("!window.isOld && document.readyState === 'complete'");
  }

  /** Sets the size and the color scheme of the window, or of the paper. */
  async look(
    width: number,
    height: number,
    scheme: "light" | "dark",
    media: "screen" | "print" = "screen",
  ): Promise<void> {
    const mobile = width < 600;
    const metrics = { width, height, deviceScaleFactor: 1, mobile };
    await this.#call("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#call("Emulation.setEmulatedMedia", { media, features });
  }

  /** Presses and releases a key, by its name in events. */
  async press(key: string): Promise<void> {
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : "";
    for (const type of [text === "" ? "rawKeyDown" : "keyDown", "keyUp"]) {
      const code = keyCodes[key] ?? 0;
      const event = { type, key, text: type === "keyUp" ? "" : text, windowsVirtualKeyCode: code };
      await this.#call("Input.dispatchKeyEvent", event);
    }
  }

  /** Moves the mouse, or presses or releases its button, at a point of the window. */
  async mouse(type: "Moved" | "Pressed" | "Released", x: number, y: number): Promise<void> {
    const button = type === "Moved" ? {} : { button: "left", clickCount: 1 };
    await this.#call("Input.dispatchMouseEvent", { type: `mouse${type}`, x, y, ...button });
  }

  /** Drags the mouse from one point of the window to another. */
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    await this.mouse("Moved", ...from);
    await this.mouse("Pressed", ...from);
    await this.#call("Input.dispatchMouseEvent", {
      ...{ type: "mouseMoved", x: to[0], y: to[1], button: "left", buttons: 1 },
    });
    await this.mouse("Released", ...to);
  }

  /** Clicks twice at a point of the window. */
  async doubleClick(x: number, y: number): Promise<void> {
    await this.mouse("Moved", x, y);
    for (const clickCount of [1, 2]) {
      for (const type of ["mousePressed", "mouseReleased"]) {
        await this.#call("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount });
      }
    }
  }

  /** The page as screen readers get it. */
  async accessibilityTree(): Promise<readonly AxNode[]> {
    const { nodes } = await this.#call<{ nodes: AxNode[] }>("Accessibility.getFullAXTree");
    return nodes;
  }

  /** A picture of the whole page. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.#call<{ data: string }>("Page.captureScreenshot", {
      captureBeyondViewport: true,
    });
    return Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call("Browser.close");
    await this.#child.status;
    if (this.#socket.readyState !== WebSocket.CLOSED) {
      const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve));
      this.#socket.close();
      await closed;
    }
    await Deno.remove(this.#profile, { recursive: true });
  }

  #call<T = Record<string, unknown>>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#count;
    // deno-lint-ignore no-explicit-any -- the protocol's answers are as many as its methods
    const answer = Promise.withResolvers<any>();
    this.#answers.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  // deno-lint-ignore no-explicit-any -- events of the protocol
  #hear({ id, error, result, method, params }: any): void {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (error) answer?.reject(new Error(error.message));
    else answer?.resolve(result);
    if (method === "Runtime.exceptionThrown") {
      const { text, exception } = params.exceptionDetails;
      this.complaints.push(`${text} ${exception?.description ?? ""}`);
    }
    if (method === "Runtime.consoleAPICalled" && params.type === "error") {
      this.complaints.push(params.args.map((arg: { value?: unknown }) => arg.value).join(" "));
    }
    if (method === "Log.entryAdded" && params.entry.source === "security") {
      this.complaints.push(params.entry.text);
    }
  }
}

/** The browser writes its port into its profile when it is ready. */
async function portOf(profile: string): Promise<number> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const text = await Deno.readTextFile(`${profile}/DevToolsActivePort`).catch(() => "");
    const port = Number(text.split("\n")[0]);
    if (text.includes("\n") && port > 0) return port;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("Chromium did not start");
}

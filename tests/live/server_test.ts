import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PortError, serveLive, serveLiveInThread } from "../../live/mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { Events } from "./events.ts";
import { append, makeRun, stepLine } from "./run_folders.ts";

async function scene() {
  const folder = await temporaryFolder();
  const run = `${folder.path}/run`;
  await makeRun(run, [stepLine("sgd", 1), stepLine("gsgd", 1)]);
  const server = await serveLive({ folders: [folder.path], port: 0 });
  return {
    run,
    server,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const hasLines = ({ lines }: { lines: unknown[] }) => lines.length > 0;

Deno.test("a client receives the history first, and then new lines", async () => {
  await using live = await scene();
  await using events = await Events.open(live.server.url, live.run);
  const { runs } = await events.until("runs");
  assertEquals(runs.map(({ id }: { id: string }) => id), [live.run]);
  const history = await events.until("lines", hasLines);
  assertEquals(history.lines, [stepLine("sgd", 1), stepLine("gsgd", 1)]);
  await append(live.run, stepLine("sgd", 2));
  const news = await events.until("lines");
  assertEquals([news.reset, news.lines], [false, [stepLine("sgd", 2)]]);
  // another page, or the same one after a reload, receives everything at once
  await using again = await Events.open(live.server.url, live.run);
  assertEquals((await again.until("lines", hasLines)).lines.length, 3);
});

Deno.test("an unreadable log gives one warning and does not delay the others", async () => {
  await using live = await scene();
  const broken = `${live.folder}/broken`;
  await makeRun(broken, []);
  await Deno.remove(`${broken}/metrics.jsonl`);
  await Deno.mkdir(`${broken}/metrics.jsonl`);
  const warnings: string[] = [];
  const { error } = console;
  console.error = (text: string) => void warnings.push(text);
  try {
    await using events = await Events.open(live.server.url, broken, live.run);
    await events.until("lines", hasLines);
    for (const step of [2, 3, 4]) {
      await append(live.run, stepLine("sgd", step));
      assertEquals((await events.until("lines", hasLines)).lines, [stepLine("sgd", step)]);
    }
  } finally {
    console.error = error;
  }
  assertEquals(warnings.length, 1, warnings.join("\n"));
  assertStringIncludes(warnings[0]!, "cannot update the live page");
});

Deno.test("one stream carries several runs, including those that start later", async () => {
  await using live = await scene();
  const later = `${live.folder}/later`;
  await using events = await Events.open(live.server.url, live.run, later);
  assertEquals((await events.until("lines", hasLines)).run, live.run);
  await makeRun(later, [stepLine("sgd", 1)]);
  assertEquals((await events.until("lines", hasLines)).run, later);
});

Deno.test("when the server stops, the last lines arrive before the end of the stream", async () => {
  const live = await scene();
  await using events = await Events.open(live.server.url, live.run);
  await events.until("lines", hasLines);
  await append(live.run, stepLine("sgd", 9));
  const end = live[Symbol.asyncDispose]();
  assertEquals((await events.until("lines")).lines, [stepLine("sgd", 9)]);
  await events.until("closed");
  assertEquals(await events.next(), undefined);
  await end;
});

Deno.test("a client that reads nothing does not delay others", async () => {
  await using live = await scene();
  const lazy = await fetch(`${live.server.url}events?run=${encodeURIComponent(live.run)}`);
  const many = Array.from({ length: 20_000 }, (_, i) => stepLine("sgd", i + 2));
  await append(live.run, ...many);
  await using events = await Events.open(live.server.url, live.run);
  const isLast = ({ lines }: { lines: unknown[] }) =>
    JSON.stringify(lines.at(-1)) === JSON.stringify(stepLine("sgd", 20_001));
  await events.until("lines", isLast);
  await lazy.body?.cancel();
});

Deno.test("a client that reads nothing does not prevent the server from stopping", async () => {
  const live = await scene();
  const long = { padding: "x".repeat(20_000) };
  await append(live.run, ...Array.from({ length: 1500 }, (_, i) => stepLine("sgd", i + 2, long)));
  const { port } = new URL(live.server.url);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const request = `GET /events?run=${
    encodeURIComponent(live.run)
  } HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  await connection.read(new Uint8Array(100)); // the response has started
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const limit = Promise.withResolvers<string>();
  const timer = setTimeout(() => limit.resolve("it still waits"), 10_000);
  const end = live[Symbol.asyncDispose]().then(() => "ended");
  assertEquals(await Promise.race([end, limit.promise]), "ended");
  clearTimeout(timer);
  connection.close();
  await new Promise((resolve) => setTimeout(resolve, 200)); // the server notices that
});

Deno.test("only requests to a loopback host are answered", async () => {
  await using live = await scene();
  const { port } = new URL(live.server.url);
  const ask = async (host: string) => (await rawRequest(Number(port), `GET / HTTP/1.1`, host));
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost:9000", "LOCALHOST"]) {
    assertStringIncludes(await ask(host), "HTTP/1.1 200", host);
  }
  for (
    const host of ["example.com", `example.com:${port}`, "localhost.example.com", "127.0.0.1.x"]
  ) {
    const answer = await ask(host);
    assertStringIncludes(answer, "HTTP/1.1 403", host);
    assert(!answer.includes("<html"));
  }
});

Deno.test("no request path reads the disk", async () => {
  await using live = await scene();
  const { port } = new URL(live.server.url);
  const paths = [
    "/../deno.json",
    "/%2e%2e/deno.json",
    "/..%2f..%2fetc/passwd",
    "//etc/passwd",
    "/etc/passwd",
    "/page.css/../../deno.json",
    "/client/main.js",
    `${live.run}/config.json`,
  ];
  for (const path of paths) {
    const answer = await rawRequest(Number(port), `GET ${path} HTTP/1.1`, "localhost");
    assertStringIncludes(answer, "HTTP/1.1 404", path);
  }
  // a run outside of the folders on the command line cannot be read, wherever it is
  await using other = await temporaryFolder();
  await makeRun(other.path, [stepLine("sgd", 1)]);
  await using events = await Events.open(live.server.url, other.path, `${live.run}/../run`);
  const { runs } = await events.until("runs");
  assertEquals(runs.length, 1);
  await append(live.run, stepLine("sgd", 2)); // changes the time of the run, which is an event
  assertEquals((await events.next())?.event, "runs");
});

Deno.test("pages load only their own files, and only GET and HEAD are allowed", async () => {
  await using live = await scene();
  for (const path of ["", "main.js", "uplot.js", "page.css", "nothing"]) {
    const { headers, body } = await fetch(live.server.url + path);
    const policy = headers.get("content-security-policy")!;
    assertStringIncludes(policy, "default-src 'none'; script-src 'self'");
    assert(!policy.includes("unsafe"), policy);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("access-control-allow-origin"), null);
    await body?.cancel();
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const response = await fetch(live.server.url, { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.body?.cancel();
  }
});

Deno.test("the page and its scripts refer only to files that the server has", async () => {
  await using live = await scene();
  const page = await (await fetch(live.server.url)).text();
  const main = await (await fetch(`${live.server.url}main.js`)).text();
  const names = [
    ...page.matchAll(/(?:src|href)="([^":]+)"/g),
    ...main.matchAll(/from "\.\/([^"]+)"/g),
  ].map(([, name]) => name!);
  assert(names.length >= 5, names.join());
  for (const name of names) {
    const { status, body } = await fetch(live.server.url + name);
    await body?.cancel();
    assertEquals(status, 200, name);
  }
});

Deno.test("a port in use is refused, and without --port the next free one is used", async () => {
  await using live = await scene();
  const port = Number(new URL(live.server.url).port);
  for (
    const serve of [
      serveLive,
      (o: { folders: string[]; port: number }) => serveLiveInThread(o, () => {}),
    ]
  ) {
    const error = await assertRejects(() => serve({ folders: [live.run], port }), PortError);
    assertEquals(error.message, `Cannot serve the live page: the port ${port} is in use`);
  }
  await using first = await serveLive({ folders: [live.run] });
  await using second = await serveLive({ folders: [live.run] });
  assert(first.url !== second.url);
});

Deno.test("the page is served from its own thread, which sends the last lines of the run", async () => {
  await using live = await scene();
  const thread = await serveLiveInThread({ folders: [live.run], port: 0 }, (message) => {
    throw new Error(message);
  });
  await using events = await Events.open(thread.url, live.run);
  await events.until("lines", hasLines);
  await append(live.run, stepLine("sgd", 9));
  const end = thread[Symbol.asyncDispose]();
  assertEquals((await events.until("lines")).lines, [stepLine("sgd", 9)]);
  await events.until("closed");
  await end;
});

/** The response to a request that no well-behaved client makes. */
async function rawRequest(port: number, first: string, host: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `${first}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const chunks: string[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of connection.readable.values({ preventCancel: true })) {
    chunks.push(decoder.decode(chunk, { stream: true }));
  }
  return chunks.join("");
}

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Bytes, DownloadFile } from "../../datasets/canonical.ts";
import { download, type DownloadOptions } from "../../datasets/download.ts";
import {
  assertAbsent,
  assertWhole,
  content,
  failures,
  quick,
  right,
  scene,
  shortBody,
  stall,
} from "./download_scene.ts";
import { downloadFile, namesIn, noise, serveRange, withFolder, withServer } from "./tiny_set.ts";

Deno.test("a truncated response is resumed from the same or another address", async () => {
  const cut = () => shortBody(7000);
  await scene({ "/cut": cut, "/a": right }, async ({ folder, get, requests }) => {
    assertEquals(await get(["/cut", "/a"]), content);
    assertEquals(requests, ["/cut", "/a from 7000"]);
    await assertWhole(folder);
  });
  const whenContinued = (request: Request) => request.headers.has("range") ? right(request) : cut();
  await scene({ "/a": whenContinued }, async ({ get, requests }) => {
    assertEquals(await get(["/a"]), content);
    assertEquals(requests, ["/a", "/a from 7000"]);
  });
  await scene({ "/cut": cut }, async ({ get, folder }) => {
    const reasons = await failures(() => get(["/cut"], { ...quick, rounds: 1 }));
    assertStringIncludes(reasons, "ended after 7000 of 20000 bytes");
    assertEquals(await namesIn(folder), ["file.gz.part"]);
  });
});

Deno.test("when resuming, a full response starts over, and a wrong range or partial file is refused", async () => {
  const ignoring = () => new Response(content);
  const lying = (range: string) => () =>
    new Response(content.subarray(50), { status: 206, headers: { "content-range": range } });
  const answers = {
    "/ignoring": ignoring,
    "/shifted": lying("bytes 51-19999/20000"),
    "/other": lying("bytes 50-19999/20001"),
    "/none": lying(""),
    "/416": () => new Response(null, { status: 416 }),
    "/a": right,
  };
  await scene(answers, async ({ get, folder, requests }) => {
    const begin = async (bytes: Uint8Array) => {
      await Deno.remove(`${folder}/file.gz`).catch(() => {});
      await Deno.writeFile(`${folder}/file.gz.part`, bytes);
      requests.length = 0;
    };
    await begin(content.subarray(0, 50));
    assertEquals(await get(["/ignoring"]), content);
    await assertWhole(folder);

    await begin(content.subarray(0, 50));
    const reasons = await failures(() => get(["/shifted", "/other", "/none"]));
    assertEquals(reasons.match(/bytes 50 to 19999 of 20000 were requested/g)?.length, 3);
    assertEquals((await Deno.stat(`${folder}/file.gz.part`)).size, 50);

    await begin(content.subarray(0, 50));
    assertEquals(await get(["/416", "/a"]), content);
    assertEquals(requests, ["/416 from 50", "/a"]);

    await begin(new Uint8Array(60)); // not the beginning of the file
    assertEquals(await get(["/a"]), content);
    assertEquals(requests, ["/a from 60", "/a"]);

    await begin(new Uint8Array(20_000)); // whole but wrong: known without asking
    assertEquals(await get(["/a"]), content);
    assertEquals(requests, ["/a"]);

    await begin(content); // whole and right, only the name is missing
    assertEquals(await get(["/a"]), content);
    assertEquals(requests, []);

    await begin(new Uint8Array(30_000));
    assertEquals(await get(["/a"]), content);
    await assertWhole(folder);
  });
});

Deno.test("a download interrupted at 50 points resumes where it stopped", async () => {
  for (let point = 0; point < 50; point++) {
    const length = Math.floor((point / 50) * content.length);
    const answers = {
      "/a": (request: Request) => request.headers.has("range") ? right(request) : shortBody(length),
      "/b": right,
    };
    await scene(answers, async ({ get, requests, folder }) => {
      await failures(() => get(["/a"], { ...quick, rounds: 1 }));
      await assertAbsent(folder);
      assertEquals(await Deno.readFile(`${folder}/file.gz.part`), content.slice(0, length));
      assertEquals(await get(["/b"]), content);
      assertEquals(requests, ["/a", length === 0 ? "/b" : `/b from ${length}`]);
      await assertWhole(folder);
    });
  }
});

Deno.test("an aborted download rejects with the signal's reason and keeps the received bytes", async () => {
  const answers = { "/stall": () => stall(content.subarray(0, 400)), "/a": right };
  await scene(answers, async ({ get, folder, requests }) => {
    const stop = new AbortController();
    const options: DownloadOptions = {
      ...quick,
      signal: stop.signal,
      onProgress: ({ receivedBytes }) => receivedBytes > 0 && stop.abort(new Error("enough")),
    };
    await assertRejects(() => get(["/stall"], options), Error, "enough");
    assertEquals(await namesIn(folder), ["file.gz.part"]);
    requests.length = 0;
    assertEquals(await get(["/a"]), content);
    assertEquals(requests, ["/a from 400"]);
  });
  // Between the rounds, too.
  await scene({ "/500": () => new Response(null, { status: 500 }) }, async ({ get }) => {
    const stop = new AbortController();
    const waiting = get(["/500"], { ...quick, retryDelayMs: 60_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("no more")), 50);
    await assertRejects(() => waiting, Error, "no more");
  });
});

Deno.test("two simultaneous downloads of a file send one request", async () => {
  await scene({ "/a": right }, async ({ get, folder, requests }) => {
    const both = await Promise.all([get(["/a"]), get(["/a"])]);
    assertEquals(both, [content, content]);
    assertEquals(requests, ["/a"]);
    await assertWhole(folder);
  });
});

/** A server that sends slowly, so that its client can be killed during the download. */
function slowly(request: Request, bytes: Bytes): Response {
  const whole = serveRange(request, bytes);
  const start = whole.status === 206 ? Number(/\d+/.exec(request.headers.get("range") ?? "")) : 0;
  let at = start;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const end = Math.min(at + 1000, bytes.length);
      controller.enqueue(bytes.subarray(at, end));
      at = end;
      if (at === bytes.length) controller.close();
    },
  });
  return new Response(stream, { status: whole.status, headers: whole.headers });
}

async function killAt(received: number, file: DownloadFile, folder: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
      "--allow-net=127.0.0.1",
      new URL("./download_child.ts", import.meta.url).href,
      JSON.stringify({ file, folder }),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (Number(text.trimEnd().split("\n").at(-1)) < received) {
    const { value, done } = await lines.read();
    if (done) break;
    text += value;
  }
  child.kill("SIGKILL");
  await lines.cancel();
  await child.status;
}

Deno.test("a process killed halfway leaves no final file, and the next one resumes", async () => {
  const large = noise(200_000, 4);
  const requests: (string | null)[] = [];
  const answer = (request: Request) => {
    requests.push(request.headers.get("range"));
    return slowly(request, large);
  };
  await withServer(answer, (origin) =>
    withFolder(async (folder) => {
      const file = await downloadFile(large, [`${origin}/a`]);
      let before = 0;
      for (const received of [20_000, 70_000, 130_000]) {
        await killAt(received, file, folder);
        assertEquals(await namesIn(folder), ["file.gz.part"]);
        const part = await Deno.readFile(`${folder}/file.gz.part`);
        assertEquals(part, large.slice(0, part.length));
        assert(part.length >= received && part.length < large.length, `${part.length}`);
        assertEquals(requests.at(-1), before === 0 ? null : `bytes=${before}-`);
        before = part.length;
      }
      assertEquals(await download({ dataset: "t", file, folder, hosts: [] }, quick), large);
      assertEquals(requests.at(-1), `bytes=${before}-`);
      assertEquals(await namesIn(folder), ["file.gz"]);
    }));
});

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatasetError } from "../../datasets/mod.ts";
import {
  download,
  DownloadError,
  type DownloadProgress,
  readVerified,
} from "../../datasets/download.ts";
import { isAllowedRedirect } from "../../datasets/transfer.ts";
import {
  assertAbsent,
  assertWhole,
  content,
  failures,
  quick,
  right,
  scene,
  stall,
} from "./download_scene.ts";
import { downloadFile, withFolder } from "./tiny_set.ts";

Deno.test("a download stores the right bytes and reports progress", async () => {
  await scene({ "/a": right }, async ({ folder, get, origin }) => {
    const seen: DownloadProgress[] = [];
    const bytes = await get(["/a"], { ...quick, onProgress: (progress) => seen.push(progress) });
    assertEquals(bytes, content);
    await assertWhole(folder);
    const counts = seen.map(({ receivedBytes }) => receivedBytes);
    assertEquals(counts, counts.toSorted((a, b) => a - b));
    assertEquals([counts[0], counts.at(-1)], [0, 20_000]);
    const { dataset, file, url, totalBytes } = seen[0] ?? {};
    assertEquals([dataset, file, url, totalBytes], ["t", "file.gz", `${origin}/a`, 20_000]);
  });
});

Deno.test("wrong bytes are refused, and the next address is tried", async () => {
  const wrong = content.with(9, (content[9] ?? 0) ^ 1);
  const answers = { "/wrong": () => new Response(wrong), "/right": right };
  await scene(answers, async ({ folder, get, requests }) => {
    const reasons = await failures(() => get(["/wrong"]));
    assertStringIncludes(reasons, "/wrong: its SHA-256 must be");
    await assertAbsent(folder);
    assertEquals(requests, ["/wrong"]); // the same bytes would come again
    assertEquals(await get(["/wrong", "/right"]), content);
    await assertWhole(folder);
  });
});

Deno.test("a response that is too long or states another length is refused", async () => {
  const longer = Uint8Array.of(...content, 0);
  const endless = () =>
    new Response(
      new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(content) }),
    );
  const answers = { "/longer": () => new Response(longer), "/endless": endless };
  await scene(answers, async ({ get, folder }) => {
    const reasons = await failures(() => get(["/longer", "/endless"]));
    assertStringIncludes(reasons, "/longer: 20000 bytes were expected, the server offers 20001");
    assertStringIncludes(
      reasons,
      "/endless: the response has more than the 20000 bytes of the file",
    );
    await assertAbsent(folder);
  });
});

Deno.test("temporary errors are retried, permanent ones are not", async () => {
  let calls = 0;
  const answers = {
    "/500": () => new Response("sorry", { status: 500 }),
    "/late": (request: Request) =>
      ++calls < 2 ? new Response(null, { status: 503 }) : right(request),
  };
  await scene(answers, async ({ get, requests, folder }) => {
    const reasons = await failures(() => get(["/500", "/404"]));
    assertStringIncludes(reasons, "/500: the server answered 500");
    assertStringIncludes(reasons, "/404: the server answered 404");
    assertEquals(requests.splice(0), ["/500", "/404", "/500"]);
    await assertAbsent(folder);
    assertEquals(await get(["/500", "/404", "/late"]), content);
    assertEquals(requests, ["/500", "/404", "/late", "/500", "/late"]);
  });
});

Deno.test("a stalled server is abandoned for the next one", async () => {
  const silent = new Promise<Response>(() => {});
  const answers = {
    "/stall": () => stall(content.subarray(0, 100)),
    "/silent": () => silent,
    "/a": right,
  };
  await scene(answers, async ({ get, requests, folder }) => {
    const options = { ...quick, stallMs: 200, rounds: 1 };
    const reasons = await failures(() => get(["/silent", "/stall"], options));
    assertStringIncludes(reasons, "/silent: no data arrived for 0.2 s");
    assertStringIncludes(reasons, "/stall: no data arrived for 0.2 s");
    assertEquals(requests.splice(0), ["/silent", "/stall"]);
    assertEquals(await get(["/stall", "/a"], options), content);
    assertEquals(requests, ["/stall from 100", "/a from 100"]);
    await assertWhole(folder);
  });
});

Deno.test("a slow but steady server may take longer than the stall limit", async () => {
  let at = 0;
  const slow = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          controller.enqueue(content.subarray(at, at + 1000));
          at += 1000;
          if (at === content.length) controller.close();
        },
      }),
    );
  await scene({ "/slow": slow }, async ({ get, requests }) => {
    assertEquals(await get(["/slow"], { ...quick, stallMs: 600 }), content); // takes 1 s
    assertEquals(requests, ["/slow"]);
  });
});

Deno.test("redirects from loopback are followed only to the same loopback name", async () => {
  const to = (location: string) => () => new Response(null, { status: 302, headers: { location } });
  const answers = {
    "/a": right,
    "/near": to("/nearer"),
    "/nearer": to("/a"),
    "/far": to("https://example.com/file"),
    "/name": to("http://localhost:1/a"),
    "/scheme": to("file:///etc/passwd"),
    "/data": to("data:text/plain,x"),
    "/circle": to("/circle"),
    "/broken": to("http://["),
  };
  await scene(answers, async ({ get, requests, folder }) => {
    const bad = ["/far", "/name", "/scheme", "/data", "/broken"];
    const reasons = await failures(() => get([...bad, "/circle"]));
    for (const path of bad) assertStringIncludes(reasons, `${path}: it redirects to "`);
    assertStringIncludes(reasons, "/circle: it redirects more than 5 times");
    assertEquals(requests.splice(0), [...bad, ...new Array(6).fill("/circle")]);
    await assertAbsent(folder);
    assertEquals(await get(["/near"]), content);
    assertEquals(requests, ["/near", "/nearer", "/a"]);
  });
});

Deno.test("redirects from HTTPS are followed only to HTTPS on the dataset's hosts", () => {
  const start = new URL("https://a.org/file");
  const allowed = (target: string) =>
    isAllowedRedirect(start, new URL(target), ["a.org", "b.org", "c.org:8443"]);
  for (const right of ["https://b.org/x", "https://a.org/", "https://c.org:8443/y"]) {
    assert(allowed(right), right);
  }
  const wrong = ["http://a.org/", "https://x.b.org/", "https://b.org:8443/", "https://c.org/"];
  for (
    const other of [...wrong, "http://127.0.0.1/", "https://127.0.0.1/", "https://b.org.evil/"]
  ) {
    assert(!allowed(other), other);
  }
});

Deno.test("an address that is neither HTTPS nor loopback is not used", async () => {
  await withFolder(async (folder) => {
    const file = await downloadFile(content, ["http://example.com/a", "ftp://127.0.0.1/a"]);
    const error = await assertRejects(
      () => download({ dataset: "t", file, folder, hosts: [] }, quick),
      DownloadError,
    );
    assertEquals(error.failures, file.urls.map((url) => `${url}: the address must be HTTPS`));
  });
});

Deno.test("the request asks for the file without transfer compression", async () => {
  const encodings: (string | null)[] = [];
  const answer = (request: Request) => {
    encodings.push(request.headers.get("accept-encoding"));
    // Some servers store ".gz" files with this header, which must not remove the file's own gzip.
    return new Response(content, { headers: { "content-encoding": "gzip" } });
  };
  await scene({ "/a": answer }, async ({ get }) => {
    assertEquals(await get(["/a"]), content);
    assertEquals(encodings, ["identity"]);
  });
});

Deno.test("a folder that cannot be written is named, and no other address is tried", async () => {
  await scene({ "/a": right }, async ({ folder, origin, requests }) => {
    await Deno.writeTextFile(`${folder}/taken`, "");
    const file = await downloadFile(content, [`${origin}/a`]);
    const job = { dataset: "t", file, hosts: [], folder: `${folder}/taken/x` };
    const error = await assertRejects(() => download(job, quick), DatasetError, "Cannot store");
    assertEquals(error.reason, "storage");
    assertStringIncludes(error.message, `${folder}/taken/x`);
    assertEquals(requests, []);
  });
});

Deno.test("readVerified() returns a file only if its checksum matches", async () => {
  await withFolder(async (folder) => {
    const file = await downloadFile(content, []);
    assertEquals(await readVerified(folder, file), undefined);
    const changed = content.with(9, (content[9] ?? 0) ^ 1);
    for (
      const wrong of [changed, content.slice(1), new Uint8Array(), Uint8Array.of(...content, 1)]
    ) {
      await Deno.writeFile(`${folder}/file.gz`, wrong);
      assertEquals(await readVerified(folder, file), undefined);
    }
    await Deno.writeFile(`${folder}/file.gz`, content);
    assertEquals(await readVerified(new URL(`file://${folder}`), file), content);
  });
});

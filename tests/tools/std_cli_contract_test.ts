/**
 * What this project relies on in `@std/cli`, in one place. It runs against whichever implementation
 * is loaded, so the registry's package and the replacement in tools/offline must behave alike.
 */
import { assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { ProgressBar } from "@std/cli/unstable-progress-bar";

Deno.test("ProgressBar draws its formatter's text in place, and clears it at the end", async () => {
  let text = "";
  const decoder = new TextDecoder();
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      text += decoder.decode(chunk, { stream: true });
    },
  });
  const bar = new ProgressBar({
    writable,
    max: 4,
    barLength: 8,
    fillChar: "=",
    emptyChar: ".",
    clear: true,
    interval: 5,
    formatter: ({ progressBar }) => `${progressBar} of the runs`,
  });
  bar.value = 2;
  await new Promise((resolve) => setTimeout(resolve, 30));
  await bar.stop();
  assertMatch(text, /====\.\.\.\.\S* of the runs/);
  assertStringIncludes(text, "\r");
  assertFalse(text.endsWith("\n"), Deno.inspect(text));
  assertFalse(writable.locked);
});

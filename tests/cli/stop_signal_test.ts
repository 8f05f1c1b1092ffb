import { assertEquals } from "@std/assert";

const module = new URL("../../cli/training/stop_signal.ts", import.meta.url).href;

/** Runs a process that signals itself at these times and then waits. Resolves to its exit status. */
async function signaledAt(...times: readonly number[]): Promise<{ code: number; text: string }> {
  const program = `
    import { StopSignal } from ${JSON.stringify(module)};
    using stop = new StopSignal(() => console.log("saving"));
    for (const ms of ${JSON.stringify(times)}) {
      setTimeout(() => Deno.kill(Deno.pid, "SIGINT"), ms);
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
    console.log("saved", stop.exitCode);
  `;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

Deno.test({
  name: "copies of a signal are one request, and a later signal ends the process at once",
  ignore: Deno.build.os === "windows",
  async fn() {
    const [copies, second] = await Promise.all([signaledAt(0, 10, 300, 600), signaledAt(0, 1500)]);
    assertEquals(copies, { code: 0, text: "saving\nsaved 130\n" });
    assertEquals(second, { code: 130, text: "saving\n" });
  },
});

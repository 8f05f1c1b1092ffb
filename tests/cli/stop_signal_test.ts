import { assertEquals } from "@std/assert";

const module = new URL("../../cli/training/stop_signal.ts", import.meta.url).href;

/** A signal, and when it comes, in milliseconds. */
type Sent = readonly [name: Deno.Signal, ms: number];

/** Runs a process that sends itself these signals and then waits. Resolves to its exit status. */
async function signaledAt(...sent: readonly Sent[]): Promise<{ code: number; text: string }> {
  const program = `
    import { StopSignal } from ${JSON.stringify(module)};
    using stop = new StopSignal(() => console.log("saving"));
    for (const [name, ms] of ${JSON.stringify(sent)}) {
      setTimeout(() => Deno.kill(Deno.pid, name), ms);
    }
    await new Promise((resolve) => setTimeout(resolve, 2500));
    console.log("saved", stop.exitCode);
  `;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "copies of a signal are one request, and a later Ctrl-C ends the process at once",
  ignore,
  async fn() {
    const times = [0, 10, 300, 600];
    const [copies, second, after] = await Promise.all([
      signaledAt(...times.map((ms): Sent => ["SIGINT", ms])),
      signaledAt(["SIGINT", 0], ["SIGINT", 1500]),
      signaledAt(["SIGTERM", 0], ["SIGINT", 1500]),
    ]);
    assertEquals(copies, { code: 0, text: "saving\nsaved 130\n" });
    assertEquals(second, { code: 130, text: "saving\n" });
    assertEquals(after, { code: 130, text: "saving\n" });
  },
});

Deno.test({
  name: "late copies of SIGTERM and SIGHUP do not end a run before it has saved",
  ignore,
  async fn() {
    const [term, hangup, mixed] = await Promise.all([
      signaledAt(["SIGTERM", 0], ["SIGTERM", 1100], ["SIGTERM", 2200]),
      signaledAt(["SIGHUP", 0], ["SIGHUP", 1500]),
      signaledAt(["SIGINT", 0], ["SIGTERM", 1500]),
    ]);
    assertEquals(term, { code: 0, text: "saving\nsaved 143\n" });
    assertEquals(hangup, { code: 0, text: "saving\nsaved 129\n" });
    assertEquals(mixed, { code: 0, text: "saving\nsaved 130\n" });
  },
});

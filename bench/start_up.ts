/**
 * Time until the first training step.
 * @module
 */
import { permissionsFor } from "../tools/permissions.ts";
import { median } from "./measure.ts";

/** Milliseconds from the start of the process. */
export interface StartUp {
  readonly best: number;
  readonly median: number;
}

const RUNS = 5;

/**
 * Times the default run with one step: it starts, takes one step with each optimizer, evaluates,
 * writes its report, and ends. This is an upper bound of the time to the first step. An untimed run
 * warms the caches.
 */
export async function measureStartUp(): Promise<StartUp> {
  const folder = await Deno.makeTempDir({ prefix: "gspace-start-up-" });
  try {
    const flags = await stdFlags();
    const times: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const start = performance.now();
      await trainOneStep(flags, `${folder}/${run}`);
      if (run > 0) times.push(performance.now() - start);
    }
    return { best: Math.min(...times), median: median(times) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The flags that `deno task train` passes to Deno. */
async function stdFlags(): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", new URL("../tools/std_flags.ts", import.meta.url).href],
    cwd: repository(),
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).split(/\s+/).filter((flag) => flag !== "");
}

async function trainOneStep(flags: readonly string[], out: string): Promise<void> {
  const args = ["--steps", "1", "--quiet", "--out", out];
  const around = { cache: undefined, settings: {}, execPath: Deno.execPath(), temporary: out };
  const permissions = permissionsFor("train", args, around);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--no-prompt", ...flags, ...permissions, "cli/main.ts", "train"]
      .concat(args),
    cwd: repository(),
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`Cannot measure the start-up time: ${new TextDecoder().decode(stderr).trim()}`);
}

function repository(): URL {
  return new URL("..", import.meta.url);
}

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
  /** The same with native code. */
  readonly native?: {
    readonly best: number;
    readonly median: number;
    /** Median of how much longer each run took than the one beside it without native code. */
    readonly later: number;
  };
}

/** Number of runs for a time, and for the difference between two. */
const RUNS = { time: 5, difference: 15 };

type Train = "train" | "train-native";

/**
 * Times the default run with one step: it starts, takes one step with each optimizer, evaluates,
 * writes its report, and ends. This is an upper bound of the time to the first step. With native
 * code, too, the two kinds of runs alternate. The first run of each is not timed: it warms caches.
 */
export async function measureStartUp(hasNative: boolean): Promise<StartUp> {
  const folder = await Deno.makeTempDir({ prefix: "gspace-start-up-" });
  try {
    const flags = await stdFlags();
    const commands: Train[] = hasNative ? ["train", "train-native"] : ["train"];
    const times: Record<Train, number[]> = { train: [], "train-native": [] };
    const runs = hasNative ? RUNS.difference : RUNS.time;
    for (let run = 0; run <= runs; run++) {
      for (const command of run % 2 === 0 ? commands : commands.toReversed()) {
        const start = performance.now();
        await trainOneStep(command, { flags, out: `${folder}/${command} ${run}` });
        if (run > 0) times[command].push(performance.now() - start);
      }
    }
    const { train, "train-native": native } = times;
    const later = native.map((time, i) => time - train[i]!);
    const bestAndMedian = (all: readonly number[]) => ({
      best: Math.min(...all),
      median: median(all),
    });
    return {
      ...bestAndMedian(train),
      ...(hasNative && { native: { ...bestAndMedian(native), later: median(later) } }),
    };
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

async function trainOneStep(
  command: Train,
  { flags, out }: { readonly flags: readonly string[]; readonly out: string },
): Promise<void> {
  const args = ["--steps", "1", "--quiet", "--out", out];
  const around = { cache: undefined, settings: {}, execPath: Deno.execPath(), temporary: out };
  const permissions = permissionsFor(command, args, around);
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

/**
 * A page that runs a conformance table on the CPU backend: `?table=part`. Isolated pages share work
 * between threads.
 */
import { openCpu } from "../../cpu/mod.ts";
import { detectWasmFeatures } from "../../cpu/wasm/features.ts";
import { openSharing } from "../metamorphic/sharing.ts";
import { postAnswer, reportProgress } from "./answer.ts";
import { type Outcome, runTable } from "./recording.ts";
import { cpuTables } from "./table.ts";

/** What the page posts. */
export interface CpuAnswer {
  readonly outcomes: readonly Outcome[];
  readonly description: string;
  /** Whether the backend used a fused multiply-add. */
  readonly relaxedSimd: boolean;
  /** Most threads that were ready when a test began. */
  readonly threads: number;
}

async function run(): Promise<CpuAnswer> {
  const table = new URLSearchParams(location.search).get("table") as keyof typeof cpuTables;
  const { relaxedSimd, threads } = detectWasmFeatures();
  // Most work of the table is too small to share, so it is shared all the same where it can be.
  using backend = threads ? openSharing(2, { mainMaySleep: false }) : openCpu({ threads: 2 });
  let ready = 0;
  const outcomes = await runTable(cpuTables[table], backend, (name) => {
    ready = Math.max(ready, backend.readyThreads);
    reportProgress(name);
  });
  return { outcomes, description: backend.description, relaxedSimd, threads: ready };
}

await postAnswer(run);

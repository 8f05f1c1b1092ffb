/** Opens the CPU backend with the features of the host. */
import { checkOptions, type OptionRules } from "../graph/check_options.ts";
import { optional, positiveWhole, trueOrFalse, wholeIn } from "../graph/check_value.ts";
import { DeviceError } from "../graph/errors.ts";
import { CpuBackend } from "./backend.ts";
import { MOST_WORKERS } from "./runtime/layout.ts";
import { detectWasmFeatures } from "./wasm/features.ts";

/**
 * Most threads by default. More rarely help, because kernels are short and memory bandwidth is
 * shared.
 */
const MOST_DEFAULT_THREADS = 8;

/** Options for {@linkcode openCpu}. The defaults fit the host. */
export interface OpenCpuOptions {
  /** Number of threads, including the calling one. Default: one per processor, at most 8. */
  readonly threads?: number;
  /** Whether to use fused multiply-add if the engine supports it. Default: true. */
  readonly relaxedSimd?: boolean;
  /** Whether to share memory with workers if the host allows it. Default: true. */
  readonly sharedMemory?: boolean;
  /** Maximum total bytes of buffers. Default: 4 GiB. */
  readonly maximumBytes?: number;
  /**
   * Whether to check generated code at run time, for authors of kernels. Every load and store is
   * compared with the extent of its slot, and every loop counts its iterations; a violation throws
   * a {@linkcode CheckError}. Results are the same, but runs take up to 100 times as long.
   * Default: false.
   */
  readonly checked?: boolean;
}

const optionRules: OptionRules<OpenCpuOptions> = {
  threads: optional(wholeIn(1, MOST_WORKERS)),
  relaxedSimd: optional(trueOrFalse),
  sharedMemory: optional(trueOrFalse),
  maximumBytes: optional(positiveWhole),
  checked: optional(trueOrFalse),
};

/**
 * Opens a backend that generates WebAssembly for each plan and runs it on several threads. If
 * memory cannot be shared, it uses one thread, which its description states. Results do not depend
 * on the number of threads.
 *
 * With `checked: true`, a kernel that reads or writes outside its slots throws a
 * {@linkcode CheckError} naming the kernel, the slot, and the index.
 *
 * @throws {DeviceError} if the host's WebAssembly engine has no 128-bit vectors
 *
 * @example Open a backend without a GPU
 * ```ts
 * using backend = openCpu();
 * console.log(backend.description); // "WASM relaxed SIMD, 2 threads"
 * ```
 */
export function openCpu(options: OpenCpuOptions = {}): CpuBackend {
  checkOptions("open cpu", options, optionRules);
  const features = detectWasmFeatures();
  if (!features.simd) {
    throw new DeviceError(
      "Cannot open cpu: WebAssembly needs 128-bit vectors: current engine has none",
    );
  }
  const shared = (options.sharedMemory ?? true) && features.threads &&
    typeof Worker !== "undefined";
  const wanted = threadCount(options.threads);
  const threads = shared ? wanted : 1;
  const fused = (options.relaxedSimd ?? true) && features.relaxedSimd;
  const { maximumBytes, checked = false } = options;
  return new CpuBackend({
    shared: shared && threads > 1,
    threads,
    fused,
    mainMaySleep: mainMaySleep(),
    checked,
    description: describe({ fused, threads, shared, wanted, checked }),
    ...(maximumBytes === undefined ? {} : { maximumBytes }),
  });
}

function threadCount(threads: number | undefined): number {
  if (threads === undefined) {
    return Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, MOST_DEFAULT_THREADS);
  }
  return threads;
}

function describe(
  { fused, threads, shared, wanted, checked }: {
    fused: boolean;
    checked: boolean;
    threads: number;
    shared: boolean;
    wanted: number;
  },
): string {
  const instructions = fused ? "WASM relaxed SIMD" : "WASM SIMD128";
  const reason = !shared && wanted > 1 ? " (no shared memory)" : "";
  const checks = checked ? ", checked" : "";
  return `${instructions}, ${threads} thread${threads === 1 ? "" : "s"}${reason}${checks}`;
}

/** Whether this thread may block. Browsers forbid it on a page's main thread. */
function mainMaySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

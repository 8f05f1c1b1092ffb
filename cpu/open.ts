/** Opens the CPU backend with the features of the host. */
import { checkOptions, type OptionRules } from "../graph/check_options.ts";
import { oneOf, optional, positiveWhole, trueOrFalse, wholeIn } from "../graph/check_value.ts";
import { counted } from "../graph/counted.ts";
import { DeviceError } from "../graph/errors.ts";
import { CpuBackend, type CpuConfiguration } from "./backend.ts";
import { INSTRUCTIONS, type NativeOption, nativeOptions } from "./native/native_option.ts";
import { openNative } from "./native/open_native.ts";
import { MOST_WORKERS } from "./runtime/layout.ts";
import type { VectorBytes } from "./native/registers.ts";
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
   * Whether to run matrix products and convolutions as machine code with 256-bit (`"avx2"`) or
   * 512-bit vectors (`"avx512"`), which takes a half to a quarter of the time. Results are bit-for-bit
   * identical to those of WebAssembly. It needs Deno on an x86-64 processor, and `--allow-ffi`.
   * That permission lets a program call any native code, so Deno's sandbox no longer protects
   * the machine from it.
   *
   * With `"auto"`, machine code is used if the permission has already been granted; nothing prompts
   * for it. `"off"` always runs WebAssembly. Default: `"auto"`.
   */
  readonly native?: NativeOption;
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
  native: optional(oneOf(nativeOptions)),
  checked: optional(trueOrFalse),
};

/**
 * Opens a backend that generates WebAssembly for each plan and runs it on several threads. If
 * memory cannot be shared, it uses one thread, which its description states. Results do not depend
 * on the number of threads, nor on whether machine code is used for some kernels; see
 * {@linkcode OpenCpuOptions.native}.
 *
 * With `checked: true`, a kernel that reads or writes outside its slots throws a
 * {@linkcode CheckError} naming the kernel, the slot, and the index.
 *
 * @throws {DeviceError} if the host's WebAssembly engine has no 128-bit vectors, or if `native` names
 * instructions that cannot be used
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
  const native = openNative(options.native ?? "auto", { fused, shared });
  const configuration: CpuConfiguration = {
    shared: shared && (threads > 1 || native !== undefined),
    threads,
    fused,
    mainMaySleep: mainMaySleep(),
    checked,
    native,
    description: describe({ fused, native, threads, shared, wanted, checked }),
    ...(maximumBytes === undefined ? {} : { maximumBytes }),
  };
  try {
    return new CpuBackend(configuration);
  } catch (error) {
    native?.[Symbol.dispose]();
    throw error;
  }
}

function threadCount(threads: number | undefined): number {
  if (threads === undefined) {
    return Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, MOST_DEFAULT_THREADS);
  }
  return threads;
}

function describe(
  { fused, native, threads, shared, wanted, checked }: {
    fused: boolean;
    native: { readonly vectorBytes: VectorBytes } | undefined;
    checked: boolean;
    threads: number;
    shared: boolean;
    wanted: number;
  },
): string {
  const instructions = fused ? "WASM relaxed SIMD" : "WASM SIMD128";
  const wide = native ? ` and ${INSTRUCTIONS[native.vectorBytes]}` : "";
  const missing = typeof Worker === "undefined" ? "workers" : "shared memory";
  const reason = !shared && wanted > 1 ? ` (no ${missing})` : "";
  const checks = checked ? ", checked" : "";
  return `${instructions}${wide}, ${counted(threads, "thread")}${reason}${checks}`;
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

import { checkOptions } from "../graph/check_options.ts";
import type { GpuBackend } from "./backend.ts";
import { type OpenGpuOptions, openGpuRules } from "./open_options.ts";
import { profileRules } from "./profile_rules.ts";
import { withRuntimeDirectory } from "./runtime_directory.ts";

/**
 * Opens the WebGPU backend. Resolves to `null` if there is no adapter; `whyNoAdapter` says why.
 *
 * @throws {DeviceError} if the adapter does not provide a device.
 */
export async function openGpu(options: OpenGpuOptions = {}): Promise<GpuBackend | null> {
  checkOptions("open gpu", options, openGpuRules);
  checkOptions("open gpu", options.profile ?? {}, profileRules);
  const { powerPreference = "high-performance" } = options;
  const gpu = webGpu();
  const adapter = await withRuntimeDirectory(async () =>
    await gpu?.requestAdapter({ powerPreference })
  );
  if (!adapter) return null;
  const { openAdapter } = await import("./open_adapter.ts"); // only now, because it is large
  return await openAdapter(adapter, options);
}

/**
 * Says why `openGpu` resolved to `null`, such as "there is no WebGPU adapter".
 */
export function whyNoAdapter(): string {
  if (webGpu()) return "there is no WebGPU adapter";
  const page: object = globalThis;
  return "isSecureContext" in page && page.isSecureContext === false
    ? "the page must be served over HTTPS or from localhost: browsers have no WebGPU elsewhere"
    : "this browser or runtime has no WebGPU";
}

/** Node 20 has no navigator, and some browsers have no WebGPU. */
function webGpu(): GPU | undefined {
  const { navigator }: { readonly navigator?: { readonly gpu?: GPU } } = globalThis;
  return navigator?.gpu;
}

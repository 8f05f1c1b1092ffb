import { DeviceError } from "../graph/errors.ts";
import { inScope, typedError } from "./device_failures.ts";
import type { Launch } from "./launch.ts";
import { turnLayout } from "./turns.ts";
import type { SlotBinding } from "./wgsl/slot_access.ts";

/**
 * Number of unused pipelines to keep (the most recently used ones), so that a loop of eager runs
 * creates each of its pipelines only once. WebGPU has no way to destroy a pipeline: a dropped
 * pipeline is freed when it is garbage-collected, as far as the driver supports it. Mesa's lavapipe
 * 22.3 leaks about 60 KB for every small pipeline.
 */
export const MOST_UNUSED_PIPELINES = 64;

/** What a pipeline is created from. */
export type Shader =
  & Pick<Launch, "label" | "source">
  & Partial<Pick<Launch, "bindings" | "turns">>;

/** A compute pipeline and the layout of the bind group of its slots. */
export interface LaunchPipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Keeps a pipeline in use until disposed. */
export interface PipelineLease extends Disposable {
  readonly ready: Promise<LaunchPipeline>;
}

interface Entry {
  readonly ready: Promise<LaunchPipeline>;
  users: number;
}

/**
 * Caches the pipelines of a device: one per distinct shader that is in use or was used recently.
 */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #used = new Map<string, Entry>();
  /** Unused entries, least recently used first. */
  readonly #unused = new Map<string, Entry>();
  /** By number of turns. */
  readonly #turnLayouts = new Map<number, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The layout of the bind group that holds the numbers of so many turns. */
  turnLayout(count: number): GPUBindGroupLayout {
    const layout = this.#turnLayouts.get(count) ?? turnLayout(this.#device, count);
    this.#turnLayouts.set(count, layout);
    return layout;
  }

  /** Returns the pipeline of a launch. Creates it unless one with the same shader is cached. */
  lease(launch: Shader): PipelineLease {
    const { source } = launch;
    const entry = this.#used.get(source) ?? this.#unused.get(source) ?? this.#make(launch);
    this.#unused.delete(source);
    this.#used.set(source, entry);
    entry.users++;
    let isDisposed = false;
    return {
      ready: entry.ready,
      [Symbol.dispose]: () => {
        if (!isDisposed) this.#release(source, entry);
        isDisposed = true;
      },
    };
  }

  #make(launch: Shader): Entry {
    const entry = { ready: this.#create(launch), users: 0 };
    // A failed compilation is not cached; the next request tries again.
    entry.ready.catch(() => this.#forget(launch.source, entry));
    return entry;
  }

  /** A derived layout has no offsets, so a shader that reads turns needs one of its own. */
  #layoutOf({ label, bindings = [], turns = 0 }: Shader): GPUPipelineLayout | "auto" {
    if (turns === 0) return "auto";
    const slots = this.#device.createBindGroupLayout({ label, entries: bindings.map(slotLayout) });
    const bindGroupLayouts = [slots, this.turnLayout(turns)];
    return this.#device.createPipelineLayout({ label, bindGroupLayouts });
  }

  #release(source: string, entry: Entry): void {
    if (--entry.users > 0 || this.#used.get(source) !== entry) return;
    this.#used.delete(source);
    this.#unused.set(source, entry);
    if (this.#unused.size <= MOST_UNUSED_PIPELINES) return;
    for (const oldest of this.#unused.keys()) {
      this.#unused.delete(oldest);
      break;
    }
  }

  #forget(source: string, entry: Entry): void {
    for (const entries of [this.#used, this.#unused]) {
      if (entries.get(source) === entry) entries.delete(source);
    }
  }

  async #create(shader: Shader): Promise<LaunchPipeline> {
    const { label, source } = shader;
    const device = this.#device;
    const action = `compile kernel "${label}"`;
    const { made: { module, pending }, error } = inScope(device, action, () => {
      const module = device.createShaderModule({ label, code: source });
      // Browsers compile these at the same time, off the main thread.
      const pending = device.createComputePipelineAsync({
        label,
        layout: this.#layoutOf(shader),
        compute: { module },
      });
      pending.catch(() => {}); // awaited below
      return { module, pending };
    });
    const found = await error;
    if (found) throw await withCompilerMessage(found, module);
    try {
      const pipeline = await pending;
      return { pipeline, layout: pipeline.getBindGroupLayout(0) };
    } catch (cause) {
      const failure = typedError(cause, action);
      throw failure instanceof DeviceError ? await withCompilerMessage(failure, module) : failure;
    }
  }
}

function slotLayout({ written }: SlotBinding, binding: number): GPUBindGroupLayoutEntry {
  const type = written ? "storage" : "read-only-storage";
  return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } };
}

async function withCompilerMessage(
  error: DeviceError,
  module: GPUShaderModule,
): Promise<DeviceError> {
  const info = await module.getCompilationInfo();
  const first = info.messages.find(({ type }) => type === "error");
  if (!first || error.message.includes(first.message)) return error;
  const where = `line ${first.lineNum}, column ${first.linePos}`;
  return new DeviceError(`${error.message}\n${where}: ${first.message}`);
}

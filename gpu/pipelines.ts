import { DeviceError } from "../graph/errors.ts";
import { inScope } from "./device_failures.ts";
import type { Launch } from "./launch.ts";

/** A compute pipeline and the layout of its only bind group. */
export interface LaunchPipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** The pipelines of a device, one for each distinct shader. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #bySource = new Map<string, Promise<LaunchPipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The pipeline of a launch, made now if no launch before had the same shader. */
  get(launch: Launch): Promise<LaunchPipeline> {
    const known = this.#bySource.get(launch.source);
    if (known) return known;
    const made = this.#create(launch);
    this.#bySource.set(launch.source, made);
    made.catch(() => this.#bySource.delete(launch.source));
    return made;
  }

  async #create({ label, source }: Launch): Promise<LaunchPipeline> {
    const device = this.#device;
    let module: GPUShaderModule | undefined;
    const { made: pipeline, error } = inScope(device, `compile kernel "${label}"`, () => {
      module = device.createShaderModule({ label, code: source });
      return device.createComputePipeline({ label, layout: "auto", compute: { module } });
    });
    const found = await error;
    if (found) throw await withCompilerMessage(found, module);
    return { pipeline, layout: pipeline.getBindGroupLayout(0) };
  }
}

async function withCompilerMessage(
  error: DeviceError,
  module: GPUShaderModule | undefined,
): Promise<DeviceError> {
  const info = await module?.getCompilationInfo();
  const first = info?.messages.find(({ type }) => type === "error");
  if (!first || error.message.includes(first.message)) return error;
  const where = `line ${first.lineNum}, column ${first.linePos}`;
  return new DeviceError(`${error.message}\n${where}: ${first.message}`);
}

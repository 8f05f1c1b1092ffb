/**
 * The ceiling of a GPU: multiply-adds on registers, and a copy that no cache holds.
 * @module
 */
import type { Ceiling } from "./ceiling.ts";
import type { TimedGpu } from "./gpu_clock.ts";
import { type Effort, measure, runsForSample, type Timed } from "./measure.ts";

const WORKGROUP = 256;

/** Invocations and independent chains of vec4s: enough to hide the latency of any GPU. */
const INVOCATIONS = 2 ** 18;
const CHAINS = 8;
/** Steps of each chain in a trip of the loop. */
const UNROLLED = 4;
/** Floating-point operations of a trip in all invocations: 2 for each element of a vec4. */
const FLOPS_PER_TRIP = INVOCATIONS * CHAINS * UNROLLED * 8;
/** Mesa before 25 stops a loop after 65,535 trips. */
const MOST_TRIPS = 2 ** 14;

/** The largest buffer that every device can bind. */
const COPIED_BYTES = 2 ** 27;

/** Milliseconds that the multiply-adds should take, to compare the clocks of GPU and host. */
const CALIBRATION = 40;

/** Measures both peak rates as the fastest sample. Calibrates the GPU's clock. */
export async function measureGpuCeiling(gpu: TimedGpu, effort: Effort): Promise<Ceiling> {
  using jobs = new Jobs(gpu);
  let [trips, more] = [0, 16];
  while (trips !== more && more <= MOST_TRIPS) {
    trips = more;
    const milliseconds = await shortest(gpu, jobs.multiplyAdds(trips), effort);
    more = Math.min(MOST_TRIPS, runsForSample(trips, { milliseconds, target: CALIBRATION }));
  }
  const chains = jobs.multiplyAdds(trips);
  await gpu.clock?.calibrate(chains);
  return {
    gflops: FLOPS_PER_TRIP * trips / await shortest(gpu, chains, effort) / 1e6,
    gigabytes: 2 * COPIED_BYTES / await shortest(gpu, jobs.copy(), effort) / 1e6,
  };
}

/** The shortest time in milliseconds, by the GPU's clock if it has one. */
async function shortest({ clock }: TimedGpu, job: Timed, effort: Effort): Promise<number> {
  if (!clock) return (await measure(job, effort)).min;
  const run = () => {
    for (let i = 0; i < effort.samples; i++) job.run();
  };
  return Math.min(...(await clock.time(run)).times);
}

/** Kernels that only this file needs, on the device of a backend. */
class Jobs implements Disposable {
  readonly #gpu: TimedGpu;
  readonly #stack = new DisposableStack();

  constructor(gpu: TimedGpu) {
    this.#gpu = gpu;
  }

  /** Chains of multiply-adds. Factors and trips come from a buffer, so nothing is precomputed. */
  multiplyAdds(trips: number): Timed {
    const names = Array.from({ length: CHAINS }, (_, i) => `x${i}`);
    const step = names.map((name) => `    ${name} = fma(${name}, a, b);\n`).join("");
    const code = `
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = source[0];
  let b = source[1];
  let trips = u32(source[2].x);
${names.map((name, i) => `  var ${name} = b * ${i}.0;\n`).join("")}
  for (var i = 0u; i < trips; i++) {
${step.repeat(UNROLLED)}  }
  result[id.x] = ${names.join(" + ")};
}`;
    const values = Float32Array.of(
      ...Array(4).fill(0.999),
      ...Array(4).fill(0.001),
      trips,
      0,
      0,
      0,
    );
    const buffers = [this.#buffer(values.byteLength, values), this.#buffer(16 * INVOCATIONS)];
    return this.#job(code, buffers, INVOCATIONS / WORKGROUP);
  }

  /** A copy of one buffer to another, a vec4 in each invocation. */
  copy(): Timed {
    const code = `
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  result[id.x] = source[id.x];
}`;
    const buffers = [this.#buffer(COPIED_BYTES), this.#buffer(COPIED_BYTES)];
    return this.#job(code, buffers, COPIED_BYTES / 16 / WORKGROUP);
  }

  #buffer(size: number, values?: Float32Array<ArrayBuffer>): GPUBuffer {
    const { device } = this.#gpu;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ label: "ceiling", size, usage });
    if (values) device.queue.writeBuffer(buffer, 0, values);
    return this.#stack.adopt(buffer, () => buffer.destroy());
  }

  #job(code: string, buffers: readonly GPUBuffer[], workgroups: number): Timed {
    const { device, backend } = this.#gpu;
    const module = device.createShaderModule({ label: "ceiling", code });
    const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const marker = this.#stack.use(backend.allocate({ dtype: "f32", shape: [1] }, "wait"));
    return {
      run() {
        const encoder = device.createCommandEncoder({ label: "ceiling" });
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(workgroups);
        pass.end();
        device.queue.submit([encoder.finish()]);
      },
      wait: async () => void await backend.read([marker]),
    };
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

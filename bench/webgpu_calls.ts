/**
 * Counts calls to WebGPU by temporarily wrapping methods of its classes.
 * @module
 */

const none = {
  dispatches: 0,
  submits: 0,
  passes: 0,
  bindGroups: 0,
  buffers: 0,
  bufferWrites: 0,
  maps: 0,
};

/** Number of calls, by kind. */
export type WebGpuCalls = typeof none;

type Method = [prototype: object, name: string, counter: keyof WebGpuCalls];

function methods(): Method[] {
  return [
    [GPUComputePassEncoder.prototype, "dispatchWorkgroups", "dispatches"],
    [GPUQueue.prototype, "submit", "submits"],
    [GPUQueue.prototype, "writeBuffer", "bufferWrites"],
    [GPUCommandEncoder.prototype, "beginComputePass", "passes"],
    [GPUDevice.prototype, "createBindGroup", "bindGroups"],
    [GPUDevice.prototype, "createBuffer", "buffers"],
    [GPUBuffer.prototype, "mapAsync", "maps"],
  ];
}

/** Runs `work` and counts its WebGPU calls, on all devices. */
export function countWebGpuCalls(work: () => void): WebGpuCalls {
  const calls = { ...none };
  const restore = methods().map(([prototype, name, counter]) => {
    const original: unknown = Reflect.get(prototype, name);
    if (typeof original !== "function") throw new Error(`Internal: WebGPU has no ${name}`);
    Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]): unknown {
      calls[counter]++;
      return Reflect.apply(original, this, args);
    });
    return () => Reflect.set(prototype, name, original);
  });
  try {
    work();
  } finally {
    restore.forEach((undo) => undo());
  }
  return calls;
}

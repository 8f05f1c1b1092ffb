/** Loops in loops on a GPU. The conformance tests have their values and gradients. */
import { assertEquals, assertRejects } from "@std/assert";
import { compile, f32, scan, type Tensor, zeros } from "../../autograd/mod.ts";
import { DeviceError } from "../../graph/mod.ts";
import { gpuTest } from "./_adapter.ts";
import { openWithDevice } from "./_device.ts";

/** Adds the rows of x [lengths…, 2] in as many loops as there are lengths. */
function sumOfRows(x: Tensor, start: Tensor): Tensor {
  if (x.rank === 1) return start.add(x);
  return scan((sum, rows: Tensor) => [sumOfRows(rows, sum), undefined], start, x)[0];
}

gpuTest("loops in loops have as many pipelines, whatever their lengths", async () => {
  const counts: number[] = [];
  for (const lengths of [[2, 3], [7, 5]]) {
    const { gpu, device } = await openWithDevice(); // a new one, which has no pipelines yet
    using _gpu = gpu;
    const create = device.createComputePipelineAsync.bind(device);
    let made = 0;
    Object.defineProperty(device, "createComputePipelineAsync", {
      value: (descriptor: GPUComputePipelineDescriptor) => (made++, create(descriptor)),
    });
    using step = await compile({ x: f32([...lengths, 2]) }, ({ x }) => ({
      outputs: { sum: sumOfRows(x, zeros([2])) },
    }), { backend: gpu });
    const rows = lengths[0]! * lengths[1]!;
    step.run({ x: Float32Array.from({ length: 2 * rows }, (_, i) => i) });
    const { sum } = await step.read();
    assertEquals([...sum], [rows * (rows - 1), rows * rows]);
    counts.push(made);
  }
  assertEquals(counts[1], counts[0]);
});

gpuTest("loops are nested as deep as the device allows, and refused if deeper", async () => {
  const { gpu, device } = await openWithDevice();
  using _gpu = gpu;
  const most = device.limits.maxDynamicUniformBuffersPerPipelineLayout;
  const sums = (depth: number) =>
    compile({ x: f32([...new Array<number>(depth - 1).fill(1), 3, 2]) }, ({ x }) => ({
      outputs: { sum: sumOfRows(x, zeros([2])) },
    }), { backend: gpu });
  using step = await sums(most);
  step.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6) });
  assertEquals([...(await step.read()).sum], [9, 12]);
  await assertRejects(() => sums(most + 1), DeviceError, `nested ${most} deep`);
});

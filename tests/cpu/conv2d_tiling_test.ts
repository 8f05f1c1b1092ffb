import { assert, assertEquals } from "@std/assert";
import type { Conv2dEpilogue } from "../../cpu/conv2d/epilogue.ts";
import { GatherEmitter, planGather } from "../../cpu/conv2d/gather.ts";
import { forwardGather, inputGradientGather } from "../../cpu/conv2d/geometry.ts";
import { planWeightGradient, WeightGradientEmitter } from "../../cpu/conv2d/weight_gradient.ts";
import type { UnitParams } from "../../cpu/loops/epilogue.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import type { FunctionBuilder } from "../../cpu/wasm/function_builder.ts";
import { elementCount, rowMajorStrides, type Shape } from "../../graph/mod.ts";
import { SUMMED } from "../gpu/_plans.ts";
import { randomFloats } from "../gpu/_random.ts";
import { assertAllClose } from "../support/close.ts";
import { conv2dSums, type Layer, type Role, roles, shapesOf, sizesOf } from "./_conv2d.ts";

const PAGES = 64;
const GUARD = 12345.5;

/** Adds each sum to the result, so that a sum that is computed twice is noticed. */
function addingEpilogue(shape: Shape): Conv2dEpilogue {
  const strides = rowMajorStrides(shape);
  return {
    paramCount: 1,
    emit: (f, { sums, ranges, params }) => {
      const walk = (axis: number, [from, to]: readonly [typeof sums, typeof sums]): void => {
        const range = ranges[axis];
        if (!range) {
          f.get(to, to).memory("f32.load").get(from).memory("f32.load").op("f32.add");
          f.memory("f32.store");
          return;
        }
        const [position, source, target] = f.locals("i32", 3);
        f.for(position, range.from, range.to, 1, () => {
          f.get(from, position).push(range.from).op("i32.sub").i32(range.sumBytes);
          f.op("i32.mul", "i32.add").set(source);
          f.get(to, position).i32(4 * strides[axis]!).op("i32.mul", "i32.add").set(target);
          walk(axis + 1, [source, target]);
        });
      };
      walk(0, [sums, params[0]!]);
    },
  };
}

/** Overrides of the tiling of one of the sums. */
type Tiling = Readonly<Record<string, number | boolean>>;

function generate(role: Role, layer: Layer, tiling: Tiling) {
  const sizes = sizesOf(layer);
  const shapes = shapesOf(role, sizes);
  const options = { relaxed: false, epilogue: addingEpilogue(shapes[2]) };
  if (role === "weightGradient") {
    const plan = planWeightGradient(sizes, { tiling });
    const emit = (f: FunctionBuilder, params: UnitParams): void =>
      new WeightGradientEmitter(f, plan, options, params).emit();
    return { sizes, shapes, plan, emit };
  }
  const gather = role === "forward" ? forwardGather(sizes) : inputGradientGather(sizes);
  const plan = planGather(gather, { tiling });
  const emit = (f: FunctionBuilder, params: UnitParams): void =>
    new GatherEmitter(f, plan, options, params).emit();
  return { sizes, shapes, plan, emit };
}

/** The sums of the units in the given ranges, over operands off the 16-byte grid. */
function prepare(role: Role, layer: Layer, tiling: Tiling) {
  const { sizes, shapes, plan, emit } = generate(role, layer, tiling);
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: PAGES,
    maximumPages: PAGES,
  });
  const params = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;
  module.function("run", { params, exported: true }, (f, a, b, scratch, from, to, out) => {
    emit(f, { a, b, scratch, unitFrom: from, unitTo: to, extra: [out] });
  });
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory },
  });
  const call = exports["run"];
  if (typeof call !== "function") throw new Error("Internal: no export");
  const values = new Float32Array(memory.buffer);
  const operands = shapes.slice(0, 2).map((shape, i) => randomFloats(shape, i + 3).data);
  const a = 1, b = a + elementCount(shapes[0]), out = b + elementCount(shapes[1]);
  const end = out + elementCount(shapes[2]);
  const scratch = 4 * Math.ceil((end + 4) / 4);
  const scratchEnd = scratch + plan.scratchByteLength / 4;
  assert(4 * scratchEnd + 16 <= PAGES * 65536);
  const run = (ranges: readonly (readonly [number, number])[]) => {
    values.fill(NaN);
    values.set(operands[0]!, a);
    values.set(operands[1]!, b);
    values.fill(0, out, end);
    values.fill(GUARD, end, end + 1);
    values.fill(GUARD, scratchEnd, scratchEnd + 4);
    for (const [from, to] of ranges) call(4 * a, 4 * b, 4 * scratch, from, to, 4 * out);
    assertEquals(values[end], GUARD, "wrote past the end of the result");
    assertEquals([...values.slice(scratchEnd, scratchEnd + 4)], Array(4).fill(GUARD));
    return values.slice(out, end);
  };
  return { plan, run, expected: conv2dSums(role, sizes, [operands[0]!, operands[1]!]) };
}

const layers: readonly Layer[] = [
  { images: [5, 5, 9, 10], outputs: 11, kernel: [3, 3], padding: [1, 1] },
  { images: [3, 11, 8, 7], outputs: 9, kernel: [3, 2], padding: [2, 0], stride: [2, 2] },
  { images: [3, 6, 7, 9], outputs: 18, kernel: [3, 3], padding: [1, 2], groups: 2 },
  { images: [4, 10, 5, 5], outputs: 13, kernel: [2, 2] },
];

const tilings: Readonly<Record<"gather" | "weight", readonly Tiling[]>> = {
  gather: [
    {},
    { imagesPerUnit: 2, channelsPerUnit: 8 },
    { imagesPerUnit: 1, rowsPerUnit: 3, channelsPerUnit: 4 },
    { imagesPerUnit: 1, rowsPerUnit: 1 },
  ],
  weight: [
    {},
    { imagesPerBlock: 2 },
    { imagesPerBlock: 1, linesPerBlock: 3 },
    { imagesPerBlock: 1, linesPerBlock: 1 },
  ],
};

for (const role of roles) {
  for (const layer of layers) {
    const name = `${role} of [${layer.images}] to ${layer.outputs}`;
    Deno.test(`${name} is the same under every tiling and partition`, () => {
      for (const tiling of tilings[role === "weightGradient" ? "weight" : "gather"]) {
        const { plan: { unitCount }, run, expected } = prepare(role, layer, tiling);
        const whole = run([[0, unitCount]]);
        assertAllClose(whole, expected, SUMMED, JSON.stringify(tiling));
        const single = Array.from({ length: unitCount }, (_, unit) => [unit, unit + 1] as const);
        assertEquals(run(single), whole);
        assertEquals(run(single.toReversed()), whole);
        assertEquals(
          run([[Math.min(3, unitCount), unitCount], [0, Math.min(3, unitCount)]]),
          whole,
        );
      }
    });
  }
}

/** ONNX files by PyTorch's exporter, and what PyTorch computes with them: make_onnx_goldens.py. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { compile, evaluate, type Tensor, tensor, type Variable } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { importOnnx, type NamedTensors, type OnnxModule } from "../../onnx/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { goldenFile } from "./golden.ts";

/** A tensor whose elements are in base64. */
interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}

/** What PyTorch computes with a model of a file. */
export interface OnnxCase {
  readonly name: string;
  readonly runs: readonly {
    readonly inputs: Readonly<Record<string, Packed>>;
    readonly outputs: Readonly<Record<string, Packed>>;
  }[];
  readonly rate: number;
  readonly losses: readonly number[];
}

/** All files. */
export const onnxCases: readonly OnnxCase[] =
  goldenFile<{ readonly cases: readonly OnnxCase[] }>("torch_onnx.json").cases;

/** A model from its file. */
export function imported(name: string): OnnxModule {
  // a buffer in PyTorch; a file does not tell it from a weight
  const constants = name.startsWith("yolo") ? ["anchor_grid"] : [];
  return importOnnx(Deno.readFileSync(new URL(`onnx/${name}.onnx`, import.meta.url)), {
    constants,
  });
}

const bytesOf = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Inputs are bytes: whole numbers, or thirty-seconds from −4 on. */
function inputsOf(model: OnnxModule, packed: Readonly<Record<string, Packed>>): NamedTensors {
  return Object.fromEntries(model.inputs.map(({ name, dtype }) => {
    const { shape, data } = packed[name]!;
    const codes = bytesOf(data);
    const values = dtype === "f32"
      ? Float32Array.from(codes, (code) => (code - 128) / 32)
      : Int32Array.from(codes);
    return [name, tensor(values, shape)];
  }));
}

/** The largest difference, relative to the largest value. */
function differenceOf(found: ArrayLike<number>, { data }: Packed): number {
  const wanted = new Float32Array(bytesOf(data).buffer);
  assertEquals(found.length, wanted.length);
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0) /
    largest;
}

/** Checks the outputs for batches of two sizes. */
export async function checkOutputs({ name, runs }: OnnxCase, backend: Backend): Promise<void> {
  using model = imported(name);
  for (const { inputs, outputs } of runs) {
    const results = model.run(inputsOf(model, inputs));
    assertEquals(Object.keys(results), Object.keys(outputs));
    const values = await evaluate(Object.values(results), { backend });
    Object.entries(outputs).forEach(([output, wanted], i) => {
      assertEquals(results[output]!.shape, wanted.shape, output);
      assertLess(differenceOf(values[i]!, wanted), 1e-5, `${name}: ${output}`);
    });
  }
}

/** Checks the losses of some steps of SGD. */
export async function checkTraining({ name, runs, rate, losses }: OnnxCase, backend: Backend) {
  using model = imported(name);
  const inputs = inputsOf(model, runs.at(-1)!.inputs);
  using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: rate }));
  using step = await compile({}, () => {
    const updates = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void updates.set(variable, next);
    const [output] = Object.values(model.run(inputs, { training: true, record }));
    const loss = output!.square().mean().mul(0.5); // as in the script
    return { outputs: { loss }, updates: new Map([...updates, ...optimizer.minimize(loss)]) };
  }, { backend });
  for (const wanted of losses) {
    step.run({});
    const { loss } = await step.read();
    assertLess(Math.abs(loss[0]! / wanted - 1), 1e-4, name);
  }
  assert(losses.at(-1)! < losses[0]!, "the loss must fall");
}

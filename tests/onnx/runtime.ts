/** Runs exported models in onnxruntime-web, the other side of the format. */
// Its 140 MB are for this test alone: named in deno.json, every first command would fetch them.
// deno-lint-ignore no-import-prefix
import * as ort from "npm:onnxruntime-web@^1.30.0";
import type { HostArray } from "../../graph/mod.ts";
import { encodeOnnxModel } from "../../onnx/mod.ts";

ort.env.wasm.numThreads = 1; // no worker may outlive a test
ort.env.logLevel = "error";

// the runtime opens a message port when it is first used, and keeps it: not the leak of a test
const value = { dtype: "f32", shape: [1] } as const;
const nothing = await ort.InferenceSession.create(encodeOnnxModel({
  name: "nothing",
  nodes: [{ op: "Identity", name: "same", inputs: ["x"], output: "y", attributes: {} }],
  initializers: [],
  inputs: [{ name: "x", ...value }],
  outputs: [{ name: "y", ...value }],
  metadata: new Map(),
}));
await nothing.release();

/** A value that goes in or comes out. */
export interface RuntimeValue {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Runs a model with one input and one output. */
export async function runOnnx(
  file: Uint8Array,
  input?: { readonly shape: readonly number[]; readonly data: HostArray },
): Promise<RuntimeValue> {
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: "disabled" });
  try {
    const name = session.inputNames[0];
    const feeds = name === undefined || !input ? {} : { [name]: tensorOf(input.data, input.shape) };
    const results = await session.run(feeds);
    const { data, dims } = results[session.outputNames[0]!]!;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      return { dims, data: [...data].map(Number) };
    }
    if (Array.isArray(data)) throw new Error("texts came out of a model");
    return { dims, data };
  } finally {
    await session.release();
  }
}

function tensorOf(data: HostArray, shape: readonly number[]): ort.Tensor {
  if (data instanceof Float32Array) return new ort.Tensor("float32", data, shape);
  if (data instanceof Int32Array) return new ort.Tensor("int32", data, shape);
  if (data instanceof Uint32Array) return new ort.Tensor("uint32", data, shape);
  return new ort.Tensor("uint8", data, shape);
}

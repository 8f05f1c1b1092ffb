/**
 * onnxruntime-web in a process of its own: its 140 MB are fetched when the tests of exported models
 * run, while a package named in deno.json or its lock is fetched by everybody's first command. Reads
 * a request a line, answers each with a line.
 */
import { TextLineStream } from "./text_lines.ts";

/** A tensor as text: its bytes are in base64. */
export interface WireTensor {
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: string;
}

/** A model to run. */
export interface WireRequest {
  readonly model: string;
  readonly inputs: Readonly<Record<string, WireTensor>> | WireTensor | null;
}

/** What came out, or what went wrong. */
export type WireAnswer =
  | { readonly outputs: Readonly<Record<string, WireTensor>> }
  | { readonly error: string };

/** The part of onnxruntime-web that is used. */
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number }; logLevel: string };
  readonly Tensor: new (
    type: string,
    data: ArrayBufferView,
    dims: readonly number[],
  ) => RuntimeTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: { graphOptimizationLevel: string }): Promise<Session>;
  };
}
interface RuntimeTensor {
  readonly type: string;
  readonly data: ArrayBufferView;
  readonly dims: readonly number[];
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>>;
  release(): Promise<void>;
}

/** Bytes as text. */
export function toBase64(view: ArrayBufferView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return btoa(text);
}

/** Text as bytes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

const arrays: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = {
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int64: BigInt64Array,
};

async function answer(ort: Runtime, { model, inputs }: WireRequest): Promise<WireAnswer> {
  const session = await ort.InferenceSession.create(fromBase64(model), {
    graphOptimizationLevel: "disabled",
  });
  const tensorOf = ({ type, bytes, shape }: WireTensor) =>
    new ort.Tensor(type, new arrays[type]!(fromBase64(bytes).buffer), shape);
  try {
    const [name] = session.inputNames;
    // a single tensor is for the only input, if there is one
    const named = !inputs
      ? {}
      : !isTensor(inputs)
      ? inputs
      : name === undefined
      ? {}
      : { [name]: inputs };
    const feeds = Object.entries(named).map(([key, tensor]) => [key, tensorOf(tensor)]);
    const results = await session.run(Object.fromEntries(feeds));
    const outputs = session.outputNames.map((key) => {
      const { type, data, dims } = results[key]!;
      return [key, { type, shape: dims, bytes: toBase64(data) }];
    });
    return { outputs: Object.fromEntries(outputs) };
  } finally {
    await session.release();
  }
}

function isTensor(inputs: NonNullable<WireRequest["inputs"]>): inputs is WireTensor {
  return typeof inputs.bytes === "string";
}

if (import.meta.main) {
  // not written as a plain import: it would be part of the graph that the lock covers
  const name = Deno.args[0]!;
  const ort: Runtime = await import(name);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  console.log("ready");
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const reply = await answer(ort, JSON.parse(line)).catch((error) => ({ error: String(error) }));
    console.log(JSON.stringify(reply));
  }
}

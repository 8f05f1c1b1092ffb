/** Runs exported models in onnxruntime-web, the other side of the format. */
import type { HostArray } from "../../graph/mod.ts";
import {
  fromBase64,
  toBase64,
  type WireAnswer,
  type WireRequest,
  type WireTensor,
} from "./runtime_process.ts";
import { TextLineStream } from "./text_lines.ts";

const PACKAGE = "npm:onnxruntime-web@1.30.0";

// opened when the file is loaded and kept until the end: not the leak of a test
const child = new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "--quiet", "--no-lock", "--no-config", "--no-check", "-A"],
    new URL("runtime_process.ts", import.meta.url).href,
    PACKAGE,
  ],
  stdin: "piped",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
const requests = child.stdin.getWriter();
const answers = child.stdout.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream()).getReader();
addEventListener("unload", () => child.kill());
if ((await answers.read()).value !== "ready") {
  throw new Error(`${PACKAGE} could not be loaded: npm packages must be reachable`);
}

/** A value that comes out. */
export interface RuntimeValue {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A value that goes in. */
export interface RuntimeInput {
  readonly shape: readonly number[];
  readonly data: HostArray;
  /** Default: that of the array. */
  readonly type?: "int64" | "bool";
}

/** Runs a model with one input and one output. */
export async function runOnnx(file: Uint8Array, input?: RuntimeInput): Promise<RuntimeValue> {
  const outputs = await ask({ model: toBase64(file), inputs: input ? wired(input) : null });
  return Object.values(outputs)[0]!;
}

/** Runs a model with several inputs and outputs. */
export function runOnnxNamed(
  file: Uint8Array,
  inputs: Readonly<Record<string, RuntimeInput>>,
): Promise<Readonly<Record<string, RuntimeValue>>> {
  const named = Object.entries(inputs).map(([name, input]) => [name, wired(input)]);
  return ask({ model: toBase64(file), inputs: Object.fromEntries(named) });
}

async function ask(request: WireRequest): Promise<Readonly<Record<string, RuntimeValue>>> {
  await requests.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  const { value } = await answers.read();
  if (value === undefined) throw new Error("onnxruntime stopped");
  const answer: WireAnswer = JSON.parse(value);
  if ("error" in answer) throw new Error(answer.error);
  const values = Object.entries(answer.outputs).map(([name, { type, shape, bytes }]) => [
    name,
    { dims: shape, data: numbersOf(type, fromBase64(bytes).buffer) },
  ]);
  return Object.fromEntries(values);
}

function wired({ shape, data, type }: RuntimeInput): WireTensor {
  const bytes = type === "int64" ? BigInt64Array.from(data, BigInt) : data;
  return { type: type ?? typeOf(data), shape, bytes: toBase64(bytes) };
}

function typeOf(data: HostArray): string {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  return data instanceof Uint32Array ? "uint32" : "uint8";
}

function numbersOf(type: string, buffer: ArrayBuffer): ArrayLike<number> {
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int64":
      return [...new BigInt64Array(buffer)].map(Number);
    case "bool":
    case "uint8":
      return new Uint8Array(buffer);
    default:
      throw new Error(`a tensor of ${type} came out of a model`);
  }
}

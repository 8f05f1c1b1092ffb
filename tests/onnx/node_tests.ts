/** Runs the tests of operators that ONNX ships: Debian's package `libonnx-testdata`. */
import { evaluate, type Tensor, tensor, Variable } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { decodeOnnxModel, importOnnx, OnnxError, type OnnxModule } from "../../onnx/mod.ts";
import { decodeTensor } from "../../onnx/file/decode_tensor.ts";
import type { OnnxInitializer, OnnxModel, OnnxValue } from "../../onnx/file/model.ts";
import { rowFor } from "../../onnx/import/rows/mod.ts";
import { dtypeHere, elementsHere } from "../../onnx/import/values.ts";

/** Where the package keeps its tests. */
export const FOLDER = "/usr/share/libonnx-testdata/data";

/** What came of a test. */
export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "wrong"; readonly reason: string };

/** A test: a model, its inputs, and its expected outputs. */
export interface NodeTest {
  /** Name of the test's folder. */
  readonly name: string;
  /** Type of the operator under test; for a test of several operators, the name of the test. */
  readonly operator: string;
  /** Runs it. */
  run(backend: Backend): Promise<Outcome>;
}

/** Finds the tests of a kind, such as `node`; none if the package is not installed. */
export function nodeTests(kind: string): NodeTest[] {
  try {
    const names = [...Deno.readDirSync(`${FOLDER}/${kind}`)].map(({ name }) => name).sort();
    return names.map((name) => testOf(`${FOLDER}/${kind}/${name}`, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function testOf(folder: string, name: string): NodeTest {
  const file = Deno.readFileSync(`${folder}/model.onnx`);
  return { name, operator: operatorOf(file, name), run: (backend) => run(file, folder, backend) };
}

/** Expanded tests replace an operator by others: they are tests of the operator as well. */
function operatorOf(file: Uint8Array, name: string): string {
  const types = (file: Uint8Array) => [...new Set(decodeOnnxModel(file).nodes.map(({ op }) => op))];
  try {
    const plain = `${FOLDER}/node/${name.replace(/_expanded.*$/, "")}/model.onnx`;
    const own = types(name.includes("_expanded") ? Deno.readFileSync(plain) : file);
    return own.length === 1 ? own[0]! : own.filter((type) => type !== "Constant").at(-1) ?? name;
  } catch (error) {
    if (error instanceof OnnxError) return "(inputs that are no tensors)";
    throw error;
  }
}

async function run(file: Uint8Array, folder: string, backend: Backend): Promise<Outcome> {
  try {
    const model = importOnnx(file);
    const data = `${folder}/test_data_set_0`;
    const plain = decodeOnnxModel(file);
    const bound = bind(model, plain, readAll(data, "input", plain.inputs));
    const outputs = readAll(data, "output", plain.outputs);
    const results = model.run(bound);
    const names = model.outputs.filter((_, i) => outputs[i]);
    const values = await evaluate(names.map((name) => results[name]!), { backend });
    for (const variable of [...Object.values(bound), ...model.state().values()]) {
      if (variable instanceof Variable) variable[Symbol.dispose]();
    }
    for (const [i, name] of names.entries()) {
      const reason = difference(results[name]!, values[i]!, outputs[i]!);
      if (reason) return { kind: "wrong", reason: `${name}: ${reason}` };
    }
    return { kind: "passed" };
  } catch (error) {
    if (error instanceof OnnxError) return { kind: "refused", reason: error.message };
    throw error;
  }
}

function readAll(folder: string, kind: string, values: readonly OnnxValue[]): OnnxInitializer[] {
  const found: OnnxInitializer[] = [];
  for (let i = 0;; i++) {
    try {
      const tensor = decodeTensor(Deno.readFileSync(`${folder}/${kind}_${i}.pb`));
      // bf16 is stored as u16
      found.push(values[i]?.dtype === "bf16" ? { ...tensor, dtype: "bf16" } : tensor);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return found;
      throw error;
    }
  }
}

/** Inputs are on the device, as in a program, except for those that an operator has to know. */
function bind(
  model: OnnxModule,
  { inputs: all, nodes }: OnnxModel,
  data: readonly OnnxInitializer[],
) {
  const known = new Set(
    nodes.flatMap(({ op, inputs }) => (rowFor(op)?.known ?? []).map((at) => inputs[at])),
  );
  const given = all.map(({ name }, i) => ({ name, data: data[i] }));
  return Object.fromEntries(model.inputs.map(({ name, dtype }): [string, Tensor] => {
    const own = given.find((other) => other.name === name)?.data;
    if (!own) throw new OnnxError(`Cannot run the test: it has no data for the input ${name}`);
    const type = { dtype: dtype === "u8" ? "u8" as const : dtypeHere[dtype], shape: own.shape };
    const elements = dtype === "u8" ? own.bytes.slice() : elementsHere(own);
    const value = known.has(name) || dtype === "u8"
      ? tensor(elements, type.shape, type.dtype)
      : new Variable(name, type, () => elements);
    return [name, value];
  }));
}

/** What differs, beyond rounding; `undefined` if nothing does. */
function difference(
  { shape }: Tensor,
  data: ArrayLike<number>,
  expected: OnnxInitializer,
): string | undefined {
  if (shape.join() !== expected.shape.join()) {
    return `shape [${shape}] instead of [${expected.shape}]`;
  }
  const wanted = elementsHere(expected);
  const relative = expected.dtype === "bf16" ? 1e-2 : expected.dtype === "f16" ? 1e-3 : 1e-4;
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [data[i]!, wanted[i]!];
    const tolerance = 1e-6 + relative * Math.abs(b);
    if (!(Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance)) {
      return `element ${i} is ${a} instead of ${b}`;
    }
  }
  return undefined;
}

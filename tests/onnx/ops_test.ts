import { assert, assertEquals, assertRejects } from "@std/assert";
import { Tensor } from "../../autograd/mod.ts";
import * as graph from "../../graph/mod.ts";
import { exportOnnx, OnnxError } from "../../onnx/mod.ts";
import { rowFor } from "../../onnx/export/rows/mod.ts";
import { casesByName } from "../cases/ops.ts";
import { describe, drawCase, type OpCase } from "../cases/op_case.ts";
import { f32Tolerance } from "../conformance/suite.ts";
import { assertAllClose } from "../support/close.ts";
import { runOnnx } from "./runtime.ts";

/** The case on constants: the file's own input is not used. */
function exported(opCase: OpCase): Promise<Uint8Array<ArrayBuffer>> {
  const forward = () => new Tensor(opCase.build(...drawCase(opCase).nodes));
  return exportOnnx({ forward }, { sampleShape: [], batch: 1 });
}

const uses = (opCase: OpCase, dtype: string) =>
  opCase.inputs.some((input) => input.dtype === dtype);
const always = () => true;
/** Does it compare the bits of numbers? */
const usesBits = (opCase: OpCase) =>
  graph.topological([opCase.build(...drawCase(opCase).nodes)]).some(({ op }) =>
    op.name === "bitXor"
  );

/** What is refused, and what the message must say. */
const refused: Readonly<Record<string, readonly [(opCase: OpCase) => boolean, string]>> = {
  applyUpdate: [always, "it occurs only in training"],
  gradient: [always, "it occurs only in training"],
  conv2dWeightGradient: [always, "it occurs only in training"],
  overlapAdd: [always, "it occurs only in training"],
  atan2: [always, "no arctangent of two arguments"],
  "Tensor.sort": [usesBits, 'Cannot export "bit'],
  "Tensor.argsort": [usesBits, 'Cannot export "bit'],
  "Tensor.topk": [usesBits, 'Cannot export "bit'],
  bitAnd: [always, "no bitwise operators before opset 18"],
  bitOr: [always, "no bitwise operators before opset 18"],
  bitXor: [always, "no bitwise operators before opset 18"],
  bitcast: [always, "cannot reinterpret the bits of a number as another type"],
  randomBits: [always, "remove the layer that draws them"],
  randomUniform: [always, "remove the layer that draws them"],
  randomNormal: [always, "remove the layer that draws them"],
  shiftLeft: [(opCase) => uses(opCase, "i32"), "only unsigned integers"],
  shiftRight: [(opCase) => uses(opCase, "i32"), "only unsigned integers"],
  pad: [
    ({ build, inputs }) => {
      const drawn = inputs.map(({ dtype, shape }) =>
        graph.full(0, shape, dtype === "u8" ? "f32" : dtype)
      );
      const attrs = graph.attrsOf(build(...drawn), graph.pad);
      return attrs?.interior.some((amount) => amount > 0) ?? false;
    },
    "cannot pad between elements",
  ],
};

/** Valid ONNX that cannot be compared: what the runtime lacks, and what ONNX leaves open. */
function isBeyondRuntime({ op, inputs }: OpCase): boolean {
  const dtype = inputs[0]?.dtype;
  // integers that overflow wrap around here, and become the largest ones there
  if (op === "reduceSum" || op === "reduceProd") return dtype === "i32" || dtype === "u32";
  return op === "reduceMin" && dtype === "u32"; // "Could not find an implementation"
}

for (const [name, cases] of casesByName()) {
  const [isRefused, message] = refused[name] ?? [() => false, ""];
  const good = cases.filter((opCase) => !isRefused(opCase) && !isBeyondRuntime(opCase));
  const bad = cases.filter(isRefused);
  if (good.length > 0) {
    Deno.test(`${name}() computes the same as an ONNX file`, async () => {
      for (const opCase of good) {
        const { nodes, tensors } = drawCase(opCase);
        const { type } = opCase.build(...nodes);
        const found = await runOnnx(await exported(opCase), {
          shape: [1],
          data: Float32Array.of(0),
        });
        const what = describe(opCase);
        assertEquals(found.dims, type.shape, what);
        const exact = { relative: 0, absolute: 0 };
        const tolerance = type.dtype === "f32" ? f32Tolerance(opCase.terms) : exact;
        assertAllClose(found.data, opCase.reference(...tensors).data, tolerance, what);
      }
    });
  }
  if (bad.length > 0) {
    Deno.test(`${name}() is refused with its reason where ONNX has nothing for it`, async () => {
      for (const opCase of bad) await assertRejects(() => exported(opCase), OnnxError, message);
    });
  }
}

Deno.test("every op of the table has a row under its own name", () => {
  let count = 0;
  for (const [name, exported] of Object.entries(graph)) {
    if (typeof exported !== "function" || !("op" in exported)) continue;
    const { op } = exported;
    assertEquals(op.name, name);
    assert(rowFor(op), name);
    count++;
  }
  assert(count > 60, `${count}`);
});

Deno.test("an op from outside the table is refused by name, also under the name of another", async () => {
  for (const name of ["double", "relu"]) {
    const double = graph.unaryOp(name, { expr: ([x]) => graph.s.add(x!, x!) });
    const forward = (x: Tensor) => new Tensor(double(x.node)).named("layer 3");
    await assertRejects(
      () => exportOnnx({ forward }, { sampleShape: [2] }),
      OnnxError,
      `Cannot export "layer 3" (${name}) to ONNX: custom ops cannot be exported`,
    );
  }
});

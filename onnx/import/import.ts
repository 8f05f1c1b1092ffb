import { checkOptions, listOf, nonEmptyText, optional, type OptionRules } from "../../graph/mod.ts";
import { initialize } from "../../layers/mod.ts";
import { OnnxError } from "../errors.ts";
import { decodeOnnxModel } from "../file/decode.ts";
import { OnnxModule } from "./module.ts";
import { type ImportOnnxOptions, programOf } from "./program.ts";

const optionRules: OptionRules<ImportOnnxOptions> = {
  inputs: optional(listOf(nonEmptyText)),
  outputs: optional(listOf(nonEmptyText)),
  constants: optional(listOf(nonEmptyText)),
};

/**
 * Imports a model from an ONNX file of opset 6 to 17. The result is a module that runs, trains, and
 * is exported like any other. Its parameters have their names in the file.
 *
 * - Floating-point tensors of the file with at least one axis are parameters, except for those that
 *   an operator has to know, such as the scales of a Resize, running statistics, and `constants`.
 *   Scalars, integers, and values of Constant operators are constants.
 * - f16, bf16, and f64 are computed in f32, and i64 in i32.
 * - Shapes are computed while the graph is built, so sizes that the file leaves open are free.
 * - Batch normalization and dropout follow the context, as the layers of this library do.
 * - `initialize` sets the parameters back to their values in the file.
 *
 * @param options `outputs` may name any value of the file, and operators behind it are not read; so a
 *   model without its head is the part before the head's input
 * @throws {OnnxError} if the file is broken; `refused` lists all operators that are not supported
 *
 * @example Import an exported model
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exportOnnx, importOnnx, initialize, Linear, ReLU, Sequential, tensor } from "@gspace/gspace";
 *
 * const bytes = await exportOnnx(
 *   initialize(new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3)), { seed: 1 }),
 *   { sampleShape: [4] },
 * );
 * const model = importOnnx(bytes); // or importOnnx(await Deno.readFile("model.onnx"))
 * assertEquals([...model.namedParameters().keys()], ["0.weight", "0.bias", "2.weight", "2.bias"]);
 * assertEquals(model.forward(tensor([[1, 2, 3, 4]])).shape, [1, 3]);
 * ```
 */
export function importOnnx(file: Uint8Array, options: ImportOnnxOptions = {}): OnnxModule {
  checkOptions("import an ONNX file", options, optionRules);
  if (!(file instanceof Uint8Array)) {
    throw new OnnxError("Cannot import an ONNX file: it must be a Uint8Array with its bytes");
  }
  return initialize(new OnnxModule(programOf(decodeOnnxModel(file), options)));
}

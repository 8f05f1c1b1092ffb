/** A program that says what `openCpu()` opens with the permissions it has, and what a product is. */
import { openCpu, type OpenCpuOptions } from "../../../cpu/mod.ts";
import { tensor } from "../../../autograd/mod.ts";

const options: OpenCpuOptions = JSON.parse(Deno.args[0]!);
using backend = openCpu(options);
const numbers = Float32Array.from({ length: 80 }, (_, i) => i);
const product = tensor(numbers, [40, 2]).matmul(tensor(numbers, [2, 40]));
const result = await product.data({ backend });
console.log(`${backend.description}: ${result.at(-1)}`);

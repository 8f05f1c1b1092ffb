import { DeviceError } from "../../graph/errors.ts";
import type { Kernel, KernelKind } from "../../graph/kernel.ts";
import { printLoop } from "./loop.ts";
import { printMatmul } from "./matmul.ts";
import type { KernelCode, ShaderContext } from "./kernel_code.ts";

type PrinterOf<Kind extends KernelKind> = (
  kernel: Extract<Kernel, { kind: Kind }>,
  context: ShaderContext,
) => KernelCode;

/** One entry for each kind of kernel. */
const printers: { readonly [Kind in KernelKind]: PrinterOf<Kind> } = {
  loop: printLoop,
  matmul: printMatmul,
  conv2d: ({ label }) => {
    throw new DeviceError(`Cannot compile "${label}" on gpu: convolution has no WGSL kernel yet`);
  },
};

/** Prints any kernel into a shader. */
export function printKernel<Kind extends KernelKind>(
  kernel: Extract<Kernel, { kind: Kind }> & { readonly kind: Kind },
  context: ShaderContext,
): KernelCode {
  return printers[kernel.kind](kernel, context);
}

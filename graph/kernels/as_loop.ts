import type { Kernel, KernelKind, KernelOf } from "../kernel.ts";
import { conv2dAsLoop } from "./conv2d_loop.ts";
import type { LoopKernel } from "./loop.ts";
import { matmulAsLoop } from "./matmul_loop.ts";
import { scatterAsLoop } from "./scatter_loop.ts";

/** The loop form of each kind of kernel. */
const forms: {
  readonly [Kind in KernelKind]: (kernel: Extract<Kernel, { kind: Kind }>) => LoopKernel;
} = {
  loop: (kernel) => kernel,
  matmul: matmulAsLoop,
  conv2d: conv2dAsLoop,
  scatter: scatterAsLoop,
};

/**
 * The loop nest that computes what the kernel computes, with the same stores. It defines what the
 * kernel means. The interpreter runs it, and a backend runs it where it has nothing faster.
 *
 * Nothing that every program loads imports this, so that pages download the loop forms only if
 * their plans need them.
 */
export function asLoop<Kind extends KernelKind>(kernel: KernelOf<Kind>): LoopKernel {
  return forms[kernel.kind](kernel);
}

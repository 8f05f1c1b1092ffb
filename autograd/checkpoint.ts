import { mustBeFunction } from "./_arguments.ts";
import { scan } from "./scan.ts";
import { type Structure, tensorsIn, withTensors } from "./structure.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Returns a function whose gradient computes its inner values again, instead of keeping them until
 * then, like `torch.utils.checkpoint`. This takes less memory and more time: use it for blocks of a
 * deep model, between which little has to be kept. The results are the same. What does not depend
 * on the arguments, such as random numbers, is computed once. The function may contain `scan` and
 * other checkpoints.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkpoint, gradientsOf, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const x = tensor([1, 2]);
 * const block = checkpoint((x) => x.square().square());
 * const [slope] = gradientsOf(block(x).sum(), [x]);
 * assertEquals([...await slope!.data({ backend })], [4, 32]);
 * ```
 *
 * @throws {TypeError} if an argument or the result is neither a tensor nor a structure of tensors
 */
export function checkpoint<A extends readonly Tensor[], Y extends Structure>(
  fn: (...args: A) => Y,
): (...args: A) => Y {
  mustBeFunction("run a checkpoint", fn);
  return (...args) => {
    const xs = tensorsIn(args, "run a checkpoint").map((x) => x.unsqueeze(0));
    // One step of a loop: passes and kernels do not reach across its ends.
    const [, outputs] = scan(
      (_: undefined, given: readonly Tensor[]) => [undefined, fn(...given as A)],
      undefined,
      xs as readonly Tensor[],
      { length: 1, recompute: true },
    );
    const values = tensorsIn(outputs, "run a checkpoint").map((y) => y.squeeze(0));
    return withTensors(outputs, values) as Y;
  };
}

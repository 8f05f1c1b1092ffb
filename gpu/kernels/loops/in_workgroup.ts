import { elementCount } from "../../../graph/types.ts";
import type { Printer } from "../../wgsl/printer.ts";
import type { ShaderContext } from "../kernel_code.ts";
import type { InnerLoop } from "./in_invocation.ts";
import { bindPosition, type LoopSpan } from "./position.ts";

/** Distributes the inner positions of one row cyclically over the invocations of a workgroup. */
export function workgroupLoop(
  printer: Printer,
  span: LoopSpan,
  { workgroupSize }: ShaderContext,
): InnerLoop {
  const { kernel, wideAxis } = span;
  const wideInner = wideAxis !== undefined && wideAxis >= kernel.outer.length;
  const count = elementCount(kernel.inner) / (wideInner ? 4 : 1);
  return (_scalars, body) => {
    const i = printer.name("i");
    printer.block(
      `for (var ${i} = lane; ${i} < ${count}i; ${i} += ${workgroupSize}i)`,
      () => {
        bindPosition(printer, span, "inner", i);
        body();
      },
    );
  };
}

import type { Scalar } from "./scalar.ts";

/** Whether the expression depends on loop axis `axis`. */
export function dependsOnAxis(scalar: Scalar, axis: number): boolean {
  if (scalar.op === "axis") return scalar.axis === axis;
  if (scalar.op === "load") return dependsOnAxis(scalar.index, axis);
  return "args" in scalar && scalar.args.some((arg) => dependsOnAxis(arg, axis));
}

/**
 * The stride of an `i32` expression along loop axis `axis`: how much it grows when the axis grows
 * by one. `undefined` if that is not constant; 0 if the expression does not depend on the axis.
 */
export function strideAlong(scalar: Scalar, axis: number): number | undefined {
  if (scalar.op === "axis") return scalar.axis === axis ? 1 : 0;
  if (!dependsOnAxis(scalar, axis)) return 0;
  if (scalar.op === "add" || scalar.op === "sub") {
    const [a, b] = scalar.args.map((arg) => strideAlong(arg, axis));
    if (a === undefined || b === undefined) return undefined;
    return scalar.op === "add" ? a + b : a - b;
  }
  if (scalar.op === "mul") {
    const [a, b] = scalar.args as readonly [Scalar, Scalar];
    const [variable, scale] = b.op === "const"
      ? [a, b.value]
      : a.op === "const"
      ? [b, a.value]
      : [];
    const stride = variable && strideAlong(variable, axis);
    return stride === undefined || scale === undefined ? undefined : stride * scale;
  }
  return undefined;
}

import type { Scalar } from "../../graph/mod.ts";

/** A scalar expression as text: `add(mul(a0, 4), a1)`; axes are `a0`, literals numbers. */
export function scalarText(scalar: Scalar): string {
  switch (scalar.op) {
    case "const":
      return scalar.type === "bool" ? String(scalar.value === 1) : String(scalar.value);
    case "axis":
      return `a${scalar.axis}`;
    case "load":
      return `${String(scalar.source)}[${scalarText(scalar.index)}]`;
    case "result":
      return `r${scalar.result}`;
    default:
      return `${scalar.op}(${scalar.args.map(scalarText).join(", ")})`;
  }
}

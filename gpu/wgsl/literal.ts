import type { ScalarType } from "../../graph/scalar/mod.ts";

/** The WGSL name of a scalar type, or of a vec4 of that type. */
export function typeName(type: ScalarType, wide: boolean): string {
  if (!wide) return type;
  return { f32: "vec4f", i32: "vec4i", u32: "vec4u", bool: "vec4<bool>" }[type];
}

/**
 * A constant as WGSL. Infinities and NaN call the function `special`, because WGSL forbids them in
 * constant expressions.
 */
export function literal(value: number, type: ScalarType): string {
  switch (type) {
    case "bool":
      return value ? "true" : "false";
    case "u32":
      return `${value >>> 0}u`;
    case "i32":
      return value < 0 ? `i32(${value | 0})` : `${value | 0}i`;
    case "f32":
      return floatLiteral(Math.fround(value));
  }
}

/** Whether `literal` calls the function `special` for this constant. */
export function isSpecial(value: number, type: ScalarType): boolean {
  return type === "f32" && !Number.isFinite(Math.fround(value));
}

function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return "special(0x7fc00000u)";
  if (!Number.isFinite(value)) return `special(${value > 0 ? "0x7f800000u" : "0xff800000u"})`;
  const text = shortest(Math.abs(value));
  return Object.is(value, -0) || value < 0 ? `-${text}f` : `${text}f`;
}

/** The shortest decimal text that parses to this float32. */
function shortest(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return withPoint(String(rounded));
  }
  return withPoint(String(value));
}

function withPoint(text: string): string {
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/**
 * Elementary functions in WGSL. The polynomials are least-squares fits at Chebyshev nodes, computed
 * for this file.
 */
import type { ElementaryName, FunctionEntry, Template, Types } from "./functions.ts";
import { largeAngle, multiplyHigh } from "./large_angle.ts";

// exp(x) = 2ⁿ · exp(r), |r| ≤ ln 2 / 2; 2ⁿ as two factors, so that it can under- and overflow.
const exponential: Template = ({ F, I, U, call }) =>
  `fn ${call("exponential", `x: ${F}`)} -> ${F} {
  let c = clamp(x, ${F}(-104.0), ${F}(89.0));
  let n = round(c * 1.44269504);
  let r = (c - n * 0.693359375) + n * 2.12194440e-4;
  let p = (((0.00139476056 * r + 0.00836987309) * r + 0.0416662467) * r + 0.166665099) * r + 0.5;
  let e = ${I}(n);
  let half = e >> ${U}(1u);
  let scale = bitcast<${F}>((half + 127) << ${U}(23u));
  let rest = bitcast<${F}>((e - half + 127) << ${U}(23u));
  return select((1.0 + (r + r * r * p)) * scale * rest, x, ${call("isNan", "x")});
}`;

// log(x) = e·ln 2 + log(1 + f), 1 + f in [√½, √2).
const logarithm: Template = ({ F, I, U, call }) =>
  `fn ${call("logarithm", `x: ${F}`)} -> ${F} {
  let bits = bitcast<${U}>(x);
  let subnormal = bits < ${U}(0x00800000u);
  let scaled = bitcast<${I}>(select(x, x * 33554432.0, subnormal)) - 0x3f3504f3;
  let e = ${F}((scaled >> ${U}(23u)) - select(${I}(0), ${I}(25), subnormal));
  let f = bitcast<${F}>((scaled & ${I}(0x007fffff)) + 0x3f3504f3) - 1.0;
  let p = (((((((-0.0766081895 * f + 0.127863305) * f - 0.131616057) * f + 0.141978766) * f
    - 0.166227525) * f + 0.200014124) * f - 0.250008462) * f + 0.33333329);
  let z = f * f;
  let r = ((f * z * p - 0.5 * z) - e * 2.12194440e-4) + f + e * 0.693359375;
  let passed = select(r, x, bits >= ${U}(0x7f800000u));
  let checked = select(passed, ${F}(special(0x7fc00000u)), bits > ${U}(0x80000000u));
  return select(checked, ${F}(special(0xff800000u)), (bits << ${U}(1u)) == ${U}(0u));
}`;

// The polynomials of the exponential and the logarithm, without the sum that loses the low bits. A
// result has the sign of x, also for −0.
const signed = ({ F, U }: Types, value: string, sign: string): string =>
  `bitcast<${F}>(bitcast<${U}>(${value}) | (bitcast<${U}>(${sign}) & ${U}(0x80000000u)))`;

const exponentialMinusOne: Template = (types) => {
  const { F, call } = types;
  return `fn ${call("exponentialMinusOne", `x: ${F}`)} -> ${F} {
  let p = (((0.00139476056 * x + 0.00836987309) * x + 0.0416662467) * x + 0.166665099) * x + 0.5;
  let y = select(${call("exponential", "x")} - 1.0, x + x * x * p, abs(x) < ${F}(0.3465));
  return ${signed(types, "y", "x")};
}`;
};

const logarithmOfSum: Template = (types) => {
  const { F, call } = types;
  return `fn ${call("logarithmOfSum", `x: ${F}`)} -> ${F} {
  let p = (((((((-0.0766081895 * x + 0.127863305) * x - 0.131616057) * x + 0.141978766) * x
    - 0.166227525) * x + 0.200014124) * x - 0.250008462) * x + 0.33333329);
  let z = x * x;
  let near = (x > ${F}(-0.2928)) & (x < ${F}(0.4142));
  let y = select(${call("logarithm", "1.0 + x")}, x + (x * z * p - 0.5 * z), near);
  return ${signed(types, "y", "x")};
}`;
};

// The arctangent of the smaller over the larger coordinate, moved to the right octant.
const angle: Template = (types) => {
  const { F, U, call } = types;
  return `fn ${call("angle", `y: ${F}, x: ${F}`)} -> ${F} {
  let small = min(abs(y), abs(x));
  let large = max(abs(y), abs(x));
  let equal = select(${F}(1.0), ${F}(0.0), large == ${F}(0.0));
  let t = select(small / large, equal, small == large);
  let z = t * t;
  let p = (((((((0.00292064749 * z - 0.0163677497) * z + 0.0432115725) * z - 0.0755219006) * z
    + 0.106659934) * z - 0.142110525) * z + 0.199937725) * z - 0.333331527);
  let first = t + t * z * p;
  let right = select(first, 1.57079633 - first, abs(y) > abs(x));
  let all = select(right, 3.14159265 - right, (bitcast<${U}>(x) >> ${U}(31u)) == ${U}(1u));
  return select(${signed(types, "all", "y")}, y + x, ${call("isNan", "y")} | ${call("isNan", "x")});
}`;
};

// Quadrant q and remainder r of x = q·π/2 + r. π/2 is split into three parts, whose products with n
// are exact. Larger angles are reduced lane by lane.
const circular = (name: "sine" | "cosine", quarter: number): Template => ({ F, I, call, lanes }) =>
  `fn ${call(name, `x: ${F}`)} -> ${F} {
  let n = round(clamp(x, ${F}(-20000.0), ${F}(20000.0)) * 0.636619772);
  var r = ((x - n * 1.5703125) - n * 4.8375129699707031e-4) - n * 7.5497899548918821e-8;
  var q = ${I}(n);
${
    lanes.map((lane) =>
      `  if (!(abs(x${lane}) < 12000.0)) {
    let turned = largeAngle(x${lane});
    r${lane} = turned.x;
    q${lane} = i32(turned.y);
  }`
    ).join("\n")
  }
  q = q + ${quarter};
  let z = r * r;
  let s = r + r * z * (((2.71745295e-6 * z - 0.000198392421) * z + 0.00833332909) * z - 0.166666666);
  let c = (1.0 - 0.5 * z) + z * z * ((2.44285893e-5 * z - 0.00138872793) * z + 0.041666645);
  let y = select(s, c, (q & ${I}(1)) == ${I}(1));
  return select(y, -y, (q & ${I}(2)) == ${I}(2));
}`;

const hyperbolicTangent: Template = ({ F, call }) =>
  `fn ${call("hyperbolicTangent", `x: ${F}`)} -> ${F} {
  let a = abs(x);
  let z = x * x;
  let p = (((-0.00570404253 * z + 0.0206378615) * z - 0.0537391565) * z + 0.133314318) * z - 0.333332813;
  let large = 1.0 - 2.0 / (${call("exponential", "2.0 * a")} + 1.0);
  return select(select(large, -large, x < ${F}(0.0)), x + x * z * p, a < ${F}(0.625));
}`;

// erfc(x) = t·exp(−x² + p(t)), t = 2/(2 + x), for x ≥ 0.9; x² is split to keep its low bits.
const erfTail: Template = ({ F, U, call }) =>
  `fn ${call("erfTail", `x: ${F}`)} -> ${F} {
  let t = 2.0 / (2.0 + x);
  let p = (((((((-0.224433119 * t + 0.59465977) * t - 0.384624375) * t - 0.113396513) * t
    - 0.0521735451) * t + 0.0661431479) * t + 0.378696266) * t + 0.999609394) * t - 1.26549559;
  let high = bitcast<${F}>(bitcast<${U}>(x) & ${U}(0xfffff000u));
  let rest = ${call("exponential", "(high - x) * (high + x) + p")};
  return t * ${call("exponential", "-high * high")} * rest;
}`;

const erfSmall = `let z = x * x;
  let p = (((((7.88249711e-5 * z - 0.000801885499) * z + 0.00518931194) * z - 0.0268543288) * z
    + 0.112835975) * z - 0.376126269) * z + 1.12837917;`;

const errorFunction: Template = ({ F, call }) =>
  `fn ${call("errorFunction", `x: ${F}`)} -> ${F} {
  let a = abs(x);
  ${erfSmall}
  let large = 1.0 - ${call("erfTail", `min(a, ${F}(20.0))`)};
  let y = select(select(large, -large, x < ${F}(0.0)), x * p, a < ${F}(0.95));
  return select(y, x, ${call("isNan", "x")});
}`;

const errorComplement: Template = ({ F, call }) =>
  `fn ${call("errorComplement", `x: ${F}`)} -> ${F} {
  let a = abs(x);
  ${erfSmall}
  let large = ${call("erfTail", `min(a, ${F}(20.0))`)};
  let y = select(select(large, 2.0 - large, x < ${F}(0.0)), 1.0 - x * p, a < ${F}(0.95));
  return select(y, x, ${call("isNan", "x")});
}`;

// A negative base requires a whole exponent. A base of 1 gives 1 even if the exponent is NaN.
const power: Template = ({ F, call }) =>
  `fn ${call("power", `x: ${F}, y: ${F}`)} -> ${F} {
  let raised = ${call("exponential", `y * ${call("logarithm", "abs(x)")}`)};
  let size = select(raised, ${F}(1.0), abs(x) == ${F}(1.0));
  let odd = y - 2.0 * floor(0.5 * y) == ${F}(1.0);
  let whole = select(${F}(special(0x7fc00000u)), select(size, -size, odd), floor(y) == y);
  let signed = select(size, whole, x < ${F}(0.0));
  return select(signed, ${F}(1.0), y == ${F}(0.0));
}`;

/** The functions, and those that they call. */
export const elementaryFunctions: Readonly<Record<ElementaryName, FunctionEntry>> = {
  exponential: { template: exponential, needs: ["isNan"] },
  exponentialMinusOne: { template: exponentialMinusOne, needs: ["exponential"] },
  logarithm: { template: logarithm, needs: ["special"] },
  logarithmOfSum: { template: logarithmOfSum, needs: ["logarithm"] },
  multiplyHigh: { template: multiplyHigh, needs: [] },
  largeAngle: { template: largeAngle, needs: ["multiplyHigh", "special"] },
  sine: { template: circular("sine", 0), needs: ["largeAngle"] },
  cosine: { template: circular("cosine", 1), needs: ["largeAngle"] },
  angle: { template: angle, needs: ["isNan"] },
  hyperbolicTangent: { template: hyperbolicTangent, needs: ["exponential"] },
  erfTail: { template: erfTail, needs: ["exponential"] },
  errorFunction: { template: errorFunction, needs: ["erfTail", "isNan"] },
  errorComplement: { template: errorComplement, needs: ["erfTail", "isNan"] },
  power: { template: power, needs: ["exponential", "logarithm", "special"] },
};

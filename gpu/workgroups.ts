import type { KernelCode } from "./kernels/kernel_code.ts";
import { indent } from "./wgsl/indent.ts";

/** Maximum number of workgroups along one dimension of a dispatch. */
const MOST_WORKGROUPS = 65_535;

/** The number of workgroups along x and y that covers all workgroups of the kernels. */
export function workgroupsOf(codes: readonly KernelCode[]): readonly [number, number] {
  const count = countOf(codes);
  return isFlat(codes) ? [count, 1] : [MOST_WORKGROUPS, Math.ceil(count / MOST_WORKGROUPS)];
}

/**
 * The statements of `main` that map a workgroup to its kernel and to its number within that
 * kernel.
 * @param alternate whether to interleave the kernels' workgroups, see
 *   `AdapterProfile.alternateKernels`. Two-dimensional launches never interleave.
 */
export function dispatchText(
  codes: readonly KernelCode[],
  { alternate }: { readonly alternate: boolean },
): string {
  const [first] = codes;
  if (!isFlat(codes)) return inTurn(codes);
  if (codes.length === 1 && first) return `let group = i32(workgroup.x);\n${first.text}`;
  return alternate ? alternating(codes) : inTurn(codes);
}

function countOf(codes: readonly KernelCode[]): number {
  return codes.reduce((sum, { workgroups }) => sum + workgroups, 0);
}

function isFlat(codes: readonly KernelCode[]): boolean {
  return countOf(codes) <= MOST_WORKGROUPS;
}

/** Assigns each kernel one contiguous range of workgroup numbers. */
function inTurn(codes: readonly KernelCode[]): string {
  const lines = [`let number = i32(workgroup.x + workgroup.y * ${MOST_WORKGROUPS}u);`];
  let start = 0;
  for (const code of codes) {
    const end = start + code.workgroups;
    lines.push(
      `if (number >= ${start}i && number < ${end}i) ${block(`number - ${start}i`, code)}`,
    );
    start = end;
  }
  return lines.join("\n");
}

/**
 * Interleaves the kernels, so that each gets its share of any range of workgroup numbers. A kernel
 * with `n` of the `all` remaining workgroups takes the numbers where `number * n / all` increases.
 * The products fit in 32 bits, because a flat launch has at most 65,535 workgroups.
 */
function alternating(codes: readonly KernelCode[]): string {
  const lines = ["let number0 = workgroup.x;"];
  const blocks: string[] = [];
  let all = countOf(codes);
  codes.forEach((code, i) => {
    const n = code.workgroups;
    if (i === codes.length - 1) return blocks.push(block(`i32(number${i})`, code));
    lines.push(
      `let group${i} = number${i} * ${n}u / ${all}u;`,
      `let number${i + 1} = number${i} - group${i};`,
    );
    const isTaken = `(number${i} + 1u) * ${n}u / ${all}u > group${i}`;
    blocks.push(`if (${isTaken}) ${block(`i32(group${i})`, code)}`);
    all -= n;
  });
  return `${lines.join("\n")}\n${blocks.join(" else ")}`;
}

function block(group: string, { text }: KernelCode): string {
  return `{\n${indent(`let group = ${group};\n${text}`)}\n}`;
}

import type { KernelCode } from "./kernels/kernel_code.ts";

/** Most workgroups along one dimension of a launch. */
const MOST_WORKGROUPS = 65_535;

/** Workgroups along x and y that run all workgroups of the kernels. */
export function workgroupsOf(codes: readonly KernelCode[]): readonly [number, number] {
  const count = countOf(codes);
  return isFlat(codes) ? [count, 1] : [MOST_WORKGROUPS, Math.ceil(count / MOST_WORKGROUPS)];
}

/**
 * The statements of `main` that find a workgroup's kernel and its number among the
 * kernel's own.
 * @param alternate whether the kernels' workgroups lie evenly among each other, see
 *   `AdapterProfile.alternateKernels`; a launch of two dimensions has them in turn.
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

/** Workgroup numbers fall into one range for each kernel. */
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
 * Of any run of workgroup numbers each kernel has its share: a kernel with `n` of the
 * `all` workgroups that the kernels before it leave takes those numbers where
 * `number * n / all` steps up. The products fit 32 bits, as a flat launch is that short.
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

/** Indents every line that is not empty. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}

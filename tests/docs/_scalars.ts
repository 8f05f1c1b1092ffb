import type { Kernel, Scalar } from "../../graph/mod.ts";

/** Binary operators: how they are written, and how tightly they bind. */
const operators: Readonly<Record<string, readonly [sign: string, precedence: number]>> = {
  lt: ["<", 1],
  le: ["<=", 1],
  eq: ["==", 1],
  ne: ["!=", 1],
  add: ["+", 2],
  sub: ["-", 2],
  mul: ["*", 3],
  div: ["/", 3],
};

/**
 * A scalar expression in infix notation; `name` says what a load reads from. Parenthesized if it
 * binds no tighter than `outer`.
 */
export function formatScalar(
  scalar: Scalar,
  name: (source: unknown) => string,
  outer = 0,
): string {
  const format = (each: Scalar, precedence = 0) => formatScalar(each, name, precedence);
  switch (scalar.op) {
    case "const":
      return String(scalar.type === "f32" ? Number(scalar.value.toPrecision(8)) : scalar.value);
    case "axis":
      return `i${scalar.axis}`;
    case "load":
      return `${name(scalar.source)}[${format(scalar.index)}]`;
    case "result":
      return `r${scalar.result}`;
  }
  const operator = operators[scalar.op];
  if (operator === undefined) {
    return `${scalar.op}(${scalar.args.map((each) => format(each)).join(", ")})`;
  }
  const [sign, precedence] = operator;
  const [left, right] = scalar.args;
  const text = `${format(left!, precedence - 1)} ${sign} ${format(right!, precedence)}`;
  return precedence <= outer ? `(${text})` : text;
}

/** The parts of a draft or a kernel that are printed. */
interface Loops {
  readonly label: string;
  readonly outer: readonly number[];
  readonly inner: readonly number[];
  /** A matrix product, if the first result is one. */
  readonly product?: string;
  readonly reductions: readonly { readonly combine: string; readonly value: Scalar }[];
  readonly stores: readonly {
    readonly target: unknown;
    readonly index: Scalar;
    readonly value: Scalar;
  }[];
}

/** A loop nest as text: its axes, its reductions, and what it stores where. */
export function formatLoops(loops: Loops, name: (source: unknown) => string): string {
  const { label, outer, inner, product, reductions, stores } = loops;
  const format = (scalar: Scalar): string => formatScalar(scalar, name);
  const sizes = inner.length === 0 ? `[${outer}]` : `[${outer}] x [${inner}]`;
  return [
    `${label} ${sizes}`,
    ...(product === undefined ? [] : [`  r0 = ${product}`]),
    ...reductions.map(({ combine, value }, i) => `  r${i} = ${combine} of ${format(value)}`),
    ...stores.map(({ target, index, value }) =>
      `  ${name(target)}[${format(index)}] = ${format(value)}`
    ),
    "",
  ].join("\n");
}

/** The loops of a kernel of a plan. */
export function loopsOf(kernel: Kernel): Loops {
  const toStores = (stores: Extract<Kernel, { kind: "matmul" }>["stores"]) =>
    stores.map(({ slot, index, value }) => ({ target: slot, index, value }));
  const { label } = kernel;
  if (kernel.kind === "matmul") {
    const { m, n, k, a, b, stores } = kernel;
    const product = `matmul of s${a.slot} and s${b.slot}, ${k} terms`;
    const loops = { label, outer: [m, n], inner: [], reductions: [], product };
    return { ...loops, stores: toStores(stores) };
  }
  if (kernel.kind !== "loop") throw new Error(`no page shows a kernel of kind ${kernel.kind}`);
  const { outer, inner, reductions, outerStores, innerStores } = kernel;
  return { label, outer, inner, reductions, stores: toStores([...innerStores, ...outerStores]) };
}

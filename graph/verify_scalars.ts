import { GraphError } from "./errors.ts";
import { type Kernel, type Store, storesOf } from "./kernel.ts";
import { binaryFunctions, type Meaning, unaryFunctions, wrap } from "./scalar/functions.ts";
import {
  type Apply,
  type BinaryName,
  type Const,
  type Result,
  type Scalar,
  type ScalarType,
  type UnaryName,
  visitScalars,
} from "./scalar/mod.ts";

/** Functions whose second argument is a number of bits. */
const shifts: ReadonlySet<string> = new Set(["shl", "shr"]);

/**
 * Checks the expressions of a kernel: functions have as many arguments as they take, of types that
 * they are defined for; indices are i32; literals are values of their type; results are those of
 * reductions that have finished.
 * @throws {GraphError} naming the kernel and the function
 */
export function verifyScalars(kernel: Kernel): void {
  const verify = (scalars: readonly Scalar[], results: readonly ScalarType[]) => {
    visitScalars(scalars, (scalar) => {
      const wrong = mistakeIn(scalar, results);
      if (wrong) refuse(kernel, wrong);
    });
  };
  const results: ScalarType[] = kernel.kind === "loop"
    ? []
    : [kernel.kind === "scatter" ? kernel.type : "f32"];
  for (const { value } of kernel.kind === "loop" ? kernel.reductions : []) {
    verify([value], results);
    results.push(value.type);
  }
  const stores = storesOf(kernel);
  verify(stores.flatMap(({ index, value }: Store) => [index, value]), results);
  for (const { index } of stores) {
    if (index.type !== "i32") refuse(kernel, `the index of a store must be i32: ${index.type}`);
  }
}

/** What is wrong with an expression, apart from its parts. */
function mistakeIn(scalar: Scalar, results: readonly ScalarType[]): string | undefined {
  switch (scalar.op) {
    case "const":
      return isLiteral(scalar)
        ? undefined
        : `${scalar.value} must be a literal of type ${scalar.type}`;
    case "axis":
      return undefined;
    case "load":
      return scalar.index.type === "i32" ? undefined : "the index of a load must be i32";
    case "result":
      return mistakeInResult(scalar, results);
    default:
      return isTyped(scalar)
        ? undefined
        : `${scalar.op} is not defined for its arguments: ${
          scalar.args.map(({ type }) => type).join(", ")
        } to ${scalar.type}`;
  }
}

/** Whether the value is one of its type. */
function isLiteral({ type, value }: Const): boolean {
  if (type === "f32") return true;
  return type === "bool" ? value === 0 || value === 1 : wrap(type, value) === value;
}

function mistakeInResult({ result, type }: Result, results: readonly ScalarType[]) {
  if (results[result] === type) return undefined;
  return `result ${result} must be one of the ${results.length} so far, and of its type, ${
    results[result] ?? "none"
  }: current type is ${type}`;
}

function isTyped({ op, type, args }: Apply): boolean {
  const [a, b, c] = args.map((arg) => arg.type);
  if (op === "select") return args.length === 3 && a === "bool" && b === type && c === type;
  if (op === "cast" || op === "bitcast") return args.length === 1;
  const isUnary = op in unaryFunctions;
  const meaning: Meaning = isUnary
    ? unaryFunctions[op as UnaryName]
    : binaryFunctions[op as BinaryName];
  const isDefined = a !== undefined && meaning[a] !== undefined && type === (meaning.result ?? a);
  if (isUnary) return isDefined && args.length === 1;
  const fits = b === a || (shifts.has(op) && (b === "i32" || b === "u32"));
  return isDefined && args.length === 2 && fits;
}

function refuse({ label }: Kernel, why: string): never {
  throw new GraphError(`Cannot accept kernel "${label}": ${why}`);
}

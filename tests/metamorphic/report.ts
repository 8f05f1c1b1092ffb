/** Runs one random graph, and says what is wrong with it in a few lines. */
import {
  type Backend,
  type HostArray,
  input,
  is,
  type Node,
  print,
  rootsOf,
  topological,
  variable,
} from "../../graph/mod.ts";
import { minimize } from "./minimize.ts";
import { minimizeCase } from "./minimize_case.ts";
import { buildCase, type Case, type Program } from "./program.ts";
import { type Failure, findFailure, type Property, together } from "./properties.ts";

/** Checks properties of programs on one backend. */
export class Checker {
  constructor(readonly backend: Backend, readonly properties: readonly Property[]) {}

  /** Throws what is wrong with a program, as a small program that is wrong in the same way. */
  async check(program: Program, name: string): Promise<void> {
    const failure = await findFailure(buildCase(program), this.backend, this.properties);
    if (failure) throw (await this.explain(program, failure, name)).error;
  }

  /** Shrinks a program of which a property does not hold, and describes what is left. */
  async explain(
    program: Program,
    { property, error: drawn }: Failure,
    name: string,
  ): Promise<{ readonly error: Error; readonly smallest: Case }> {
    const find = (of: Property) => (candidate: Case) => findFailure(candidate, this.backend, [of]);
    const isWrong = (of: Property) => async (candidate: Case) =>
      await find(of)(candidate) !== undefined;
    const attempts = this.backend.name === "gpu" ? GPU_ATTEMPTS : CPU_ATTEMPTS;
    const small = buildCase(
      await minimize(
        program,
        async (candidate) => await isWrong(property)(buildCase(candidate)),
        { attempts },
      ),
    );
    // Where another graph is run, it is that one that should be shown.
    const derived = property.derive?.(small);
    const showsDerived = derived !== undefined && await isWrong(together)(derived);
    const [shown, left] = showsDerived ? [together, derived] : [property, small];
    const smallest = await minimizeCase(left, isWrong(shown));
    const cause = (await find(shown)(smallest))?.error;
    const error = new Error(
      `${name} on ${this.backend.description}: "${property.name}" does not hold: ` +
        `${reasons(cause)}\n\nThe smallest graph that fails:\n\n${printCase(smallest)}\n` +
        `As drawn: ${reasons(drawn)}`,
      { cause },
    );
    return { error, smallest };
  }
}

/** Programs that are tried to shrink one; compiling for a software adapter takes long. */
const CPU_ATTEMPTS = 4000;
const GPU_ATTEMPTS = 300;

function reasons(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = reasons(error.cause);
  return cause === "" ? error.message : `${error.message}: ${cause}`;
}

/** Most elements of a source that are printed. */
const MOST_PRINTED = 40;

/** The nodes in order with their shapes, then the data of the sources. */
export function printCase({ graph, data, steps }: Case): string {
  const nodes = topological(rootsOf(graph));
  const lines = nodes.flatMap((node, i) => {
    const values = data.get(node) ?? (node.attrs as { data?: HostArray }).data;
    return values && isSource(node) ? [`%${i} holds ${printList(values)}`] : [];
  });
  return [print(graph).trimEnd(), ...lines, `steps ${steps}`, ""].join("\n");
}

function isSource(node: Node): boolean {
  return is(node, variable) || is(node, input) || "data" in node.attrs;
}

function printList(values: HostArray): string {
  const shown = Array.from(values.subarray(0, MOST_PRINTED)).join(", ");
  return values.length > MOST_PRINTED ? `${shown}, … (${values.length} elements)` : shown;
}

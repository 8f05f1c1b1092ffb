/** Runs one random graph, and says what is wrong with it in a few lines. */
import {
  type Backend,
  type HostArray,
  is,
  type Node,
  print,
  rootsOf,
  topological,
} from "../../graph/mod.ts";
import { input, variable } from "../../graph/mod.ts";
import { minimize } from "./minimize.ts";
import { minimizeCase } from "./minimize_case.ts";
import { buildCase, type Case, type Program } from "./program.ts";
import { checkCase, type Property } from "./properties.ts";

/** Checks properties of programs on one backend. */
export class Checker {
  constructor(readonly backend: Backend, readonly properties: readonly Property[]) {}

  /** What is wrong with a case, or `undefined`. */
  async failure(subject: Case, properties = this.properties): Promise<Error | undefined> {
    try {
      await checkCase(subject, this.backend, properties);
      return undefined;
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    }
  }

  /** Throws what is wrong with a program, as a small program that is wrong in the same way. */
  async check(program: Program, name: string): Promise<void> {
    const subject = buildCase(program);
    for (const property of this.properties) {
      if (await this.failure(subject, [property]) === undefined) continue;
      throw (await this.explain(program, { name, property })).error;
    }
  }

  /** Shrinks a program of which a property does not hold, and describes what is left. */
  async explain(
    program: Program,
    { name, property }: { readonly name: string; readonly property: Property },
  ): Promise<{ readonly error: Error; readonly smallest: Case }> {
    const failure = (subject: Case) => this.failure(subject, [property]);
    const isWrong = async (candidate: Case) => await failure(candidate) !== undefined;
    const attempts = this.backend.name === "gpu" ? GPU_ATTEMPTS : CPU_ATTEMPTS;
    const small = await minimize(
      program,
      async (candidate) => await isWrong(buildCase(candidate)),
      { attempts },
    );
    const smallest = await minimizeCase(buildCase(small), isWrong);
    const cause = await failure(smallest);
    const error = new Error(
      `${name} on ${this.backend.description}: ${reasons(cause)}\n\nThe smallest graph that ` +
        `fails:\n\n${printCase(smallest)}\nAs drawn: ${reasons(await failure(buildCase(program)))}`,
      { cause },
    );
    return { error, smallest };
  }
}

/** Programs that are tried to shrink one; compiling for a software adapter takes long. */
const CPU_ATTEMPTS = 1500;
const GPU_ATTEMPTS = 150;

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

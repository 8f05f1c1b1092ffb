/**
 * Random graphs as data that can be shrunk: a list of instructions, each a row of the table and
 * numbers. Any list is a program: operands that do not fit are converted, and what cannot be
 * built is left out.
 */
import { type Graph, type HostArray, type Node, sameType } from "../../graph/mod.ts";
import { Choices } from "./choices.ts";
import { fit, ofKind } from "./fit.ts";
import { rows } from "./rows/mod.ts";
import { sourceData } from "./rows/sources.ts";

/** One step: a row, the earlier instructions that it reads, and numbers for its options. */
export interface Instruction {
  readonly row: string;
  readonly operands: readonly number[];
  readonly numbers: readonly number[];
}

/** What a random graph is made from. Equal programs make equal graphs. */
export interface Program {
  readonly instructions: readonly Instruction[];
  /** Numbers of instructions. */
  readonly outputs: readonly number[];
  /** Pairs of instructions: a variable, and the value that it takes. */
  readonly updates: readonly (readonly [variable: number, next: number])[];
  readonly steps: number;
}

/** A graph with the data of its variables and inputs. */
export interface Case {
  readonly graph: Graph;
  /** By node: variables and inputs. */
  readonly data: ReadonlyMap<Node, HostArray>;
  readonly steps: number;
}

/** Larger values are left out, so that graphs stay quick to compute on the host. */
const LARGEST = 4500;

/** Builds instructions one by one. */
export class Builder {
  /** By instruction; `undefined` where nothing could be built. */
  readonly nodes: (Node | undefined)[] = [];
  readonly data = new Map<Node, HostArray>();

  /** Appends an instruction and returns its value, if it has one. */
  push(instruction: Instruction): Node | undefined {
    const node = this.#make(instruction);
    this.nodes.push(node);
    return node;
  }

  #make({ row: name, operands, numbers }: Instruction): Node | undefined {
    const row = rows[name];
    if (!row) throw new Error(`Internal: there is no row "${name}"`);
    const choices = new Choices(numbers);
    const inputs = row.operands.map((kind, i) => ofKind(this.value(operands[i] ?? 0), kind));
    try {
      const node = row.make(inputs, choices, `v${this.nodes.length}`);
      if (!node || Math.max(...sizesAround(node)) > LARGEST) return undefined;
      const data = sourceData(node, choices);
      if (data) this.data.set(node, data);
      return node;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      throw new Error(`${name} of ${inputs.map(({ type }) => JSON.stringify(type))}`, {
        cause: error,
      });
    }
  }

  /** The value of an instruction, or of the nearest one before it that has one. */
  value(index: number): Node | undefined {
    for (let i = Math.min(index, this.nodes.length - 1); i >= 0; i--) {
      if (this.nodes[i]) return this.nodes[i];
    }
    return undefined;
  }
}

/** Elements of a node and of its inputs. */
function sizesAround({ type, inputs }: Node): number[] {
  const types = [type, ...inputs.map((input) => input.type)];
  return types.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
}

/** The graph of a program. */
export function buildCase(program: Program): Case {
  const builder = new Builder();
  program.instructions.forEach((instruction) => builder.push(instruction));
  const outputs = program.outputs.flatMap((index) => builder.value(index) ?? []);
  const updates = new Map<Node, Node>();
  for (const [variable, next] of program.updates) {
    const key = builder.nodes[variable];
    const value = builder.value(next);
    if (key?.op.name !== "variable" || !value) continue;
    const { dtype, shape } = key.type;
    if (dtype === "u8") continue;
    const fitting = sameType(value.type, key.type)
      ? value
      : fit(ofKind(value, dtype), shape, new Choices([]));
    updates.set(key, fitting);
  }
  return { graph: { outputs, updates }, data: builder.data, steps: program.steps };
}

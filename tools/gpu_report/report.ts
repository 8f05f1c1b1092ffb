/**
 * Collects the report: the launches of each subject, and what compilers make of their shaders.
 * @module
 */
import { type CompiledShader, type CompileOptions, compileShaders } from "../null_gpu/compile.ts";
import { hottestLoop, type InstructionCounts, multiplyAddShare } from "../null_gpu/disassembly.ts";
import { families, type Family } from "../null_gpu/families.ts";
import type { Machine } from "../null_gpu/machine.ts";
import { gpus } from "./gpus.ts";
import { launchesOf, type LaunchFacts, limitsWith } from "./launches.ts";
import { heaviestOf, type MeasuredShares, predictStep } from "./model.ts";
import type { Subject } from "./subjects.ts";

/** A step or an op, and its launches. */
export interface SubjectFacts {
  readonly name: string;
  readonly kind: Subject["kind"];
  readonly launches: readonly LaunchFacts[];
}

/** The machine code of one shader for one family of GPUs. */
export interface CodeFacts {
  readonly family: Family;
  readonly source: string;
  /** Vector registers of an invocation, where they are not fixed. */
  readonly registers?: number;
  /** Registers that did not fit. */
  readonly spills: number;
  /** Bytes of workgroup memory. */
  readonly workgroupMemory: number;
  /** Subgroups that fit on a SIMD unit at the same time, if the driver says. */
  readonly waves?: number;
  /** Instructions of the hottest loop, if a loop multiplies and adds. */
  readonly loop?: InstructionCounts;
  /** Share of multiply-adds in it, from 0 to 1. */
  readonly share?: number;
}

/** Predicted milliseconds of a step or op, by GPU. */
export type Predictions = Readonly<Record<string, number>>;

/** Everything that the command prints. */
export interface Report {
  readonly subjects: readonly SubjectFacts[];
  /** For each family, one entry for each distinct shader, in order of first use. */
  readonly code: readonly CodeFacts[];
}

/** Lists the launches of each subject that suit all families. Needs no device. */
export function collectSubjects(
  subjects: readonly Subject[],
  compiledFor: readonly Family[] = [],
): readonly SubjectFacts[] {
  const buffers = [...compiledFor, "gfx1100" as const].map((name) => families[name].storageBuffers);
  const limits = limitsWith(Math.min(...buffers));
  return subjects.map((subject) => ({
    name: subject.name,
    kind: subject.kind,
    launches: launchesOf(subject.plan(limits), limits),
  }));
}

/** Compiles every distinct shader of the subjects for a family. */
export async function compileSubjects(
  family: Family,
  subjects: readonly SubjectFacts[],
  options: CompileOptions = {},
): Promise<readonly CodeFacts[]> {
  const sources = [...shadersOf(subjects).keys()];
  const compiled = await compileShaders(family, sources, options);
  return compiled.map((shader, i) => codeFacts(family, sources[i] ?? "", shader));
}

/** The first use of a shader. */
export interface ShaderUse {
  readonly launch: LaunchFacts;
  /** The name of the step or op that launches it. */
  readonly subject: string;
}

/** The distinct shaders, each with its first use. */
export function shadersOf(subjects: readonly SubjectFacts[]): ReadonlyMap<string, ShaderUse> {
  const shaders = new Map<string, ShaderUse>();
  for (const { name, launches } of subjects) {
    for (const launch of launches) {
      if (!shaders.has(launch.source)) shaders.set(launch.source, { launch, subject: name });
    }
  }
  return shaders;
}

function codeFacts(
  family: Family,
  source: string,
  { statistics, assembly }: CompiledShader,
): CodeFacts {
  const machine: Machine = families[family].machine;
  const { registers, spills, workgroupMemory, waves } = machine.statistics;
  const statistic = (name: string) => {
    const value = statistics.get(name);
    if (value !== undefined) return value;
    throw new Error(`Cannot read statistics of ${family}: the driver must report "${name}"`);
  };
  const loop = hottestLoop(assembly, machine);
  return {
    family,
    source,
    ...(registers !== undefined && { registers: statistic(registers) }),
    spills: spills.reduce((sum, name) => sum + statistic(name), 0),
    workgroupMemory: statistic(workgroupMemory),
    ...(waves !== undefined && { waves: statistic(waves) }),
    ...(loop && { loop, share: multiplyAddShare(loop) }),
  };
}

/** Predicts the time of a subject on each GPU, with the shares of the first compiled family. */
export function predictionsOf({ launches }: SubjectFacts, code: Report["code"]): Predictions {
  const measured = sharesOf(code);
  return Object.fromEntries(
    gpus.map((gpu) => [gpu.name, predictStep(launches, gpu, measured)]),
  );
}

function sharesOf(code: Report["code"]): MeasuredShares {
  const [first] = code;
  return new Map(
    code.flatMap(({ family, source, share }) =>
      family === first?.family && share !== undefined ? [[source, share]] : []
    ),
  );
}

/** A name for a launch: that of its heaviest kernel, or of the one that moves the most bytes. */
export function nameOf(launch: LaunchFacts): string {
  const heaviest = launch.flops > 0
    ? heaviestOf(launch)
    : launch.kernels.toSorted((a, b) => b.bytes - a.bytes)[0];
  const others = launch.kernels.length - 1;
  return `${heaviest?.name ?? "nothing"}${others > 0 ? ` and ${others} more` : ""}`;
}

/**
 * Collects the report: the launches of each subject, and what compilers make of their shaders.
 * @module
 */
import type { AdapterClass } from "../../gpu/adapter_class.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { type CompileOptions, compileShaders } from "../null_gpu/compile.ts";
import { hottestLoop, type InstructionCounts, multiplyAddShare } from "../null_gpu/disassembly.ts";
import { families, type Family, type FamilyRow } from "../null_gpu/families.ts";
import type { CompiledShader, Machine } from "../null_gpu/machine.ts";
import { gpus } from "./gpus.ts";
import { launchesOf, type LaunchFacts, limitsOf } from "./launches.ts";
import { heaviestOf, type MeasuredShares, predictStep } from "./model.ts";
import type { Subject } from "./subjects.ts";

/** A step or an op, and its launches on a class of adapters. */
export interface SubjectFacts {
  readonly name: string;
  readonly kind: Subject["kind"];
  readonly adapterClass: AdapterClass;
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

/** Lists the launches of each subject on each class of adapters. Needs no device. */
export function collectSubjects(
  subjects: readonly Subject[],
  classes: readonly AdapterClass[],
): readonly SubjectFacts[] {
  return subjects.flatMap(({ name, kind, plan }) => {
    const planOf = cached((limits: string) => plan(JSON.parse(limits)));
    // classes with the same row have the same launches
    const launchesFor = cached((row: AdapterClass) =>
      launchesOf(planOf(JSON.stringify(limitsOf(row))), row)
    );
    return classes.map((adapterClass): SubjectFacts => {
      const row = classes.find((other) => adapterTable[other] === adapterTable[adapterClass]);
      return { name, kind, adapterClass, launches: launchesFor(row ?? adapterClass) };
    });
  });
}

/** Remembers the results of a function. */
function cached<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const values = new Map<Key, Value>();
  return (key) => {
    const value = values.get(key) ?? compute(key);
    values.set(key, value);
    return value;
  };
}

/**
 * Compiles every distinct shader of the subjects that are for the family's vendor. AMD's families
 * compile those of all classes, because the compilers of other vendors are not at hand.
 */
export async function compileSubjects(
  family: Family,
  subjects: readonly SubjectFacts[],
  options: CompileOptions = {},
): Promise<readonly CodeFacts[]> {
  const { classes }: FamilyRow = families[family];
  const own = subjects.filter(({ adapterClass }) => classes.includes(adapterClass));
  const sources = [...shadersOf(own).keys()];
  const compiled = await compileShaders(family, sources, options);
  return compiled.map((shader, i) => codeFacts(family, sources[i] ?? "", shader));
}

/** The first use of a shader. */
export interface ShaderUse {
  readonly launch: LaunchFacts;
  /** The step or op that launches it, and on which class. */
  readonly subject: string;
  /** All classes that use it. */
  readonly classes: ReadonlySet<AdapterClass>;
}

/** The distinct shaders, each with its first use. */
export function shadersOf(subjects: readonly SubjectFacts[]): ReadonlyMap<string, ShaderUse> {
  const shaders = new Map<string, ShaderUse & { readonly classes: Set<AdapterClass> }>();
  for (const { name, adapterClass, launches } of subjects) {
    for (const launch of launches) {
      const use = shaders.get(launch.source);
      if (use) use.classes.add(adapterClass);
      else {
        const subject = `${name} on ${adapterClass}`;
        shaders.set(launch.source, { launch, subject, classes: new Set([adapterClass]) });
      }
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

/**
 * Predicts the time of a subject on each GPU of its class, with the shares of the first compiled
 * family.
 */
export function predictionsOf(
  { adapterClass, launches }: SubjectFacts,
  code: Report["code"],
): Predictions {
  const measured = sharesOf(code);
  return Object.fromEntries(
    gpus.filter((gpu) => gpu.adapterClass === adapterClass)
      .map((gpu) => [gpu.name, predictStep(launches, gpu, measured)]),
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

/**
 * What the report refuses: spills, code with too few multiply-adds, launches that leave a GPU idle,
 * and shaders that are too long.
 * @module
 */
import { counted } from "../../graph/counted.ts";
import type { Family } from "../null_gpu/families.ts";
import { type Exception, exceptions } from "./exceptions.ts";
import { type HeavyClass, isHeavy, type ShareRow, shares } from "./kernel_classes.ts";
import type { Work } from "./launches.ts";
import { type CodeFacts, nameOf, type Report, shadersOf, type ShaderUse } from "./report.ts";

/** A launch that moves more bytes than this needs `FEWEST_WORKGROUPS`. */
const IDLE_BYTES = 1e6;

/** Fewer workgroups leave most compute units of any discrete GPU idle. */
const FEWEST_WORKGROUPS = 32;

/**
 * The longest text of a kernel, and of a launch of several. Some drivers take minutes for long
 * shaders, and browsers then stop the GPU's process. The longest today have 25 and 59 thousand.
 */
const MOST_CHARACTERS = { kernel: 30_000, launch: 65_000 };

/** The families that floors are for, which a complete check compiles for. */
export const judgedFamilies: readonly Family[] = ["gfx1100", "navi21"];

/** A rule that a kernel breaks. */
export interface Fault {
  readonly rule: Exception["rule"];
  /** The kernel, as `describeKernel` names it. */
  readonly kernel: string;
  /** What is wrong, with figures. */
  readonly text: string;
  /** A step or op in which it occurs. */
  readonly subject: string;
}

/** All faults of a report, each kernel once per rule. */
export function faultsOf({ subjects, code }: Report): readonly Fault[] {
  const shaders = shadersOf(subjects);
  const compiled = code.flatMap((facts) => {
    const use = shaders.get(facts.source);
    return use ? [{ ...use, facts }] : [];
  });
  return distinct([
    ...compiled.flatMap(spillFaults),
    ...compiled.flatMap(shareFaults),
    ...[...shaders.values()].flatMap(idleFaults),
    ...[...shaders.values()].flatMap(sizeFaults),
  ]);
}

/** A shader that was compiled. */
interface CompiledUse extends ShaderUse {
  readonly facts: CodeFacts;
}

function spillFaults({ facts: { family, spills }, launch, subject }: CompiledUse): Fault[] {
  const text = `${family}: spills ${spills} registers`;
  return spills === 0 ? [] : [{ rule: "spills", kernel: nameOf(launch), text, subject }];
}

/** Judges launches with one heavy kernel: with several, the hottest loop can be of any of them. */
function shareFaults(
  { facts: { family, share }, launch, subject, classes }: CompiledUse,
): Fault[] {
  const [kernel, other] = launch.kernels.filter(({ flops }) => flops > 0);
  // Code without such a loop is unrolled as a whole, as for a product of few terms.
  if (!kernel || other || share === undefined || !isHeavy(kernel.class)) return [];
  const floor = floorOf(kernel.class, family, classes);
  if (floor === undefined || share >= floor / 100) return [];
  const text = `${family}: ${(100 * share).toFixed(1)}% multiply-adds in the hottest loop: ` +
    `the floor of "${kernel.class}" is ${floor}%`;
  return [{ rule: "share", kernel: kernel.name, text, subject }];
}

/** The lowest share of a kind of kernel in percent; `undefined` if the family has none. */
function floorOf(
  kernelClass: HeavyClass,
  family: Family,
  classes: ShaderUse["classes"],
): number | undefined {
  const row: ShareRow = shares[kernelClass];
  if (family === "sm_89") return row.nvidia;
  if (family === "dg2") return classes.has("intel") ? row.dg2 : undefined;
  // Other vendors' shaders are compiled for AMD's GPUs only to see whether they spill.
  return judgedFamilies.includes(family) && classes.has("amd") ? row.floor : undefined;
}

/** Judges each kernel of a launch, because a wide kernel does not help an idle one beside it. */
function idleFaults({ launch, subject }: ShaderUse): Fault[] {
  const idle = launch.kernels.filter(isIdle);
  if (idle.length > 0) return idle.map((kernel) => idleFault(kernel.name, kernel, subject));
  return isIdle(launch) ? [idleFault(nameOf(launch), launch, subject)] : [];
}

/** A launch of several kernels may be longer than one kernel, but no kernel in it on average. */
function sizeFaults({ launch, subject }: ShaderUse): Fault[] {
  const { source: { length }, kernels } = launch;
  const most = Math.min(kernels.length * MOST_CHARACTERS.kernel, MOST_CHARACTERS.launch);
  if (length <= most) return [];
  const text = `${length} characters of WGSL: the most are ${most}`;
  return [{ rule: "size", kernel: nameOf(launch), text, subject }];
}

function isIdle({ bytes, workgroups }: Work): boolean {
  return bytes > IDLE_BYTES && workgroups < FEWEST_WORKGROUPS;
}

function idleFault(kernel: string, { bytes, workgroups }: Work, subject: string): Fault {
  return {
    rule: "idle",
    kernel,
    text: `moves ${(bytes / 1e6).toFixed(1)} MB on ${counted(workgroups, "workgroup")}`,
    subject,
  };
}

function distinct(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.map((fault) => [keyOf(fault), fault])).values()];
}

function keyOf({ rule, kernel }: Pick<Fault, "rule" | "kernel">): string {
  return `${rule}: ${kernel}`;
}

/** The outcome of a check. */
export interface Verdict {
  /** Faults that are not known. */
  readonly faults: readonly Fault[];
  /** Known exceptions that no longer occur, and must be removed from the list. */
  readonly stale: readonly Exception[];
  /** Number of faults that are known. */
  readonly known: number;
}

/**
 * Compares faults with the known exceptions.
 * @param isComplete whether the report covers everything, so that an exception that does not occur
 *   is stale
 */
export function judge(
  faults: readonly Fault[],
  { isComplete, known = exceptions }: {
    readonly isComplete: boolean;
    readonly known?: readonly Exception[];
  },
): Verdict {
  const expected = new Set(known.map(keyOf));
  const found = new Set(faults.map(keyOf));
  const unknown = faults.filter((fault) => !expected.has(keyOf(fault)));
  return {
    faults: unknown,
    stale: isComplete ? known.filter((exception) => !found.has(keyOf(exception))) : [],
    known: faults.length - unknown.length,
  };
}

import { evaluate, trace } from "../../autograd/mod.ts";
import {
  formatType,
  full,
  is,
  LABEL,
  labelOf,
  type Node,
  pipeline,
  rootsOf,
  topological,
} from "../../graph/mod.ts";
import type { ArmRun } from "./arm_run.ts";
import type { ResumePoint } from "../checkpoints/progress.ts";
import { restoreSnapshot } from "../checkpoints/tensor_files.ts";
import type { Job } from "./job.ts";

/** The first tensor with an infinite or NaN element. */
interface BadTensor {
  /** Number of the step that computed it, from 1. */
  readonly step: number;
  /** A description of the tensor. */
  readonly what: string;
}

/** Number of tensors that are computed together. */
const GROUP = 16;

/**
 * Repeats the steps since the last good point, which gives the same numbers, and checks every tensor
 * of the first step that fails.
 */
export async function findBadTensor(job: Job, run: ArmRun): Promise<BadTensor | undefined> {
  const point = run.lastGood;
  if (!point) return undefined;
  const failed = await firstFailure(job, run, point);
  // a step can compute bad weights from a finite loss, so check the step before as well
  for (const step of [failed - 1, failed]) {
    if (step < point.step) continue;
    await replay(job, run, point, step);
    const what = await badValue(job, run, step);
    if (what !== undefined) return { step: step + 1, what };
  }
  return undefined;
}

/** Restores the state of the arm after `step` steps. */
async function replay(job: Job, run: ArmRun, point: ResumePoint, step: number): Promise<void> {
  const { runner } = run.arm;
  restoreSnapshot(runner.state(), point.values);
  job.batches.setEpoch(Math.floor(point.step / job.stepsPerEpoch));
  if (point.step % job.stepsPerEpoch === 0) runner.totals.reset();
  if (step === point.step) return;
  await runner.prepare(point.step, step);
  await runner.run(point.step, step);
}

/** Number of the first step whose loss is not finite, from 0. */
async function firstFailure(job: Job, run: ArmRun, point: ResumePoint): Promise<number> {
  await replay(job, run, point, point.step);
  const { runner } = run.arm;
  for (let step = point.step; step < run.step; step++) {
    await runner.prepare(step, step + 1);
    await runner.run(step, step + 1);
    if (!Number.isFinite((await runner.totals.read()).loss)) return step;
  }
  return run.step - 1;
}

/** The first tensor of a step, in order of computation, that is not finite. */
async function badValue(job: Job, run: ArmRun, step: number): Promise<string | undefined> {
  const { runner } = run.arm;
  // the whole batch, so that all ranks find the same tensor
  const { graph } = trace<never, never>({}, () => runner.traceWhole(runner.rowsOf(step)));
  const transformed = pipeline(...runner.passes)(graph);
  // counters may start at infinity
  const counters = new Set(runner.extraState.map(({ node }) => node));
  const all = topological(rootsOf(transformed));
  const stated = statedNodes(all);
  const nodes = all.filter((node) =>
    node.type.dtype === "f32" && !counters.has(node) && !stated.has(node)
  );
  for (let start = 0; start < nodes.length; start += GROUP) {
    const group = nodes.slice(start, start + GROUP);
    const values = await evaluate(group.map((node) => ({ node })), { backend: job.backend });
    for (const [i, node] of group.entries()) {
      const bad = Array.from(values[i]!).filter((value) => !Number.isFinite(value)).length;
      if (bad > 0) return describe(node, bad, values[i]!.length);
    }
  }
  return undefined;
}

/** Nodes that depend on no data, such as the NaN that the loss of a bad label would be. */
function statedNodes(nodes: readonly Node[]): ReadonlySet<Node> {
  const stated = new Set<Node>();
  for (const node of nodes) {
    const { inputs } = node;
    const isStated = inputs.length > 0 ? inputs.every((each) => stated.has(each)) : is(node, full);
    if (isStated) stated.add(node);
  }
  return stated;
}

function describe(node: Node, bad: number, size: number): string {
  return `${nameOf(node, 2)} ${formatType(node.type)}: ${bad} of ${size} values are not finite`;
}

/** The label of a node, or its op and the names of its inputs. */
function nameOf(node: Node, depth: number): string {
  const label = LABEL.get(node);
  if (label !== undefined) return `"${label}"`;
  if (node.inputs.length === 0) return `"${labelOf(node)}"`;
  if (depth === 0) return node.op.name;
  return `${node.op.name}(${node.inputs.map((input) => nameOf(input, depth - 1)).join(", ")})`;
}

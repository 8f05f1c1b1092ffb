/**
 * Performance goals of the project, and whether a run meets them.
 * @module
 */
import type { DeviceName } from "./devices.ts";
import {
  networks,
  plainNet,
  plainNetName,
  recurrentName,
  resNetName,
  transformerName,
} from "./cases.ts";
import { convName, convShapes, peakCase } from "./op_cases.ts";
import { pairedRatio } from "./measure.ts";
import { compileLimits, type CompileRow } from "./compile_time.ts";
import { memoryCase, type MemoryRow } from "./memory.ts";
import type { OwnRow } from "./own.ts";
import type { RanksRow } from "./ranks/measure_ranks.ts";
import type { StartUp } from "./start_up.ts";
import type { PeerRow } from "./peers/compare.ts";

/** All measurements of a run. */
export interface Measured {
  readonly own: readonly OwnRow[];
  readonly peers: readonly PeerRow[];
  readonly memory?: readonly MemoryRow[];
  readonly compile?: readonly CompileRow[];
  /** Time from process start to the end of the default run with one step. */
  readonly startUp?: StartUp;
  /** Of processes that train together. */
  readonly ranks?: RanksRow;
}

/** A goal. `value` is missing if this run did not measure it. */
export interface GoalResult {
  readonly goal: string;
  readonly limit: string;
  readonly value?: number;
  readonly isMet?: boolean;
}

type Goal = (measured: Measured) => GoalResult;

const smallStep = stepName(networks.small);
const largeStep = stepName(networks.large);
const plainStep = plainNetName(plainNet.batches[0]);

function stepName({ widths, batch }: { widths: readonly number[]; batch: number }): string {
  return `step ${widths.join(":")} b${batch}`;
}

/** All goals, in the order in which they are printed. */
const goals: readonly Goal[] = [
  againstPeer(peakCase.name, { device: "cpu", peers: ["jax-js"], timesFasterAtLeast: 3.5 }),
  againstPeer(peakCase.name, { device: "cpu", peers: ["torch"], timesFasterAtLeast: 0.22 }),
  againstPeer(peakCase.name, { device: "gpu", peers: ["jax-js", "tfjs"], timesFasterAtLeast: 5 }),
  againstPeer(`${largeStep} sgd`, { device: "cpu", peers: ["jax-js"], timeAtMost: 0.4 }),
  againstPeer(`${largeStep} sgd`, { device: "gpu", peers: ["jax-js", "tfjs"], timeAtMost: 0.25 }),
  againstPeer(`${smallStep} sgd`, { device: "cpu", peers: ["jax-js"], timeAtMost: 0.2 }),
  againstPeer(`${smallStep} sgd`, { device: "gpu", peers: ["jax-js", "tfjs"], timeAtMost: 0.35 }),
  gpuDispatches(`${smallStep} sgd`, 14),
  ...Object.entries(compileLimits).map(([name, limit]): Goal => ({ compile }) => {
    const row = compile?.find((each) => each.device === "gpu" && each.name === name);
    return atMost(`gpu: ${name} in milliseconds, without pipelines`, limit, row?.own);
  }),
  ({ own }) => {
    const calls = own.flatMap((row) => row.name.startsWith("step") && row.calls ? [row.calls] : []);
    const extra = calls.map((each) =>
      Math.max(0, each.submits - 1) + each.bindGroups + each.buffers + each.maps
    );
    const value = extra.length > 0 ? Math.max(...extra) : undefined;
    return atMost("gpu: submits beyond one, bind groups, buffers, readbacks of any step", 0, value);
  },
  ...(["cpu", "gpu"] as const).flatMap((device) => [
    overSgd(device, smallStep, 1.1),
    overSgd(device, largeStep, 1.03),
  ]),
  ...convShapes.flatMap((shape) => {
    const [forward, both] = [convName(shape, "forward"), convName(shape, "forward+backward")];
    return [
      againstPeer(forward, { device: "cpu", peers: ["tfjs"], timesFasterAtLeast: 2 }),
      rate(both, { device: "cpu", atLeast: 50 }),
      againstPeer(forward, { device: "native", peers: ["torch"], timesFasterAtLeast: 0.8 }),
      againstPeer(both, { device: "native", peers: ["torch"], timesFasterAtLeast: 0.8 }),
      againstPeer(forward, { device: "gpu", peers: ["jax-js", "tfjs"], timesFasterAtLeast: 4 }),
      rate(forward, { device: "gpu", atLeast: 15 }),
      againstPeer(both, { device: "gpu", peers: ["jax-js"], timesFasterAtLeast: 6 }),
    ];
  }),
  againstPeer(`${plainStep} sgd`, { device: "cpu", peers: ["torch"], timeAtMost: 2 }),
  againstPeer(peakCase.name, { device: "native", peers: ["torch"], timesFasterAtLeast: 1.2 }),
  againstPeer(`${largeStep} sgd`, { device: "native", peers: ["torch"], timeAtMost: 0.7 }),
  againstPeer(`${smallStep} sgd`, { device: "native", peers: ["torch"], timeAtMost: 0.7 }),
  ...[plainStep, plainNetName(plainNet.batches[1]), resNetName].map((step) =>
    againstPeer(`${step} sgd`, { device: "native", peers: ["torch"], timeAtMost: 0.9 })
  ),
  againstPeer(`${plainStep} sgd`, { device: "gpu", peers: ["jax-js"], timeAtMost: 0.2 }),
  againstPeer(`${recurrentName} sgd`, { device: "cpu", peers: ["jax-js"], timeAtMost: 0.4 }),
  againstPeer(`${recurrentName} sgd`, { device: "cpu", peers: ["torch"], timeAtMost: 3 }),
  againstPeer(`${recurrentName} sgd`, { device: "gpu", peers: ["jax-js"], timeAtMost: 0.5 }),
  gpuDispatches(`${plainStep} sgd`, 180),
  againstPeer(`${transformerName} sgd`, { device: "cpu", peers: ["jax-js"], timeAtMost: 0.4 }),
  ...(["cpu", "native"] as const).map((device) =>
    againstPeer(`${transformerName} sgd`, { device, peers: ["torch"], timeAtMost: 3 })
  ),
  againstPeer(`${transformerName} sgd`, { device: "gpu", peers: ["jax-js"], timeAtMost: 0.5 }),
  ...(["cpu", "gpu"] as const).flatMap((device) => [
    overSgd(device, plainStep, 1.1),
    overSgd(device, plainNetName(plainNet.batches[1]), 1.07),
  ]),
  overSgd("native", largeStep, 1.05),
  ...plainNet.batches.map((batch) => overSgd("native", plainNetName(batch), 1.05)),
  ...(["cpu", "gpu"] as const).map((device): Goal => ({ memory }) => {
    const row = memory?.find((row) => row.device === device);
    const { depth, batch } = memoryCase;
    const what = `${device} resnet-${depth} b${batch}: memory of a step / kept for backward`;
    return atMost(what, 1.3, row && row.temporaryBytes / row.keptBytes);
  }),
  ({ startUp }) =>
    atMost("seconds from process start to first step, warm", 1.5, startUp && startUp.best / 1000),
  ({ startUp }) =>
    atMost("milliseconds that it takes longer with native code", 10, startUp?.native?.later),
  ({ ranks }) =>
    atMost("2 ranks: milliseconds of an all-reduce of 2.67 MB", 2, ranks?.allReduce.median),
  ({ ranks }) => atMost("step on 1 rank / step of one process", 1.03, ranks?.oneRankOverNone),
  ({ ranks }) => atLeast("2 ranks: images/s / twice those of one", 0.85, ranks?.efficiency),
];

/** Compares a run with all goals. */
export function judge(measured: Measured): GoalResult[] {
  return goals.map((goal) => goal(measured));
}

interface PeerGoal {
  readonly device: DeviceName;
  /** Peers; the fastest one counts. */
  readonly peers: readonly string[];
  readonly timesFasterAtLeast?: number;
  readonly timeAtMost?: number;
}

function againstPeer(name: string, goal: PeerGoal): Goal {
  const { device, peers, timesFasterAtLeast, timeAtMost } = goal;
  const what = `${device} ${name}`;
  return ({ peers: rows }) => {
    const here = rows.filter((row) => row.device === device && row.name === name);
    const own = here.find(({ framework }) => framework === "gspace")?.timing;
    const ratios = here.flatMap(({ framework, timing }) =>
      own && timing && peers.includes(framework) ? [pairedRatio(own, timing)] : []
    );
    // the largest fraction of a peer's time is that of the fastest peer
    const share = ratios.length > 0 ? Math.max(...ratios) : undefined;
    const best = peers.length > 1 ? `the best of ${peers.join(", ")}` : peers.join();
    if (timesFasterAtLeast === undefined) {
      return atMost(`${what}: time / ${best}`, timeAtMost ?? NaN, share);
    }
    return atLeast(`${what}: speed / ${best}`, timesFasterAtLeast, share && 1 / share);
  };
}

function gpuDispatches(name: string, limit: number): Goal {
  return ({ own }) =>
    atMost(`gpu dispatches of ${name}`, limit, find(own, "gpu", name)?.calls?.dispatches);
}

function rate(name: string, { device, atLeast: limit }: { device: string; atLeast: number }): Goal {
  return ({ own }) => atLeast(`${device} ${name}: GFLOP/s`, limit, find(own, device, name)?.gflops);
}

function overSgd(device: string, step: string, limit: number): Goal {
  return ({ own }) =>
    atMost(`${device} ${step}: gsgd / sgd`, limit, find(own, device, `${step} gsgd`)?.timesSgd);
}

function find(rows: readonly OwnRow[], device: string, name: string): OwnRow | undefined {
  return rows.find((row) => row.device === device && row.name === name);
}

function atMost(goal: string, limit: number, value: number | undefined): GoalResult {
  return {
    goal,
    limit: `<= ${limit}`,
    ...(value !== undefined && { value, isMet: value <= limit }),
  };
}

function atLeast(goal: string, limit: number, value: number | undefined): GoalResult {
  return {
    goal,
    limit: `>= ${limit}`,
    ...(value !== undefined && { value, isMet: value >= limit }),
  };
}

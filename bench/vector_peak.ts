/**
 * Peak rate of the processor's 128-bit vectors: multiply-adds on registers, without memory
 * accesses. The CPU backend cannot exceed it, because WebAssembly has no wider vectors.
 * @module
 */
import { ModuleBuilder } from "../cpu/wasm/assembler.ts";
import { detectWasmFeatures } from "../cpu/wasm/features.ts";
import { runsForSample } from "./measure.ts";

/** Number of independent chains: more than latency × units of any processor. */
const CHAINS = 12;
/** FLOPs of a multiply-add of vectors of four. */
const OPERATIONS = 8;
const SAMPLES = 12;

/** Returns the best GFLOP/s of one thread in several samples of about `milliseconds`. */
export function measureVectorPeak(milliseconds: number): number {
  const run = chains(detectWasmFeatures().relaxedSimd);
  const time = (rounds: number) => {
    const start = performance.now();
    run(rounds);
    return performance.now() - start;
  };
  let [rounds, more] = [0, 10_000];
  while (more !== rounds) {
    rounds = more;
    more = runsForSample(rounds, { milliseconds: time(rounds), target: milliseconds });
  }
  const best = Math.min(...Array.from({ length: SAMPLES }, () => time(rounds)));
  return rounds * CHAINS * OPERATIONS / best / 1e6;
}

/** Makes a function that runs rounds of one multiply-add per chain. */
function chains(fused: boolean): (rounds: number) => void {
  const module = new ModuleBuilder();
  module.function("run", { params: ["i32"], results: ["f32"], exported: true }, (f, rounds) => {
    if (!rounds) throw new Error("Internal: the parameter is missing");
    const sums = Array.from({ length: CHAINS }, () => f.local("v128"));
    const factor = f.local("v128");
    f.f32x4(0.999).set(factor);
    f.loop((again) => {
      for (const sum of sums) {
        if (fused) f.get(sum, factor, factor).op("f32x4.relaxed_madd").set(sum);
        else f.get(sum, factor).op("f32x4.mul").get(factor).op("f32x4.add").set(sum);
      }
      f.get(rounds).i32(1).op("i32.sub").tee(rounds).brIf(again);
    });
    // the result depends on every chain, so that none is optimized away
    sums.forEach((sum) => f.get(sum));
    sums.slice(1).forEach(() => f.op("f32x4.add"));
    f.lane("f32x4.extract_lane", 0);
  });
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes())).exports;
  if (typeof run !== "function") throw new Error("Internal: the module exports no function");
  return (rounds) => void run(rounds);
}

/** Eager runs of programs that change from run to run, while the process has no core to spare. */
import { type Backend, full, ones, type Tensor } from "../../mod.ts";

/** Threads of the process that do nothing but keep the processors from the backend's. */
export class Load implements Disposable {
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));

  /** Starts this many threads, which end on disposal. */
  constructor(threads: number) {
    const source = `onmessage = ({ data }) => {
      while (Atomics.load(data, 0) === 0) for (let i = 0; i < 1e5; i++) Math.sqrt(i);
      close();
    };`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    for (let i = 0; i < threads; i++) {
      new Worker(url, { type: "module" }).postMessage(this.#stop);
    }
  }

  [Symbol.dispose](): void {
    Atomics.store(this.#stop, 0, 1);
  }
}

/** A program and the value that all elements of its result have. */
interface Program {
  readonly result: Tensor;
  readonly value: number;
}

/** Program number `i`: its code, its shape, its value and its number of stages depend on `i`. */
export function changingProgram(i: number): Program {
  const [rows, inner, columns] = [40 + i % 50, 64 + 4 * (i % 3), 100 + i % 7];
  const factor = 1 + i % 11;
  let result = full(factor, [rows, inner]).matmul(ones([inner, columns])).relu();
  let value = factor * inner;
  for (let more = i % 3; more > 0; more--) {
    result = result.matmul(full(0.5, [columns, columns]));
    value *= columns / 2;
  }
  return { result, value };
}

/** The outcome of the runs. */
export interface EagerRuns {
  /** Runs that threw. */
  readonly failed: number;
  /** Runs that gave a wrong value. */
  readonly wrong: number;
  /** What the first of those said. */
  readonly first: string;
}

/** Runs this many programs one after the other, each of them once. */
export async function eagerRuns(backend: Backend, runs: number): Promise<EagerRuns> {
  let [failed, wrong, first] = [0, 0, ""];
  for (let i = 0; i < runs; i++) {
    const { result, value } = changingProgram(i);
    try {
      const data = await result.data({ backend });
      const bad = data.findIndex((element) => !(Math.abs(element / value - 1) < 1e-4));
      if (bad < 0) continue;
      wrong++;
      first ||= `run ${i}: element ${bad} is ${data[bad]}, not ${value}`;
    } catch (error) {
      failed++;
      first ||= `run ${i}: ${error}`;
    }
  }
  return { failed, wrong, first };
}

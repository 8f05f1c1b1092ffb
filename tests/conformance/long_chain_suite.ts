import { assertEquals } from "@std/assert";
import { evaluate, pullBack } from "../../autograd/mod.ts";
import { abs, add, constant, full, fullLike, neg, type Node, reduceSum } from "../../graph/mod.ts";
import type { BackendTest } from "./suite.ts";

const start = [0, 0.25, 4, -17.5];

/** y ← |−(y + 3)| − 5, op by op: exact in f32, and its slope is ±1 as the value says. */
function chain(x: Node, length: number): Node {
  let y = x;
  for (let i = 0; i < length; i++) {
    const step = i % 4;
    if (step === 0) y = add(y, fullLike(y, 3));
    else if (step === 1) y = neg(y);
    else if (step === 2) y = abs(y);
    else y = add(y, fullLike(y, -5));
  }
  return y;
}

/** The same in plain numbers, with its slope. */
function expected(x: number, length: number): { value: number; slope: number } {
  let [value, slope] = [x, 1];
  for (let i = 0; i < length; i += 4) {
    slope *= Math.sign(value + 3);
    value = Math.abs(value + 3) - 5;
  }
  return { value, slope };
}

/** Chains that are deeper than the call stack, on a backend. */
export function longChainConformance(backendTest: BackendTest): void {
  backendTest("a chain of 20000 ops computes what a loop does", async (backend) => {
    const x = constant(Float32Array.from(start), [start.length]);
    const [values] = await evaluate([{ node: chain(x, 20000) }], { backend });
    assertEquals([...values!], start.map((x) => expected(x, 20000).value));
  });

  backendTest("the gradient of a chain of 5000 ops is that of a loop", async (backend) => {
    const x = constant(Float32Array.from(start), [start.length]);
    const slopes = pullBack(reduceSum(chain(x, 5000), [0]), full(1, []), [x]);
    const [values] = await evaluate(slopes.map((node) => ({ node })), { backend });
    assertEquals([...values!], start.map((x) => expected(x, 5000).slope));
  });
}

/** Random shapes of products and convolutions, in native code and in WebAssembly. */
import type { CpuBackend } from "../../../cpu/mod.ts";
import { openCpu } from "../../../cpu/mod.ts";
import type { Kernel } from "../../../graph/mod.ts";
import { externalPlan, runOn, type SlotData } from "../../gpu/_plans.ts";
import { generator } from "../../support/random.ts";
import {
  conv2dCase,
  describeLayer,
  epilogueNames,
  type Layer,
  type Role,
  sizesOf,
} from "../_conv2d.ts";
import { assertSameBits, type Instructions } from "./_native.ts";
import { loopKinds } from "./_loops.ts";
import { productCase } from "./_products.ts";

/** What a kernel computes. */
export type Kind = "product" | Role | keyof typeof loopKinds;

/** All kinds that have native code. */
export const kinds: readonly Kind[] = [
  "product",
  "forward",
  "inputGradient",
  "weightGradient",
  "chain",
  "columns",
  "rows",
];

/** A kernel of random shape. */
interface ShapeCase {
  readonly what: string;
  readonly kernel: Kernel;
  readonly slots: readonly SlotData[];
}

/** Most multiplications of a case, so that checked runs are short. */
const MOST_PRODUCTS = 400_000;

/** Case number `i` of a kind: a function of the seed and `i` only. */
export function shapeCase(kind: Kind, { seed, i }: { seed: number; i: number }): ShapeCase {
  const random = generator(seed * 0x10000 + i);
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const one = <T>(choices: readonly T[]): T => choices[whole(0, choices.length - 1)]!;
  for (;;) {
    if (kind in loopKinds) {
      const made = loopKinds[kind as keyof typeof loopKinds]({ whole, one });
      return { what: `${kind} ${i} of seed ${seed}`, ...made };
    }
    const found = kind === "product"
      ? randomProduct(whole, one)
      : randomConv2d(kind as Role, whole, one);
    if (found) return found;
  }
}

type Whole = (least: number, most: number) => number;
type One = <T>(choices: readonly T[]) => T;

function randomProduct(whole: Whole, one: One): ShapeCase | undefined {
  const [m, n] = [whole(1, one([4, 20, 150])), whole(1, one([20, 70, 200]))];
  const k = whole(1, one([9, 70, 1100]));
  const batch = one([[], [], [whole(1, 3)], [2, whole(1, 2)]]);
  if (batch.reduce((product, size) => product * size, m * n * k) > MOST_PRODUCTS) return undefined;
  const transposed = one(["", "a", "b", "ab"]);
  const what = `product [${[...batch, `${m}x${k}x${n}`]}], transposed "${transposed}"`;
  return { what, ...productCase({ m, n, k, batch }, transposed) };
}

function randomConv2d(role: Role, whole: Whole, one: One): ShapeCase | undefined {
  const groups = one([1, 1, 1, 2, 3]);
  const channels = () => groups * whole(1, one([4, 9, 40]));
  const pair = (most: number) => [whole(1, most), whole(1, most)] as const;
  const layer: Layer = {
    images: [whole(1, 4), channels(), whole(1, one([5, 20])), whole(1, one([5, 20, 40]))],
    outputs: channels(),
    kernel: one([[1, 1], [3, 3], pair(5), pair(8)]),
    stride: one([[1, 1], [1, 1], [2, 2], pair(3)]),
    padding: one([[0, 0], [1, 1], [whole(0, 3), whole(0, 3)]]),
    dilation: one([[1, 1], [1, 1], pair(2)]),
    groups,
  };
  const sizes = sizesOf(layer);
  if (sizes.outHeight < 1 || sizes.outWidth < 1) return undefined;
  const { n, c, o, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const products = n * o * (c / groups) * kernelHeight * kernelWidth * outHeight * outWidth;
  if (products > MOST_PRODUCTS) return undefined;
  const epilogue = one(epilogueNames);
  const what = `${role} of ${describeLayer(layer)}, ${epilogue}`;
  return { what, ...conv2dCase(role, sizes, epilogue) };
}

/** Backends on which a case must have the same bits. */
export class ShapeChecker implements Disposable {
  readonly #wasm: CpuBackend = openCpu({ threads: 1, native: "off" });
  readonly #native: readonly CpuBackend[];

  constructor(native: Instructions) {
    this.#native = [true, false].map((checked) => openCpu({ threads: 1, native, checked }));
  }

  /**
   * Runs a case in checked mode, then without checks, and compares both with WebAssembly.
   * @throws {AssertionError} if a bit differs
   * @throws {CheckError} if native code would access memory outside its slots
   */
  async check({ what, kernel, slots }: ShapeCase): Promise<void> {
    const plan = externalPlan([[kernel]], slots);
    const expected = await runOn(this.#wasm, plan, slots);
    for (const backend of this.#native) {
      assertSameBits(
        await runOn(backend, plan, slots),
        expected,
        `${what}, ${backend.description}`,
      );
    }
  }

  [Symbol.dispose](): void {
    for (const backend of [this.#wasm, ...this.#native]) backend[Symbol.dispose]();
  }
}

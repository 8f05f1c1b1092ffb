import type { Tensor } from "../../../autograd/mod.ts";
import type { GsgdOptions } from "../../../optim/gsgd/mod.ts";
import { generator } from "../../support/random.ts";
import { network, type TrainingNetwork } from "../gsgd/network.ts";
import { plainRule } from "./optimizer_rules.ts";

/** A network of random widths, with the options that it is trained with. */
interface RandomNetwork {
  /** Widths, shortcuts, and options, for messages. */
  readonly description: string;
  readonly network: TrainingNetwork;
  readonly options: GsgdOptions;
}

/** Three widths that rise and fall, or fall and rise, part of the way back. */
function comingBack(between: (low: number, high: number) => number): number[] {
  const low = between(1, 7);
  const high = between(low + 2, 9);
  const middle = between(low + 1, high - 1);
  return between(0, 1) === 0 ? [low, high, middle] : [high, low, middle];
}

/** 2 to 6 layers of 1 to 9 units, with or without biases, and with random shortcuts. */
export function randomNetwork(seed: number): RandomNetwork {
  const random = generator(seed);
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const widths = Array.from({ length: between(3, 7) }, () => between(1, 9));
  if (random() < 0.5) widths.splice(1, widths.length - 3, ...comingBack(between));
  const bias = random() < 0.5;
  const residual = random() < 0.5 ? "tied" : "cut";
  const shortcuts = widths.map(() => random() < 0.3);
  const from = widths.map((_, layer) => between(0, Math.max(0, layer - 2)));
  const write = (x: Tensor, net: Parameters<Parameters<typeof network>[1]>[1]) => {
    const values = [x];
    for (let layer = 1; layer < widths.length; layer++) {
      let next = net.linear(values[layer - 1]!, widths[layer]!, `W${layer}`, { bias });
      const early = values[from[layer]!]!;
      if (shortcuts[layer] && layer > 1) {
        const isSame = early.shape[1] === widths[layer];
        next = next.add(isSame ? early : net.linear(early, widths[layer]!, `S${layer}`));
      }
      values.push(layer === widths.length - 1 ? next : next.relu());
    }
    return values.at(-1)!;
  };
  const { transform } = plainRule;
  const described = widths.map((width, layer) =>
    shortcuts[layer] && layer > 1 ? `${width} (+ layer ${from[layer]})` : `${width}`
  );
  return {
    description: `seed ${seed}: ${described.join("-")}${bias ? " with biases" : ""}, ${residual}`,
    network: network(widths[0]!, write, { transform, damped: true, seed: seed + 1 }),
    options: { residual },
  };
}

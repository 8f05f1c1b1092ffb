/** A fully connected network as a function of its path values, written with tensors. */
import { gradientsOf, Tensor, tensor, where } from "../../../autograd/mod.ts";
import { input, interpret, labelOf, type Node, type Shape } from "../../../graph/mod.ts";
import type { EnumeratedNetwork } from "./enumerated_paths.ts";
import type { TrainingNetwork } from "./network.ts";
import { weightsByName } from "./training_run.ts";

/** ∂L/∂v by differentiating the network w(v) = v / (P·Q) [gsgd.md §4.2]; 0 at free weights. */
export function pathSpaceGradients(
  net: EnumeratedNetwork,
  weights: Float64Array,
  { bindings }: TrainingNetwork,
): Record<string, Float64Array> {
  const values = new Float64Array(net.edges.length);
  net.pathValues(weights).forEach((v, p) => values[net.coordinates[p]!] = v);
  const mlp = new PathSpaceMlp(net, weightsByName(net, values), weightsByName(net, weights));
  const [x, target] = ["x", "target"].map((name) => {
    const [node, data] = [...bindings].find(([other]) => labelOf(other) === name)!;
    mlp.bindings.set(node, data);
    return new Tensor(node);
  });
  const loss = mlp.forward(x!).sub(target!).square().mean();
  const names = [...mlp.values.keys()];
  const slopes = gradientsOf(loss, [...mlp.values.values()]).map(({ node }) => node);
  const computed = interpret(slopes, mlp.bindings);
  return Object.fromEntries(names.map((name, i) => [name, computed.get(slopes[i]!)!]));
}

class PathSpaceMlp {
  readonly bindings = new Map<Node, ArrayLike<number>>();
  /** What is differentiated by. */
  readonly values: ReadonlyMap<string, Tensor>;
  readonly #weights: ReadonlyMap<string, Tensor>;
  readonly #widths: readonly number[];

  constructor(
    { widths }: EnumeratedNetwork,
    values: Readonly<Record<string, Float64Array>>,
    weights: Readonly<Record<string, Float64Array>>,
  ) {
    this.#widths = widths;
    const bound = (all: Readonly<Record<string, Float64Array>>, kind: string) =>
      new Map(
        Object.entries(all).map(([name, data]) => {
          const layer = Number(name.slice(1, name.indexOf(".")));
          const rows = widths[layer]!;
          const shape = name.endsWith("bias") ? [rows] : [rows, widths[layer - 1]!];
          return [name, this.#bind(`${kind} ${name}`, data, shape)] as const;
        }),
      );
    this.values = bound(values, "v of");
    this.#weights = bound(weights, "w of");
  }

  #bind(name: string, data: ArrayLike<number>, shape: Shape): Tensor {
    const node = input(name, { dtype: "f32", shape });
    this.bindings.set(node, data);
    return new Tensor(node);
  }

  forward(x: Tensor): Tensor {
    const last = this.#widths.length - 1;
    let value = x;
    let into: Tensor | undefined;
    for (let layer = 1; layer <= last; layer++) {
      const outOf = this.#outRoutes(layer);
      const weight = this.#weight(layer, into, outOf);
      const bias = this.values.get(`W${layer}.bias`)!;
      const sum = value.matmul(weight.transpose()).add(outOf ? bias.div(outOf) : bias);
      value = layer === last ? sum : sum.relu();
      into = this.#inRoutes(layer, weight, into);
    }
    return value;
  }

  /** v / (P·Q), and the weight itself where it is free. */
  #weight(layer: number, into: Tensor | undefined, outOf: Tensor | undefined): Tensor {
    const [below, width] = [this.#widths[layer - 1]!, this.#widths[layer]!];
    const isFree = (i: number) => layer > 1 && Math.floor(i / below) === i % below % width;
    const free = Uint8Array.from({ length: width * below }, (_, i) => Number(isFree(i)));
    const value = this.values.get(`W${layer}.weight`)!;
    const perTail = into ? value.div(into) : value;
    const perHead = outOf ? perTail.div(outOf.reshape([width, 1])) : perTail;
    return where(tensor(free, [width, below], "bool"), this.#free(layer), perHead);
  }

  #free(layer: number): Tensor {
    return this.#weights.get(`W${layer}.weight`)!;
  }

  /** Q of a layer's units; none for the outputs. */
  #outRoutes(layer: number): Tensor | undefined {
    if (layer === this.#widths.length - 1) return undefined;
    const [width, above] = [this.#widths[layer]!, this.#widths[layer + 1]!];
    const own = elements(this.#free(layer + 1), width, (i) => i % above * width + i);
    const rest = this.#outRoutes(layer + 1);
    return rest ? own.mul(elements(rest, width, (i) => i % above)) : own;
  }

  /** P of a layer's units. */
  #inRoutes(layer: number, weight: Tensor, into: Tensor | undefined): Tensor {
    const [below, width] = [this.#widths[layer - 1]!, this.#widths[layer]!];
    const own = elements(weight, width, (k) => k * below + k % below);
    return into ? own.mul(elements(into, width, (k) => k % below)) : own;
  }
}

function elements(x: Tensor, count: number, at: (k: number) => number): Tensor {
  const indices = Int32Array.from({ length: count }, (_, k) => at(k));
  return x.reshape([-1]).gather(tensor(indices, [count]));
}

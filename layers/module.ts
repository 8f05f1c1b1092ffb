import {
  checkOptions,
  formatFound,
  GraphError,
  optional,
  type OptionRules,
  seedNumber,
  type Shape,
} from "../graph/mod.ts";
import { Parameter, type Tensor, Variable } from "../autograd/mod.ts";
import type { ForwardContext } from "./context.ts";
import { fanInUniform, type Initializer } from "./initializers.ts";
import { addPart, findParts, type Parts, PLACES, refuseHidden } from "./module_parts.ts";
import { RandomStream } from "./random.ts";

export { type BatchPart, type ForwardContext, ignoreStatistics, inference } from "./context.ts";

/** Specification of a variable of a layer. */
export interface ParameterSpec {
  /** Size of each axis. */
  readonly shape: Shape;
  /** Number of inputs of each output element of the layer. */
  readonly fanIn: number;
  /** Initializer. Default: `fanInUniform`. */
  readonly initializer?: Initializer | undefined;
  /** Whether it is trainable. Running statistics are not. Default: true. */
  readonly trained?: boolean;
}

/** Options for `initialize`. */
export interface InitializeOptions {
  /** Seed of the initial values: a whole number in [0, 2^32). Default: 0. */
  readonly seed?: number;
}

/** A module with any inputs and outputs, for functions that do not run it. */
export type AnyModule = Module<never, unknown>;

/**
 * Base class of layers and models. Submodules are found in public fields, and in arrays, objects,
 * Maps, and Sets in them. Parameters are named by the path to them, as in PyTorch's `state_dict`:
 * `fc1.weight`. `using model = …` frees the model's device memory at the end of the block.
 *
 * A module takes a tensor and returns one, unless you specify other types: `Module<Inputs, Output>`.
 * Several inputs are one object or one list, and so are several outputs; the context comes after it.
 *
 * @example A model of two layers
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, Linear, Module, type Tensor } from "@gspace/gspace";
 *
 * class Net extends Module {
 *   readonly fc1 = new Linear(49, 32);
 *   readonly fc2 = new Linear(32, 10, { bias: false });
 *   override forward(x: Tensor): Tensor {
 *     return this.fc2.forward(this.fc1.forward(x).relu());
 *   }
 * }
 * const model = initialize(new Net(), { seed: 1 });
 * assertEquals([...model.namedParameters().keys()], ["fc1.weight", "fc1.bias", "fc2.weight"]);
 * ```
 *
 * @example Two inputs and two outputs
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, Linear, Module, type Tensor, zeros } from "@gspace/gspace";
 *
 * class Encoder extends Module<{ image: Tensor; label: Tensor }, { mean: Tensor; logVar: Tensor }> {
 *   readonly heads = { mean: new Linear(49, 2), logVar: new Linear(49, 2) };
 *   readonly kind = new Linear(10, 49, { bias: false });
 *   override forward({ image, label }: { image: Tensor; label: Tensor }) {
 *     const hidden = image.add(this.kind.forward(label)).relu();
 *     return { mean: this.heads.mean.forward(hidden), logVar: this.heads.logVar.forward(hidden) };
 *   }
 * }
 * const encoder = initialize(new Encoder(), { seed: 1 });
 * const { mean } = encoder.forward({ image: zeros([3, 49]), label: zeros([3, 10]) });
 * assertEquals(mean.shape, [3, 2]);
 * ```
 */
export abstract class Module<Inputs = Tensor, Output = Tensor> implements Disposable {
  #path: string | undefined;
  readonly #own = new Map<string, Variable>();

  /** Computes the output for the inputs. Must not assign to fields. */
  abstract forward(inputs: Inputs, context?: ForwardContext): Output;

  /** Variables of this module itself, without those of its submodules, by name. */
  protected parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return {};
  }

  /**
   * Submodules in public fields, by field name. Submodules in arrays, objects, Maps, and Sets are
   * named by position or key as well: `blocks.0.1`, `heads.large`.
   */
  children(): ReadonlyMap<string, AnyModule> {
    return findParts(this, isModule);
  }

  /** Parameters of this module and all submodules by name, in the order of the fields. */
  namedParameters(): ReadonlyMap<string, Parameter> {
    const named = this.state();
    return new Map(
      [...named].flatMap(([name, value]) => value instanceof Parameter ? [[name, value]] : []),
    );
  }

  /** Parameters of this module and all submodules. A shared parameter appears once. */
  parameters(): Parameter[] {
    return [...new Set(this.namedParameters().values())];
  }

  /** All variables by name, including running statistics: the contents of a checkpoint. */
  state(): ReadonlyMap<string, Variable> {
    const found: Parts<Variable> = new Map();
    for (const name of Object.keys(this.parameterSpecs())) {
      addPart(found, name, this.variable(name));
    }
    for (const [name, field] of findParts(this, isVariable)) addPart(found, name, field);
    for (const [child, module] of this.children()) {
      for (const [name, item] of module.state()) addPart(found, `${child}.${name}`, item);
    }
    return found;
  }

  /** Frees the device memory of everything in `state()`. Does nothing before `initialize`. */
  [Symbol.dispose](): void {
    for (const variable of this.#own.values()) variable[Symbol.dispose]();
    for (const variable of findParts(this, isVariable).values()) variable[Symbol.dispose]();
    for (const child of this.children().values()) child[Symbol.dispose]();
  }

  /** Path of this module in its model, set by `initialize`; `""` for the model itself. */
  get path(): string {
    if (this.#path === undefined) throw notInitialized(this.constructor.name, this);
    return this.#path;
  }

  /** Path and class, for error messages and device labels: `2 Linear`. */
  get label(): string {
    return `${this.#path ?? ""} ${this.constructor.name}`.trimStart();
  }

  /**
   * Returns a parameter of `parameterSpecs`.
   * @throws {GraphError} before `initialize`
   */
  protected parameter(name: string): Parameter {
    const found = this.variable(name);
    if (found instanceof Parameter) return found;
    throw new GraphError(`Cannot train ${name} of ${this.constructor.name}: it is not a parameter`);
  }

  /**
   * Returns a variable of `parameterSpecs`, trainable or not.
   * @throws {GraphError} before `initialize`
   */
  protected variable(name: string): Variable {
    const found = this.#own.get(name);
    if (!found) throw notInitialized(`${name} of ${this.constructor.name}`, this);
    return found;
  }

  /** Called by `initialize`. */
  initializeAt(path: string, options: InitializeOptions, seen: Set<AnyModule> = new Set()): void {
    if (seen.has(this)) {
      throw new GraphError(
        `Cannot initialize "${path}": each layer may appear only once in a model: this ` +
          `${this.constructor.name} is also at "${this.#path}": to share its weights, call it twice in ` +
          "forward; to keep a second reference to it, use a private (#) field",
      );
    }
    seen.add(this);
    refuseHidden(this, isModule);
    const { seed = 0 } = options;
    this.#path = path;
    for (const [name, spec] of Object.entries(this.parameterSpecs())) {
      const full = path === "" ? name : `${path}.${name}`;
      const { shape, fanIn, initializer = fanInUniform, trained = true } = spec;
      const random = new RandomStream(seed, full);
      const initial = () => initializer(shape, { fanIn, random });
      const Kind = trained ? Parameter : Variable;
      this.#own.set(name, new Kind(full, { dtype: "f32", shape }, initial));
    }
    for (const [name, child] of this.children()) {
      child.initializeAt(path === "" ? name : `${path}.${name}`, options, seen);
    }
  }
}

const initializeRules: OptionRules<InitializeOptions> = { seed: optional(seedNumber) };

const isModule = (value: unknown): value is AnyModule => value instanceof Module;
const isVariable = (value: unknown): value is Variable => value instanceof Variable;

/** Names both possible causes: `initialize` was not called, or it did not find the module. */
function notInitialized(what: string, module: AnyModule): GraphError {
  return new GraphError(
    `Cannot use ${what}: the model must be initialized first: call initialize(model, { seed }). ` +
      `If you did, it did not find this ${module.constructor.name}: it searches ${PLACES}, ` +
      "but not private (#) fields",
  );
}

/**
 * Initializes the parameters of a model. The initial values of a parameter are a function of the
 * seed and its name only, so adding another layer does not change them.
 * @throws {RangeError} if the seed is not a whole number in [0, 2^32)
 * @throws {GraphError} if a layer appears twice in the model, two submodules have the same name, or
 *   a field holds modules in an object of a class that is not a `Module`
 */
export function initialize<M extends AnyModule>(model: M, options: InitializeOptions = {}): M {
  if (!isModule(model)) {
    throw new TypeError(
      `Cannot initialize a model: it must be a Module: current is ${formatFound(model)}`,
    );
  }
  checkOptions("initialize a model", options, initializeRules);
  model.initializeAt("", options);
  return model;
}

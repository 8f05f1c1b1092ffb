import { checkOptions, GraphError, seedNumber, type Shape } from "../graph/mod.ts";
import { Parameter, type Tensor, Variable } from "../autograd/mod.ts";
import { fanInUniform, type Initializer } from "./initializers.ts";
import { addPart, findParts, type Parts, PLACES, refuseHidden } from "./module_parts.ts";
import { RandomStream } from "./random.ts";

/**
 * How a model is run: passed along explicitly, never kept in a layer. One object stands for one
 * run: a layer that draws random numbers twice under it gets different ones, and two objects with
 * the same fields give the same numbers. In a compiled step no two draws are the same.
 */
export interface ForwardContext {
  /** Is the model being trained? Dropout acts only then. */
  readonly training: boolean;
  /** i32[]: makes the random numbers of each run different; usually the step counter. */
  readonly counter?: Tensor;
  /** Seed of the random numbers; 0 unless told. */
  readonly seed?: number;
  /** Receives next values of variables that a layer keeps itself, such as running statistics. */
  readonly record?: (variable: Variable, next: Tensor) => void;
}

/** Running a model on new data, not training it: what layers do where no context is given. */
export const inference: ForwardContext = { training: false };

/** A parameter that a layer asks for. */
export interface ParameterSpec {
  /** Sizes along the axes. */
  readonly shape: Shape;
  /** Number of inputs that one output of the layer sums over. */
  readonly fanIn: number;
  /** First values; `fanInUniform` unless told. */
  readonly initializer?: Initializer;
  /** Is it trained? Yes unless told; a running statistic is not. */
  readonly trained?: boolean;
}

/** How to give a model its parameters. */
export interface InitializeOptions {
  /** Seed of the initial values: a whole number in [0, 2^32). */
  readonly seed: number;
}

/**
 * A part of a model: something with parameters and a way to run it. Children are found by
 * looking at public fields and at arrays, objects, Maps, and Sets in them, so names are as in PyTorch's `state_dict`: `fc1.weight`.
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
 */
export abstract class Module {
  #path: string | undefined;
  readonly #own = new Map<string, Variable>();

  /** Adds the nodes that compute the output for `x`. Assigns to no field. */
  abstract forward(x: Tensor, context?: ForwardContext): Tensor;

  /** The parameters that this module itself needs, by name; its children's not included. */
  protected parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return {};
  }

  /**
   * The modules in this module's public fields, by field name, and in arrays, objects, Maps, and
   * Sets there, by position or key as well: `blocks.0.1`, `heads.large`.
   */
  children(): ReadonlyMap<string, Module> {
    return findParts(this, isModule);
  }

  /** Names and parameters of this module and all below it, in the order of the fields. */
  namedParameters(): ReadonlyMap<string, Parameter> {
    const named = this.state();
    return new Map(
      [...named].flatMap(([name, value]) => value instanceof Parameter ? [[name, value]] : []),
    );
  }

  /** The parameters of this module and all below it; one that several modules share is there once. */
  parameters(): Parameter[] {
    return [...new Set(this.namedParameters().values())];
  }

  /** Parameters and all other variables (running statistics), by name: what a checkpoint holds. */
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

  /** Where this module lies in its model, as `initialize` found it; `""` for the model itself. */
  get path(): string {
    if (this.#path === undefined) throw notInitialized(this.constructor.name, this);
    return this.#path;
  }

  /** Path and kind, for messages and device labels: `2 Linear`. */
  get label(): string {
    return `${this.#path ?? ""} ${this.constructor.name}`.trimStart();
  }

  /**
   * One of the trained parameters of `parameterSpecs`.
   * @throws {GraphError} before `initialize`
   */
  protected parameter(name: string): Parameter {
    const found = this.variable(name);
    if (found instanceof Parameter) return found;
    throw new GraphError(`Cannot train ${name} of ${this.constructor.name}: it is not a parameter`);
  }

  /**
   * One of the variables of `parameterSpecs`, trained or not.
   * @throws {GraphError} before `initialize`
   */
  protected variable(name: string): Variable {
    const found = this.#own.get(name);
    if (!found) throw notInitialized(`${name} of ${this.constructor.name}`, this);
    return found;
  }

  /** Use `initialize`. */
  initializeAt(path: string, options: InitializeOptions, seen: Set<Module> = new Set()): void {
    if (seen.has(this)) {
      throw new GraphError(
        `Cannot initialize "${path}": each layer may appear only once in a model: this ` +
          `${this.constructor.name} is at "${this.#path}" too: to share its weights, run it twice in ` +
          "a forward; to refer to it again, use a private (#) field",
      );
    }
    seen.add(this);
    refuseHidden(this, isModule);
    const { seed } = options;
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

const isModule = (value: unknown): value is Module => value instanceof Module;
const isVariable = (value: unknown): value is Variable => value instanceof Variable;

/** A module cannot tell whether `initialize` was not called, or did not find it. */
function notInitialized(what: string, module: Module): GraphError {
  return new GraphError(
    `Cannot use ${what}: the model must get its parameters first: call initialize(model, { seed }). ` +
      `If it was called, it did not find this ${module.constructor.name}: it looks in ${PLACES}, ` +
      "and not in private (#) fields",
  );
}

/**
 * Gives a model its parameters. Each one's first values are a function of the seed and of
 * its name only, so they do not change when another layer is added.
 * @throws {RangeError} if the seed is not a whole number in [0, 2^32)
 * @throws {GraphError} if a layer appears in the model twice, two parts would have one name, or a
 *   field holds an object of a class of its own with modules in it
 */
export function initialize<M extends Module>(model: M, options: InitializeOptions): M {
  checkOptions("initialize a model", options, { seed: seedNumber });
  model.initializeAt("", options);
  return model;
}

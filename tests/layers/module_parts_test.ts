import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ones, Parameter, type Tensor, Variable } from "../../autograd/mod.ts";
import { GraphError } from "../../graph/mod.ts";
import { Dropout, initialize, Linear, Module, Sequential } from "../../layers/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";

const linear = () => new Linear(2, 2, { bias: false });
const parameter = (name: string) => new Parameter(name, { dtype: "f32", shape: [2] });

/** Runs whatever modules are in its fields. */
abstract class Composite extends Module {
  override forward(x: Tensor): Tensor {
    return [...this.children().values()].reduce(
      (value, part) => (part as Module).forward(value),
      x,
    );
  }
}

class Everywhere extends Composite {
  readonly plain = linear();
  readonly list = [linear(), 3, [linear(), [linear()]]];
  readonly object = { first: linear(), deeper: { second: [linear()] } };
  readonly bare = Object.assign(Object.create(null), { third: linear() });
  readonly map = new Map<unknown, unknown>([["large", linear()], [7, [linear()]]]);
  readonly set = new Set([linear(), linear()]);
  readonly values = { gain: parameter("gain"), counts: [new Variable("count", scalar)] };
  readonly nothing = null;
  readonly options = { name: "x", sizes: [1, 2], when: new Date(0), weights: new Float32Array(2) };
}
const scalar = { dtype: "f32", shape: [] } as const;

const names = [
  "plain",
  "list.0",
  "list.2.0",
  "list.2.1.0",
  "object.first",
  "object.deeper.second.0",
  "bare.third",
  "map.large",
  "map.7.0",
  "set.0",
  "set.1",
];

Deno.test("parts are found in fields, arrays, objects, Maps, and Sets, however deep", () => {
  const model = initialize(new Everywhere(), { seed: 1 });
  assertEquals([...model.children().keys()], names);
  assertEquals([...model.children().values()].map(({ path }) => path), names);
  const values = ["values.gain", "values.counts.0"];
  assertEquals([...model.state().keys()], [...values, ...names.map((name) => `${name}.weight`)]);
  assertEquals(model.parameters().length, 1 + names.length);
  assertEquals(model.forward(ones([1, 2])).shape, [1, 2]);
});

Deno.test("a container that holds itself is looked through once", () => {
  class Circular extends Composite {
    readonly list: unknown[] = [linear()];
    constructor() {
      super();
      this.list.push(this.list, { back: this.list });
    }
  }
  const model = initialize(new Circular(), { seed: 1 });
  assertEquals([...model.children().keys()], ["list.0"]);
});

Deno.test("a part in a private field says where parts are looked for", () => {
  class Hidden extends Module {
    readonly #fc = linear();
    readonly #drop = new Dropout(0.5);
    override forward(x: Tensor, context?: { training: boolean; counter?: Tensor }): Tensor {
      return context ? this.#drop.forward(x, context) : this.#fc.forward(x);
    }
  }
  const model = initialize(new Hidden(), { seed: 1 });
  const context = { training: true, counter: ones([], "i32") };
  for (
    const [run, kind] of [
      [() => model.forward(ones([1, 2])), "Linear"],
      [() => model.forward(ones([1, 2]), context), "Dropout"],
    ] as const
  ) {
    const { message } = assertThrows(run, GraphError);
    assertStringIncludes(message, `it did not find this ${kind}`);
    assertStringIncludes(message, "not private (#) fields");
    assertStringIncludes(message, "call initialize(model, { seed })");
  }
});

Deno.test("a field whose class is no container is refused when it holds modules", () => {
  class Helper {
    readonly inner = linear();
  }
  class Holder extends Composite {
    readonly helper = new Helper();
  }
  const { message } = assertThrows(() => initialize(new Holder(), { seed: 1 }), GraphError);
  assertStringIncludes(message, 'field "helper" is a Helper');
});

Deno.test("two parts of one name are refused", () => {
  class Clash extends Composite {
    readonly a = { "b.c": linear(), b: { c: linear() } };
  }
  assertThrows(() => initialize(new Clash(), { seed: 1 }), GraphError, 'two are called "a.b.c"');
  class Shadow extends Composite {
    readonly gain = parameter("gain");
    protected override parameterSpecs() {
      return { gain: { shape: [2], fanIn: 1 } };
    }
  }
  const model = initialize(new Shadow(), { seed: 1 });
  assertThrows(() => model.state(), GraphError, 'two are called "gain"');
});

Deno.test("one layer at two places of a model is refused, naming both", () => {
  class Cached extends Composite {
    readonly list = [linear()];
    readonly byName = new Map([["first", this.list[0]]]);
  }
  const { message } = assertThrows(() => initialize(new Cached(), { seed: 1 }), GraphError);
  assertStringIncludes(message, '"byName.first"');
  assertStringIncludes(message, 'also at "list.0"');
});

Deno.test("parameters of one name are refused by an optimizer, and a shared one is trained once", () => {
  class Scale extends Module {
    readonly scale: Parameter;
    constructor(scale = parameter("scale")) {
      super();
      this.scale = scale;
    }
    override forward(x: Tensor): Tensor {
      return x.mul(this.scale);
    }
  }
  const two = initialize(new Sequential([new Scale(), new Scale()]), { seed: 1 });
  assertEquals([...two.state().keys()], ["0.scale", "1.scale"]);
  const optimize = (model: Module) => new Optimizer(model.parameters(), sgd({ learningRate: 1 }));
  const { message } = assertThrows(() => optimize(two), GraphError);
  assertStringIncludes(message, "more than one of scale");
  const shared = parameter("scale");
  const tied = initialize(new Sequential([new Scale(shared), new Scale(shared)]), { seed: 1 });
  assertEquals([...tied.state().keys()], ["0.scale", "1.scale"]);
  using optimizer = optimize(tied);
  assertEquals(optimizer.parameters, [shared]);
});

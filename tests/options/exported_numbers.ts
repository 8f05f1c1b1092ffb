/**
 * Every number and every object of options that an exported function, constructor or method of
 * the library takes, as the types of its parameters tell: what the walk visits.
 * @module
 */
import type { Declaration, Doc, DocType, IndexedAccess, Param, Property } from "./doc_types.ts";

/** A place for a number among the arguments of a call. */
export interface NumberPlace {
  /** Which argument. */
  readonly argument: number;
  /** Names of the properties that lead to it, if the argument is an object of options. */
  readonly path: readonly string[];
  /** What messages call it. */
  readonly name: string;
  /** Whether it may be left out. */
  readonly isOptional: boolean;
}

/** What of a function's arguments are options. */
export interface Taker {
  /** Where numbers are. */
  readonly places: readonly NumberPlace[];
  /** Arguments that are objects of options, as the names of their types say. */
  readonly options: readonly number[];
}

/**
 * Types whose numbers are no options: elements of tensors, and data that the library itself made
 * or that its own readers check.
 */
const data = new Set(
  ["TensorLike", "Nested", "Dataset", "Split", "BatchPlan", "Plan", "Limits"]
    .concat(["GsgdReport", "PathSgdReport", "Figure", "TensorData", "SafetensorsErrorPlace"])
    .concat(["ConservationCheck", "LayerSummary", "HtmlValue", "Node"]),
);

/** Reads the documentation of entry points. */
export class ExportedNumbers {
  readonly #doc: Doc;
  readonly #declarations = new Map<string, Declaration[]>();

  constructor(doc: Doc) {
    this.#doc = doc;
    for (const { name, declarations } of this.#symbols()) {
      this.#declarations.set(name, [...this.#declarations.get(name) ?? [], ...declarations]);
    }
  }

  /** All functions that take numbers or options, by room and name: `layers.Conv2d`, `autograd.Tensor.sum`. */
  takers(): ReadonlyMap<string, Taker> {
    const found = new Map<string, Taker>();
    for (const { name, declarations } of this.#symbols()) {
      for (const declaration of declarations) {
        const room = roomOf(declaration.location.filename);
        for (const { suffix, params } of this.#calls(declaration)) {
          const places = params.flatMap((param, i) => this.#places(param, i));
          const options = params.flatMap((param, i) => isOptions(partsOf(param).type) ? [i] : []);
          if (places.length + options.length === 0) continue;
          found.set(`${room}.${name}${suffix}`, { places, options });
        }
      }
    }
    return found;
  }

  #symbols() {
    return Object.values(this.#doc.nodes).flatMap(({ symbols }) => symbols);
  }

  #calls(declaration: Declaration): { suffix: string; params: readonly Param[] }[] {
    if (declaration.kind === "function") {
      return [{ suffix: "", params: declaration.def.params ?? [] }];
    }
    if (declaration.kind === "variable") {
      return this.#signatures(declaration.def.tsType).map((params) => ({ suffix: "", params }));
    }
    if (declaration.kind !== "class") return [];
    const { isAbstract, constructors = [], methods = [] } = declaration.def;
    const visible = methods.filter(({ kind, accessibility }) =>
      kind === "method" && accessibility === undefined
    );
    return [
      ...isAbstract ? [] : constructors.map(({ params = [] }) => ({ suffix: "", params })),
      ...visible.map(({ name, functionDef: { params = [] } }) => ({ suffix: `.${name}`, params })),
    ];
  }

  /** Parameters of each way to call a value of a type. */
  #signatures(type: DocType | undefined): (readonly Param[])[] {
    if (type?.kind === "fnOrConstructor") return [type.value.params ?? []];
    if (type?.kind === "intersection") return type.value.flatMap((part) => this.#signatures(part));
    if (type?.kind === "parenthesized") return this.#signatures(type.value);
    if (type?.kind !== "typeRef") return [];
    const alias = this.#find(type.value.typeName, "typeAlias");
    return alias ? this.#signatures(alias.def.tsType) : [];
  }

  #places(param: Param, argument: number): NumberPlace[] {
    const { name, type, isOptional } = partsOf(param);
    if (this.#isNumber(type)) return [{ argument, path: [], name, isOptional }];
    return this.#placesIn(type, []).map((place) => ({ argument, ...place }));
  }

  #placesIn(type: DocType | undefined, path: readonly string[]): Omit<NumberPlace, "argument">[] {
    return this.#properties(type).flatMap(({ name, tsType, optional = false }) => {
      const inner = [...path, name];
      if (this.#isNumber(tsType)) return [{ path: inner, name, isOptional: optional }];
      return inner.length < 2 ? this.#placesIn(tsType, inner) : [];
    });
  }

  #isNumber(type: DocType | undefined, within: readonly string[] = []): boolean {
    switch (type?.kind) {
      case "keyword":
        return type.value === "number";
      case "array":
      case "optional":
      case "parenthesized":
      case "rest":
        return this.#isNumber(type.value, within);
      case "typeOperator":
        return this.#isNumber(type.value.tsType, within);
      case "union":
      case "tuple":
        return type.value.some((part) => this.#isNumber(part, within));
      case "typeRef": {
        const { typeName } = type.value;
        if (data.has(typeName) || within.includes(typeName)) return false; // or a recursive type
        const alias = this.#find(typeName, "typeAlias")?.def.tsType;
        return this.#isNumber(alias, [...within, typeName]);
      }
      case "indexedAccess":
        return this.#isNumber(this.#indexed(type.value));
      default:
        return false;
    }
  }

  /** The type of one property: `PoolOptions["size"]`. */
  #indexed({ objType, indexType }: IndexedAccess): DocType | undefined {
    const name = indexType.kind === "literal" ? indexType.value.string : undefined;
    return this.#properties(objType).find((property) => property.name === name)?.tsType;
  }

  #properties(type: DocType | undefined): readonly Property[] {
    switch (type?.kind) {
      case "typeLiteral":
        return type.value.properties ?? [];
      case "intersection":
        return type.value.flatMap((part) => this.#properties(part));
      case "parenthesized":
      case "optional":
        return this.#properties(type.value);
      case "typeRef": {
        const { typeName, typeParams = [] } = type.value;
        if (data.has(typeName)) return [];
        if (typeParams.length > 0) return this.#derived(typeName, typeParams);
        const { properties = [], extends: parents = [] } = this.#find(typeName, "interface")?.def ??
          {};
        return [...properties, ...parents.flatMap((parent) => this.#properties(parent))];
      }
      default:
        return [];
    }
  }

  /** The properties that `Omit`, `Partial` and the like leave. */
  #derived(name: string, [type, other]: readonly DocType[]): readonly Property[] {
    const all = this.#properties(type);
    if (name === "Partial") return all.map((property) => ({ ...property, optional: true }));
    if (name !== "Omit" || other === undefined) return all;
    const parts = other.kind === "union" ? other.value : [other];
    const omitted = parts.map((part) => part.kind === "literal" ? part.value.string : undefined);
    return all.filter((property) => !omitted.includes(property.name));
  }

  #find<K extends Declaration["kind"]>(name: string, kind: K) {
    return this.#declarations.get(name)?.find((declaration): declaration is
      & Declaration
      & { kind: K } => declaration.kind === kind
    );
  }
}

/** Does the name of a type say that it is one of options? */
function isOptions(type: DocType | undefined): boolean {
  if (type?.kind === "intersection") return type.value.some(isOptions);
  if (type?.kind !== "typeRef") return false;
  const { typeName, typeParams = [] } = type.value;
  return (typeName.endsWith("Options") && typeName !== "ErrorOptions") ||
    typeParams.some(isOptions);
}

/** Name, type and optionality of a parameter. */
function partsOf(param: Param): { name: string; type: DocType | undefined; isOptional: boolean } {
  switch (param.kind) {
    case "identifier":
      return { name: param.name, type: param.tsType, isOptional: param.optional ?? false };
    case "assign": {
      const left = partsOf(param.left);
      // `deno doc` gives no type where the default is a negative number
      const type = left.type ?? param.tsType ?? { kind: "keyword", value: "number" };
      return { ...left, type, isOptional: true };
    }
    case "rest":
      return { ...partsOf(param.arg), type: param.tsType };
    default:
      return { name: param.kind, type: param.tsType, isOptional: false };
  }
}

function roomOf(filename: string): string {
  const root = new URL("../../", import.meta.url).href;
  return filename.slice(root.length).split("/")[0] ?? "";
}

/** What `deno doc` tells of these files. */
export async function readDoc(files: readonly string[]): Promise<Doc> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files],
    cwd: new URL("../../", import.meta.url),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

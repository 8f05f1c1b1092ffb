/** The part of `deno doc --json` that is read here. */

/** A type, as `deno doc` prints it. */
export type DocType =
  | { readonly kind: "keyword"; readonly value: string }
  | { readonly kind: "array" | "optional" | "parenthesized" | "rest"; readonly value: DocType }
  | { readonly kind: "typeOperator"; readonly value: { readonly tsType: DocType } }
  | { readonly kind: "union" | "tuple" | "intersection"; readonly value: readonly DocType[] }
  | {
    readonly kind: "typeRef";
    readonly value: { readonly typeName: string; readonly typeParams?: readonly DocType[] };
  }
  | { readonly kind: "typeLiteral"; readonly value: { readonly properties?: readonly Property[] } }
  | { readonly kind: "fnOrConstructor"; readonly value: { readonly params?: readonly Param[] } }
  | { readonly kind: "literal"; readonly value: { readonly string?: string } }
  | { readonly kind: "indexedAccess"; readonly value: IndexedAccess }
  | { readonly kind: "typeQuery" };

/** The type of a property of another type. */
export interface IndexedAccess {
  readonly objType: DocType;
  readonly indexType: DocType;
}

/** A property of an interface or of a type literal. */
export interface Property {
  readonly name: string;
  readonly optional?: boolean;
  readonly tsType?: DocType;
}

/** A parameter of a function. */
export type Param =
  | {
    readonly kind: "identifier";
    readonly name: string;
    readonly optional?: boolean;
    readonly tsType?: DocType;
  }
  | { readonly kind: "assign"; readonly left: Param; readonly tsType?: DocType }
  | { readonly kind: "rest"; readonly arg: Param; readonly tsType?: DocType }
  | { readonly kind: "object" | "array"; readonly tsType?: DocType };

interface Method {
  readonly name: string;
  readonly kind: string;
  readonly isStatic: boolean;
  readonly accessibility?: string;
  readonly functionDef: { readonly params?: readonly Param[] };
}

/** One declaration of an exported name. */
export type Declaration =
  & { readonly location: { readonly filename: string } }
  & (
    | { readonly kind: "function"; readonly def: { readonly params?: readonly Param[] } }
    | { readonly kind: "variable"; readonly def: { readonly tsType?: DocType } }
    | {
      readonly kind: "class";
      readonly def: {
        readonly isAbstract: boolean;
        readonly constructors?: readonly { readonly params?: readonly Param[] }[];
        readonly methods?: readonly Method[];
      };
    }
    | {
      readonly kind: "interface";
      readonly def: {
        readonly properties?: readonly Property[];
        readonly extends?: readonly DocType[];
      };
    }
    | { readonly kind: "typeAlias"; readonly def: { readonly tsType: DocType } }
  );

/** The documentation of some entry points. */
export interface Doc {
  readonly nodes: Readonly<
    Record<string, {
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly Declaration[];
      }[];
    }>
  >;
}

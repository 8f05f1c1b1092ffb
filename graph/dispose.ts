/**
 * Defines `Symbol.dispose` and `Symbol.asyncDispose` where the runtime has none, as bundlers do for
 * programs with `using`. Each room's `mod.ts` imports this first, because classes look the symbols up
 * when they are defined.
 * @module
 */
for (const name of ["dispose", "asyncDispose"] as const) {
  const known: symbol | undefined = Symbol[name];
  if (known === undefined) {
    Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });
  }
}

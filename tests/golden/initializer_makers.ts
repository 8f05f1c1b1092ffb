// The initializers of make_initializer_goldens.py, by the names that layers/ exports.
import * as layers from "../../layers/mod.ts";

// deno-lint-ignore no-explicit-any -- options of different functions, from a golden file
type Maker = (options: any) => layers.Initializer;

/** Every exported initializer. */
export const initializerMakers: Readonly<Record<string, Maker>> = {
  zerosInit: () => layers.zerosInit,
  onesInit: () => layers.onesInit,
  fanInUniform: () => layers.fanInUniform,
  heNormal: () => layers.heNormal,
  xavierUniform: layers.xavierUniform,
  xavierNormal: layers.xavierNormal,
  normalInit: layers.normalInit,
  truncatedNormal: layers.truncatedNormal,
  orthogonal: layers.orthogonal,
};

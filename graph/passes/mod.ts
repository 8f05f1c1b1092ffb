/**
 * General-purpose graph passes.
 * @module
 */
import { type Pass, pipeline } from "../graph.ts";
import type { Limits } from "../plan.ts";
import { cse } from "./cse.ts";
import { deviceForms } from "./device_forms.ts";
import { nestedSelects } from "./nested_selects.ts";
import { simplify } from "./simplify.ts";
import { splitReductions } from "./split_reductions.ts";
import { splitVariance } from "./split_variance.ts";
import { widenBytes } from "./widen_bytes.ts";

export { cse } from "./cse.ts";
export { deviceForms } from "./device_forms.ts";
export { literalsAsData } from "./literals_as_data.ts";
export { nestedSelects } from "./nested_selects.ts";
export { separateDraws } from "./separate_draws.ts";
export { simplify } from "./simplify.ts";
export { splitReductions } from "./split_reductions.ts";
export { splitVariance } from "./split_variance.ts";
export { widenBytes } from "./widen_bytes.ts";

/** The passes that run on every graph before lowering. */
export function lowerablePasses(limits: Limits): Pass {
  return pipeline(
    widenBytes,
    splitVariance(limits),
    simplify,
    cse,
    nestedSelects,
    deviceForms(limits),
    splitReductions(limits),
  );
}

/** The method that `console.log` calls to format a value. */
export const denoInspect: unique symbol = Symbol.for("Deno.customInspect");

/** The method that Deno's `console.log` calls to format a value. */
export const denoInspect: unique symbol = Symbol.for("Deno.customInspect");
/** The method that Node's `console.log` calls. */
export const nodeInspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");

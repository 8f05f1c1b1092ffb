/** The method that `console.log` asks for what to show. */
export const denoInspect: unique symbol = Symbol.for("Deno.customInspect");

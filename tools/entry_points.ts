// Prints the file of each export in deno.json, for commands that take files.
import config from "../deno.json" with { type: "json" };

console.log(Object.values(config.exports).join(" "));

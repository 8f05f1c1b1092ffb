// Prints a file. Run with permission to read only this file.
console.log(await Deno.readTextFile(Deno.args[0] ?? ""));

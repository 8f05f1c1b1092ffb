// Prints a file, with permission to read this one and no other.
console.log(await Deno.readTextFile(Deno.args[0] ?? ""));

// Prints the path of the Deno that runs this: the only program that a launcher may run.
console.log(Deno.execPath());

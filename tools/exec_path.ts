// Prints the path of the Deno executable, which is the only program that launchers may run.
console.log(Deno.execPath());

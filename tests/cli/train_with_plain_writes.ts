// The command as if it wrote its files in place: the control of the tests that kill it.
// Files are opened under their final names, and nothing is renamed.
import { main } from "../../cli/main.ts";

const temporary = /(^|\/)\.([^/]+)\.[0-9a-f]{8}\.tmp$/;
const { open, rename } = Deno;

Deno.open = (path, options) => {
  const target = `${path}`.replace(temporary, "$1$2");
  const inPlace = { ...options, createNew: false, create: true, truncate: true };
  return target === `${path}` ? open(path, options) : open(target, inPlace);
};
Deno.rename = (from, to) => temporary.test(`${from}`) ? Promise.resolve() : rename(from, to);

Deno.exit(await main(Deno.args));

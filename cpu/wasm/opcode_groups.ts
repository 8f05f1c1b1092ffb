/** How the tables of instructions are written: by the first part of the name. */

/** Instructions by the part of the name before the first dot and the part behind it. */
type Groups<Code> = Readonly<Record<string, Readonly<Record<string, Code>>>>;

/** The same by their whole names. */
type Named<G extends Groups<unknown>, Code> = {
  readonly [Type in keyof G & string as `${Type}.${keyof G[Type] & string}`]: Code;
};

/** The code of an instruction that addresses memory, and log2 of the natural alignment. */
type Access = readonly [code: number, alignment: number];

/** Names the instructions of groups, and puts a prefix byte before their codes. */
export function named<const G extends Groups<number>>(groups: G, prefix = 0): Named<G, number> {
  return mapNamed(groups, (code) => prefix << 16 | code);
}

/** The same for instructions that address memory. */
export function accesses<const G extends Groups<Access>>(groups: G, prefix = 0): Named<G, Access> {
  return mapNamed(groups, ([code, alignment]) => [prefix << 16 | code, alignment]);
}

function mapNamed<G extends Groups<Code>, Code>(
  groups: G,
  map: (code: Code) => Code,
): Named<G, Code> {
  const entries = Object.entries(groups).flatMap(([type, codes]) =>
    Object.entries(codes).map(([name, code]) => [`${type}.${name}`, map(code)] as const)
  );
  return Object.fromEntries(entries) as Named<G, Code>;
}

/** The prefix byte of vector instructions. */
export const VECTOR = 0xfd;

/** The prefix byte of atomic instructions. */
export const ATOMIC = 0xfe;

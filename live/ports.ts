/** The ports that the live page tries in order, unless one is given. */
export const livePorts: readonly number[] = Array.from({ length: 20 }, (_, i) => 8765 + i);

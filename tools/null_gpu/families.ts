/** GPUs that Mesa's AMD driver can compile for without having them. */
export const families = {
  gfx1100: "AMD RDNA 3: RX 7900",
  navi21: "AMD RDNA 2: RX 6800, 6900",
} as const;

/** The driver's name of a GPU family. */
export type Family = keyof typeof families;

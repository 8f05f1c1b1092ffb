/**
 * Schemas of values that several settings take.
 * @module
 */
import { z } from "zod";

/** The largest number of steps, samples or labels: the device counts them in i32. */
export const MAX_COUNT: number = 2 ** 31 - 1;

/** A positive integer that the device can count to. */
export const count: z.ZodInt = z.int().positive().max(MAX_COUNT);

/** A count of other things than the name of the setting says: `STEPS`. */
export function countOf(placeholder: string): z.ZodInt {
  return count.meta({ placeholder });
}

/** The same, or 0. */
export function countOrZeroOf(placeholder: string): z.ZodInt {
  return z.int().nonnegative().max(MAX_COUNT).meta({ placeholder });
}

/** A TCP port. */
export const port: z.ZodInt = z.int().min(1).max(65535).meta({ placeholder: "PORT" });

/** A non-empty text. */
export function text(placeholder: string, rule: string): z.ZodString {
  return z.string().min(1).meta({ placeholder, rule });
}

/** The path of a folder. */
export const folder: z.ZodString = text("FOLDER", "the path of a folder");

/** The path of a file. */
export const file: z.ZodString = text("FILE", "the path of a file");

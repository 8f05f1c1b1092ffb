/**
 * Schemas that several files of `reproduce/` use.
 * @module
 */
import { z } from "zod";

/** A text that is not empty. */
export const text: z.ZodString = z.string().min(1);

/** A non-negative integer. */
export const count: z.ZodInt = z.int().nonnegative();

/** The scale of an experiment, up to the paper's own setting. */
export const scale = z.enum(["smoke", "laptop", "paper"]);

/** An immutable array. */
export function list<T extends z.ZodType>(items: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(items).readonly();
}

/** An immutable array with at least one element. */
export function nonEmpty<T extends z.ZodType>(items: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(items).min(1).readonly();
}

/** An immutable object; properties that it does not name are dropped. */
export function object<S extends z.ZodRawShape>(shape: S): z.ZodReadonly<z.ZodObject<S>> {
  return z.object(shape).readonly();
}

/** An immutable object; properties that it does not name are refused. */
export function strict<S extends z.ZodRawShape>(
  shape: S,
): z.ZodReadonly<z.ZodObject<S, z.core.$strict>> {
  return z.strictObject(shape).readonly();
}

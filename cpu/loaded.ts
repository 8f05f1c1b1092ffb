/** A part that is loaded with the first plan that needs it, and that the current plan needs. */
export function loaded<Part>(part: Part | undefined, name: string): Part {
  if (part === undefined) throw new Error(`Internal: ${name} has not been loaded`);
  return part;
}

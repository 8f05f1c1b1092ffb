/** A short description of a value, for error messages. */
export function formatFound(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `a function ${value.name}`.trimEnd();
  if (Array.isArray(value) && value.length <= 8) {
    return `[${Array.from(value, formatFound).join(", ")}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const kind = value.constructor?.name ?? "Object";
  return `${/^(?:[AEIO]|U(?!int))/.test(kind) ? "an" : "a"} ${kind}`;
}

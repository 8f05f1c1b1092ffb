/** Indents every line that is not empty. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}

/** A text that may stand inside a sentence, at the beginning of one. */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

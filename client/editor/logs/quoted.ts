/** A value as the filter language takes it, whatever it holds. */
export function quoted(text: string): string {
  return /^[\w.@/$-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

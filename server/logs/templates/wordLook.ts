/** Values that programs print for absent and logical things. */
const logicals = new Set([
  'true',
  'false',
  'True',
  'False',
  'TRUE',
  'FALSE',
  'null',
  'NULL',
  'nil',
  'None',
  '<nil>',
  'undefined',
]);

export function isLogical(word: string): boolean {
  return word.length < 10 && logicals.has(word);
}

/** Looks like a name out of a program or a system: `fooBar`, `a.b.c`, `max_size`, `a@b`, `eth0`, `C$x`; not `re-sync`, `I/O`, `can't`. */
export function isIdentifier(word: string): boolean {
  let lower = false;
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    if (code >= 0x61 && code <= 0x7a) lower = true;
    else if (code >= 0x41 && code <= 0x5a) {
      if (lower) return true;
    } else if (code === 0x2d || code === 0x2f || code === 0x27) lower = false;
    else if (code < 0x80) return true;
  }
  return false;
}

import { nestedEnd, scalarEnd, skipSpace, skipToObject, stringEnd } from './skipJson.ts';

/** Objects and arrays deeper than this are left out: no one can read them, and what shows or sends a record may recurse. */
const DEEPEST = 32;

/**
 * The first object of a record's text as JSON.parse reads it. Of one that is cut off or broken, the members before
 * the break; undefined: there is no object.
 */
export function objectOf(text: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(text);
  const at = skipToObject(bytes, 0, bytes.length);
  if (bytes[at] !== 0x7b) return undefined;
  const whole = parsed(bytes.subarray(at, nestedEnd(bytes, at, bytes.length)));
  return bounded(isObject(whole) ? whole : membersBeforeBreak(bytes, at), 0) as Record<string, unknown>;
}

/** What a quoted string of JSON or of Go means, escapes resolved; a broken escape stays as it stands. */
export function decodedString(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(
    /\\(?:u([\da-f]{4})|x([\da-f]{2})|(["\\/bfnrt]))/gi,
    (_, unit?: string, byte?: string, letter?: string) => {
      const code = unit ?? byte;
      return code === undefined
        ? (escapes[letter ?? ''] ?? letter ?? '')
        : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function membersBeforeBreak(bytes: Buffer, brace: number): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  const end = bytes.length;
  let at = brace + 1;
  while (at < end) {
    while (at < end && ((bytes[at] as number) <= 0x20 || bytes[at] === 0x2c)) at += 1;
    if (bytes[at] !== 0x22) break;
    const keyEnd = stringEnd(bytes, at + 1, end);
    const key = decodedString(bytes.toString('utf8', at + 1, keyEnd));
    at = skipSpace(bytes, keyEnd + 1, end);
    if (bytes[at] !== 0x3a) break;
    const start = skipSpace(bytes, at + 1, end);
    if (start >= end) break;
    const first = bytes[start];
    if (first === 0x22) at = Math.min(end, stringEnd(bytes, start + 1, end) + 1);
    else
      at =
        first === 0x7b || first === 0x5b
          ? nestedEnd(bytes, start, end)
          : Math.max(scalarEnd(bytes, start, end), start + 1);
    const value = parsed(bytes.subarray(start, at));
    // A string that is cut off still tells how it begins.
    if (value !== undefined) members[key] = value;
    else if (first === 0x22) members[key] = decodedString(bytes.toString('utf8', start + 1, at).replace(/"$/, ''));
  }
  return members;
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((element) => bounded(element, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, bounded(member, depth + 1)]));
}

import type { KeyBook } from './kindPlaces.ts';
import { joined, type MessageKind, unite } from './messageKind.ts';
import { messageStart } from './messageStart.ts';
import { VALUE } from './shapeElements.ts';

/** Fewest kinds that must be alike but for their names, and fewest different names in each place that is then a value. */
const ENOUGH_KINDS = 5;
const ENOUGH_NAMES = 3;

/**
 * Merges kinds that differ in several names at once, `user ann on oak`, `user bob on elm`, …: no two of them are alike
 * but for one place. What they have in common must be words that sentences are made of.
 */
export function mergeNames(kinds: readonly MessageKind[], book: KeyBook): MessageKind[] {
  const alike = new Map<string, MessageKind[]>();
  const merged: MessageKind[] = [];
  for (const kind of kinds) {
    const masked = withoutNames(kind.keys, book);
    const known = masked === undefined ? undefined : alike.get(masked);
    if (masked === undefined) merged.push(kind);
    else if (known === undefined) alike.set(masked, [kind]);
    else known.push(kind);
  }
  for (const group of alike.values()) {
    const keys = group.length < ENOUGH_KINDS ? undefined : commonKeys(group);
    if (keys === undefined) merged.push(...group);
    else {
      const whole = joined(group.map((kind) => ({ ...kind, keys })));
      merged.push({ ...whole, because: whole.because ?? `${group.length} lines of it differ in names alone` });
    }
  }
  return merged.length === kinds.length ? [...kinds] : unite(merged);
}

/** Keys with VALUE for names behind the message's first word; undefined: too little is left, or nothing was a name. */
function withoutNames(keys: readonly string[], book: KeyBook): string | undefined {
  const start = messageStart(keys, (at) => book.factsOf(keys[at] ?? ' ').isWord);
  let names = 0;
  let words = 0;
  const masked = keys.map((key, at) => {
    if (key === VALUE) return key;
    const { isWord, isName } = book.factsOf(key);
    if (!isWord) return key;
    const next = keys[at + 1];
    if (!isName || at === start || next === '=' || next === '(' || next === '{') {
      words += 1;
      return key;
    }
    names += 1;
    return VALUE;
  });
  return names > 0 && words > 1 && words >= names ? masked.join('\u0000') : undefined;
}

/** Keys of the merged kinds: VALUE where enough names differ, the name where all have the same; undefined: in between. */
function commonKeys(group: readonly MessageKind[]): string[] | undefined {
  const first = group[0] as MessageKind;
  const keys: string[] = [];
  for (let at = 0; at < first.keys.length; at += 1) {
    const own = first.keys[at] as string;
    const different = new Set(group.map((kind) => kind.keys[at] as string));
    if (different.size === 1) keys.push(own);
    else if (different.size >= ENOUGH_NAMES || different.has(VALUE)) keys.push(VALUE);
    else return undefined;
  }
  return keys;
}

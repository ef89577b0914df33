import { messageStart } from './messageStart.ts';
import { VALUE } from './shapeElements.ts';
import { isNamingWord, isPlainWord, isPreposition, isStateWord } from './vocabulary.ts';
import { isIdentifier } from './wordLook.ts';

/** A place where kinds of messages differ that are the same everywhere else. */
export interface WordPlace {
  /** Keys of one of them. */
  keys: readonly string[];
  /** Index of the place. */
  at: number;
  /** The different words that stand there, VALUE left out. */
  words: readonly string[];
  /** In one of them a value was recognised there. */
  hasValue: boolean;
  /** All of its words are known as values of other places, or differ in the same way in other messages too. */
  known: boolean;
}

/** Words that contrast with a number or a name in the same place: `no errors`, `2 errors`. */
const contrasting = new Set(
  'no none not all any some many few never always up down in out on off ok yes the a an this that'.split(' '),
);

/** Fewest different words that are taken for values: where a name is expected, behind a preposition, anywhere else. */
const enoughWords = { expected: 5, preposition: 8, anywhere: 16 };

/** @returns why the words are values of one variable; undefined: they make different messages */
export function variableBecause(place: WordPlace): string | undefined {
  const { keys, at, words, hasValue, known } = place;
  const names = words.filter(isName);
  const allNames = names.length === words.length;
  const anchors = keys.filter((key, index) => index !== at && isWordKey(key)).length;
  // Keys tell messages apart, unless a message lists properties: `env: java.home=…`, `env: os.name=…`.
  const isKey = nextSign(keys, at) === '=';
  if (anchors === 0 || (isKey && !(words.length > 2 && words.every(isDotted)))) return undefined;
  const before = wordBefore(keys, at);
  const count = words.length;
  if (!hasValue && areNumbered(words)) return `“${words[0]}” and “${words[1]}” differ in their numbers`;
  if (before === undefined) {
    if (!allNames) return undefined;
    if (words.every(isDotted) && (hasValue || haveOneEnding(words))) return `${count} names begin it`;
    if (hasValue && anchors > 1) return 'a value stands in the same place';
    if (known) return `${count} known names begin it`;
    return (count > 4 && anchors > 2) || (count > 7 && anchors > 1) ? `${count} names begin it` : undefined;
  }
  if (hasValue) {
    const contrast = count < 3 && words.some((word) => contrasting.has(word.toLowerCase()));
    return contrast ? undefined : 'a value stands in the same place';
  }
  const sign = keys[at - 1] === ' ' ? keys[at - 2] : keys[at - 1];
  const expected = isNamingWord(before) || (sign !== undefined && /^["'([<{=]$/.test(sign));
  const behind = before === '' ? '' : ` behind “${before}”`;
  if (allNames && (known || count > 2 || (anchors > 3 && !/^[({]$/.test(keys[at + 1] ?? ''))))
    return `${count} names differ${behind}`;
  if (expected || isPreposition(before)) {
    if (allNames) return `${count} names differ${behind}`;
    if (names.length * 2 >= count && (expected || count > 2)) return `${count} different words stand${behind}`;
    if (expected && anchors > 2 && endsPhrase(keys, at) && !words.some(isStateWord))
      return `${count} nouns stand${behind}`;
    return count >= (expected ? enoughWords.expected : enoughWords.preposition)
      ? `${count} different words stand${behind}`
      : undefined;
  }
  if (names.length * 2 >= count && count > 4) return `${count} different words stand${behind}`;
  return count >= enoughWords.anywhere ? `${count} different words stand${behind}` : undefined;
}

/** `eth0`, `eth1`. */
function areNumbered(words: readonly string[]): boolean {
  if (words.length < 2) return false;
  const bare = (words[0] as string).replace(/\d+/g, '');
  return bare !== words[0] && words.every((word) => word !== bare && word.replace(/\d+/g, '') === bare);
}

function isDotted(word: string): boolean {
  return /[^.][.@][^.]/.test(word);
}

function nextSign(keys: readonly string[], at: number): string | undefined {
  return keys[at + 1] === ' ' ? keys[at + 2] : keys[at + 1];
}

/** `nginx.service`, `cron.service`. */
function haveOneEnding(words: readonly string[]): boolean {
  const ending = (words[0] as string).slice((words[0] as string).lastIndexOf('.'));
  return words.length > 1 && words.every((word) => word.endsWith(ending));
}

/** The noun at the place is not the first part of a longer name: nothing, a value, a sign or a preposition follows. */
function endsPhrase(keys: readonly string[], at: number): boolean {
  const next = nextSign(keys, at);
  return next === undefined || !isWordKey(next) || isPreposition(next);
}

/** A word that names something, rather than one that a sentence is made of. */
export function isName(word: string): boolean {
  return isIdentifier(word) || !isPlainWord(word);
}

export function isWordKey(key: string): boolean {
  return /^[\p{L}\p{N}_]/u.test(key);
}

/**
 * The nearest word to the left, over spaces and signs; '' when a value comes first; undefined: no word stands to the
 * left, the place begins the message.
 */
function wordBefore(keys: readonly string[], at: number): string | undefined {
  const bracketed = /^[([]$/.test(keys[at - 1] ?? '');
  if (!bracketed && at <= messageStart(keys, (index) => isWordKey(keys[index] ?? ''))) return undefined;
  let value = false;
  for (let index = at - 1; index >= 0; index -= 1) {
    const key = keys[index] as string;
    if (key === VALUE) value = true;
    else if (isWordKey(key)) return value ? '' : key;
  }
  return bracketed ? '' : undefined;
}

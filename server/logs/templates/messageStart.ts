/** Words that tell a level, at the head of a line. */
const levels = new Set(
  'TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR CRIT CRITICAL ALERT EMERG FATAL SEVERE FINE FINER FINEST CONFIG V D I W E F A'
    .split(' ')
    .flatMap((level) => [level, level.toLowerCase(), (level[0] as string) + level.slice(1).toLowerCase()]),
);

export function isLevelWord(text: string): boolean {
  return levels.has(text);
}

/** Longest head, in elements. */
const MAX_HEAD = 24;

/**
 * Where a message says its first word: behind what a head may have left there, such as times and numbers, a level, a
 * thread in brackets, and the name of a component with its colon. A head that no format took off must not make the
 * first word of a message look like one in its middle.
 * @param texts of tokens or of elements
 * @param isWord whether one of them is a word
 */
export function messageStart(texts: readonly string[], isWord: (at: number) => boolean): number {
  let start = -1;
  let named = false;
  for (let at = 0; at < texts.length && at < MAX_HEAD; at += 1) {
    if (!isWord(at)) continue;
    if (start < 0) start = at;
    const text = texts[at] as string;
    if (levels.has(text) && (texts[at + 1] === ' ' || texts[at + 1] === ']' || texts[at + 1] === ':')) {
      start = -1;
      continue;
    }
    if (texts[at - 1] === '[' && texts[at + 1] === ']' && !isWord(at - 2)) {
      start = -1;
      continue;
    }
    const colon = colonBehind(texts, at + 1);
    if (named || colon < 0 || texts[colon + 1] !== ' ') return start;
    named = true;
    start = -1;
  }
  return start < 0 ? 0 : start;
}

/** The colon of `name:`, `name[12]:`, `name(x):`; -1: none. */
function colonBehind(texts: readonly string[], from: number): number {
  let at = from;
  if (texts[at] === '[' || texts[at] === '(') {
    const close = texts[at] === '[' ? ']' : ')';
    while (at < texts.length && at - from < 8 && texts[at] !== close) at += 1;
    at += 1;
  }
  return texts[at] === ':' ? at : -1;
}

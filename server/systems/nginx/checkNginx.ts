import { DIRECTIVES, PLACES, WORDS } from './directives.ts';
import type { NginxProblem } from './nginx.ts';
import type { Placed } from './readConfig.ts';

/** Blocks whose lines are data. */
const DATA = new Set(['map', 'geo', 'types', 'split_clients', 'charset_map', 'match']);
/** Values of several lines are usual for these. */
const LONG = new Set(['log_format', 'server_name', 'gzip_types', 'if']);

/** What nginx refuses after it has understood the braces: names, places and numbers of words. The first of each file, like nginx itself. */
export function checkNginx(root: readonly Placed[], isWhole: boolean): NginxProblem[] {
  const problems: NginxProblem[] = [];
  const walk = (list: readonly Placed[], place: string | undefined, above: readonly string[]): void => {
    for (const directive of list) {
      const problem = problemOf(directive, place, above);
      if (problem) problems.push({ ...problem, at: placeOf(directive), about: 'text' });
      if (directive.block && !DATA.has(directive.name))
        walk(directive.block, directive.name, [...above, directive.name]);
    }
  };
  walk(root, isWhole ? 'main' : undefined, []);
  if (isWhole && root[0] && !root.some(({ name }) => name === 'events'))
    problems.push({
      message: 'no "events" section in configuration',
      at: { file: root[0].file, line: 1 },
      about: 'files',
    });
  problems.push(...upstreamProblems(root));
  return problems;
}

function problemOf(
  directive: Placed,
  place: string | undefined,
  above: readonly string[],
): Pick<NginxProblem, 'message' | 'repair'> | undefined {
  const { name, words, continued, block, line } = directive;
  if (!DIRECTIVES.has(name)) {
    const [meant, second] = similarTo(name);
    if (meant === undefined) return undefined;
    return {
      message: `unknown directive "${name}" (did you mean ${meant}?)`,
      ...(second === undefined ? { repair: { kind: 'rename', line, from: name, to: meant } } : {}),
    };
  }
  const swallowed = LONG.has(name) || block ? undefined : continued.find(({ word }) => DIRECTIVES.has(word));
  if (swallowed)
    return {
      message: `invalid number of arguments in "${name}" directive (the ";" ahead of ${swallowed.word} is missing)`,
      repair: { kind: 'semicolon', line: swallowed.lineBefore },
    };
  const [least, most] = WORDS.get(name) ?? [0, Number.POSITIVE_INFINITY];
  if (words.length < least || words.length > most)
    return { message: `invalid number of arguments in "${name}" directive` };
  const allowed = PLACES.get(name);
  // Inside blocks of other modules everything may be allowed.
  if (place === undefined || !allowed || !(place === 'main' || PLACES.has(place) || place === 'if')) return undefined;
  const wrong = !allowed.includes(place) || (name === 'proxy_pass' && place === 'server' && above.includes('http'));
  return wrong ? { message: `"${name}" directive is not allowed here` } : undefined;
}

function upstreamProblems(root: readonly Placed[]): NginxProblem[] {
  const scopes = [root, ...root.filter(({ name }) => name === 'http').map(({ block }) => block ?? [])];
  return scopes.flatMap((scope) => {
    const seen = new Set<string>();
    return scope
      .filter(({ name }) => name === 'upstream')
      .flatMap((upstream): NginxProblem[] => {
        const name = upstream.words[0] ?? '';
        const at = placeOf(upstream);
        const again = seen.has(name);
        seen.add(name);
        if (again) return [{ message: `duplicate upstream "${name}"`, at, about: 'text' }];
        const empty = !(upstream.block ?? []).some((inner) => inner.name === 'server');
        return empty ? [{ message: `no servers are inside upstream "${name}"`, at, about: 'text' }] : [];
      });
  });
}

/** Slips of one letter, two in a long word: with more it may well be the directive of a module that is not known here. */
function similarTo(name: string): string[] {
  if (!/^[a-z_0-9]{4,40}$/i.test(name)) return [];
  const within = (most: number): string[] => [...DIRECTIVES].filter((known) => distanceUpTo(name, known, most));
  const close = within(1);
  return close.length > 0 || name.length <= 8 ? close : within(2);
}

/** Whether the names differ by at most `most` letters added, left out, changed or swapped. */
function distanceUpTo(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (previous[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (previous[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] as number) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return (previous[b.length] as number) <= most;
}

function placeOf({ file, line }: Placed): NginxProblem['at'] {
  return { file, line };
}

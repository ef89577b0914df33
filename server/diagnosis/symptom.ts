import type { Category } from '../protocol/diagnosis.ts';
import type { NginxProxy } from '../systems/nginx/nginx.ts';
import { SYMPTOM_WORDS } from './symptomWords.ts';
import { standsAt } from './targets/discoverProxies.ts';
import { isEndpoint, isProxy, isService, type ProxyTarget, type Target } from './targets/target.ts';

/** What was recognised in a user's description; nothing of it decides what is diagnosed. */
export interface Symptom {
  /** Where the trouble likely lies, the likeliest first. */
  categories: Category[];
  /** Names of the targets that it speaks of, in the order of the targets. */
  targets: string[];
  /** The words that said so, as written, in their order. */
  words: string[];
}

interface Found {
  at: number;
  text: string;
}

/** More words add nothing for a reader. */
const MAX_WORDS = 12;
/** Names that a sentence holds without meaning the target. */
const COMMON = new Set(
  'a an and app at build by dev for from in is it main my no not of on or our out run serve service services since slow start test the to up was we with'.split(
    ' ',
  ),
);
/** A full address, a path that stands by itself; bounded, for the text may be anything. */
const URL_PATH = /(?:^|[\s"'(`]|https?:\/\/[^\s/]{1,200})(\/[\w.~-]{1,100}(?:\/[\w.~-]{0,100}){0,10})/g;
/** A number with a sign that it is a port, or with so many digits that it can be no status and no count. */
const PORT = /(?:\bport\s{1,3}|:)(\d{2,5})\b|(?<![\w.:/-])(\d{4,5})(?![\w.:%/-])/gi;

/** Reads a description like "checkout returns 503 since the deploy": by words, names, ports and paths. Pure; in any other language nothing is recognised. */
export function readSymptom(text: string, targets: readonly Target[]): Symptom {
  const words = fieldWords(text);
  const named = targets
    .filter(({ kind }) => kind !== 'host')
    .map((target) => ({ name: target.name, found: mentions(text, target, targets.filter(isProxy)) }));
  const found = [...words.map(({ found }) => found), ...named.flatMap(({ found }) => found)];
  return {
    categories: likeliest(words),
    targets: named.filter(({ found }) => found.length > 0).map(({ name }) => name),
    words: asWritten(found),
  };
}

/** Words of the table. A place of the text counts once, for the entry that stands first. */
function fieldWords(text: string): { found: Found; categories: readonly Category[] }[] {
  const taken: { from: number; to: number }[] = [];
  const found = SYMPTOM_WORDS.flatMap(([words, ...categories]) =>
    [...text.matchAll(words)].flatMap(({ index, 0: match }) => {
      const place = { from: index, to: index + match.length };
      if (taken.some(({ from, to }) => place.from < to && from < place.to)) return [];
      taken.push(place);
      return [{ found: { at: index, text: match }, categories }];
    }),
  );
  return found.sort((a, b) => a.found.at - b.found.at);
}

/** The first category of a word weighs as much as two others; of equals the one that was named first. */
function likeliest(words: readonly { categories: readonly Category[] }[]): Category[] {
  const weights = new Map<Category, number>();
  for (const { categories } of words)
    for (const [index, category] of categories.entries())
      weights.set(category, (weights.get(category) ?? 0) + (index === 0 ? 2 : 1));
  return [...weights].sort(([, a], [, b]) => b - a).map(([category]) => category);
}

function mentions(text: string, target: Target, proxies: readonly ProxyTarget[]): Found[] {
  const names = namesOf(target).flatMap((name) => wordIn(text, name));
  return [...names, ...portsIn(text, target), ...pathsIn(text, target, proxies)];
}

function namesOf(target: Target): string[] {
  const names = [target.name];
  if (isService(target)) names.push(...target.aliases);
  if (isEndpoint(target)) {
    names.push(target.engine === 'postgres' ? 'postgresql' : target.engine, target.engine);
    if (target.variable !== undefined) names.push(target.variable);
  }
  // "http" is what almost everything speaks.
  return [...new Set(names)].filter(
    (name) => name.length > 1 && !COMMON.has(name.toLowerCase()) && !/^(?:http|tcp)$/.test(name),
  );
}

/** The name where it stands as a word of its own: `api` is not in `api-gateway`. */
function wordIn(text: string, name: string): Found[] {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return [...text.matchAll(new RegExp(String.raw`(?<![\w-])${escaped}(?![\w-])`, 'gi'))].map(toFound);
}

function portsIn(text: string, target: Target): Found[] {
  const ports = portsOf(target);
  if (ports.size === 0) return [];
  return [...text.matchAll(PORT)].filter(({ 1: marked, 2: bare }) => ports.has(Number(marked ?? bare))).map(toFound);
}

function portsOf(target: Target): ReadonlySet<number> {
  if (isProxy(target)) return new Set(target.config.servers.flatMap(({ listens }) => listens.map(({ port }) => port)));
  if (isEndpoint(target)) return new Set([target.port].filter((port) => port > 0));
  if (!isService(target)) return new Set();
  const published = (target.compose?.ports ?? []).flatMap(({ published }) => published ?? []);
  return new Set([...target.ports.map(({ port }) => port), ...published]);
}

/** A path belongs to the proxy that knows it, to what stands behind that, and to the target that is called like its first part. */
function pathsIn(text: string, target: Target, proxies: readonly ProxyTarget[]): Found[] {
  return [...text.matchAll(URL_PATH)].flatMap(({ index, 0: whole, 1: path = '' }) => {
    const first = path.split('/')[1]?.toLowerCase();
    const named = namesOf(target).some((name) => name.toLowerCase() === first);
    const routed = proxies.some((proxy) => {
      const route = routeOf(proxy, path);
      return route && (proxy === target || route.servers.some(({ host, port }) => standsAt(target, host, port)));
    });
    return named || routed ? [{ at: index + whole.length - path.length, text: path }] : [];
  });
}

/** The location that nginx would choose among those that are plain prefixes. */
function routeOf({ config }: ProxyTarget, path: string): NginxProxy | undefined {
  return config.servers
    .flatMap(({ proxies }) => proxies)
    .filter(({ location }) => location.startsWith('/') && path.startsWith(location))
    .sort((a, b) => b.location.length - a.location.length)[0];
}

function toFound({ index, 0: text }: RegExpMatchArray): Found {
  return { at: index ?? 0, text: text.replace(/^:/, '') };
}

function asWritten(found: readonly Found[]): string[] {
  const byWord = new Map<string, string>();
  for (const { text } of [...found].sort((a, b) => a.at - b.at))
    if (!byWord.has(text.toLowerCase())) byWord.set(text.toLowerCase(), text);
  return [...byWord.values()].slice(0, MAX_WORDS);
}

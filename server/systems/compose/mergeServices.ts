import { type ComposeList, type ComposeMap, type ComposeNode, type ComposeScalar, isNull } from './composeTree.ts';

/** Lists that a later file replaces; all others are appended to. */
const REPLACED_LISTS = new Set(['command', 'entrypoint', 'test']);

/** A service with its short notations written out, so that two of them can be merged. */
export function normalizeService(service: ComposeMap): ComposeMap {
  const entries = new Map(service.entries);
  for (const [key, entry] of service.entries) {
    const normalize = NOTATIONS[key];
    if (normalize !== undefined && !isNull(entry.value)) entries.set(key, { ...entry, value: normalize(entry.value) });
  }
  return { ...service, entries };
}

/** What compose makes of a value of an earlier file and the value of the same key in a later one. */
export function mergeNodes(earlier: ComposeNode, later: ComposeNode, key: string): ComposeNode {
  if (later.tag === '!override' || later.tag === '!reset') return later;
  if (earlier.kind === 'map' && later.kind === 'map') return mergeMaps(earlier, later);
  if (earlier.kind === 'list' && later.kind === 'list' && !REPLACED_LISTS.has(key)) {
    return { ...earlier, items: [...earlier.items, ...later.items] };
  }
  // `environment:` with nothing below it adds nothing.
  if (earlier.kind !== 'scalar' && isNull(later)) return earlier;
  return later;
}

export function mergeMaps(earlier: ComposeMap, later: ComposeMap): ComposeMap {
  const entries = new Map(earlier.entries);
  for (const [key, entry] of later.entries) {
    const known = earlier.entries.get(key);
    if (entry.value.tag === '!reset') entries.delete(key);
    else entries.set(key, known ? { ...entry, value: mergeNodes(known.value, entry.value, key) } : entry);
  }
  return { ...earlier, entries };
}

const NOTATIONS: Readonly<Record<string, (value: ComposeNode) => ComposeNode>> = {
  environment: assignmentsAsMap,
  labels: assignmentsAsMap,
  depends_on: dependenciesAsMap,
  build: (value) => (value.kind === 'scalar' ? singleEntry(value, 'context') : value),
  env_file: asList,
  tmpfs: asList,
};

function asList(value: ComposeNode): ComposeList {
  return value.kind === 'list'
    ? value
    : { kind: 'list', items: [value], at: value.at, base: value.base, tag: value.tag };
}

function singleEntry(value: ComposeScalar, key: string): ComposeMap {
  const { at, base, tag } = value;
  return { kind: 'map', entries: new Map([[key, { keyAt: at, value }]]), at, base, tag };
}

/** `- NAME=value` and `- NAME` as `NAME: value` and `NAME:`. */
function assignmentsAsMap(value: ComposeNode): ComposeNode {
  if (value.kind !== 'list') return value;
  const entries: ComposeMap['entries'] = new Map();
  for (const item of value.items) {
    if (item.kind !== 'scalar' || item.text === undefined) continue;
    const equals = item.text.indexOf('=');
    const name = equals === -1 ? item.text : item.text.slice(0, equals);
    const text = equals === -1 ? undefined : item.text.slice(equals + 1);
    entries.set(name, { keyAt: item.at, value: { ...item, text } });
  }
  return { kind: 'map', entries, at: value.at, base: value.base, tag: value.tag };
}

/** `- db` as `db: {}`; the condition then is the default. */
function dependenciesAsMap(value: ComposeNode): ComposeNode {
  if (value.kind !== 'list') return value;
  const entries: ComposeMap['entries'] = new Map();
  for (const item of value.items) {
    if (item.kind !== 'scalar' || item.text === undefined) continue;
    const empty: ComposeMap = { kind: 'map', entries: new Map(), at: item.at, base: item.base, tag: undefined };
    entries.set(item.text, { keyAt: item.at, value: empty });
  }
  return { kind: 'map', entries, at: value.at, base: value.base, tag: value.tag };
}

import type { Alias, Document, LineCounter, ParsedNode, YAMLMap } from 'yaml';
import { loadYaml } from '../../runtime/loadYaml.ts';
import type { ComposeProblem, SourceLine } from './compose.ts';
import type { ComposeMap, ComposeNode } from './composeTree.ts';

/** Values of one file, aliases unfolded. Stops the "billion laughs"; real files have some thousands. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 100;

/**
 * Parses a compose file. What cannot be parsed becomes a problem with its line; the rest is returned. Never throws.
 * @param base folder of relative paths, relative to the workspace
 */
export async function parseComposeYaml(
  text: string,
  file: string,
  base: string,
): Promise<{ root: ComposeNode | undefined; problems: ComposeProblem[] }> {
  const yaml = await loadYaml();
  const lines = new yaml.LineCounter();
  const problems: ComposeProblem[] = [];
  const place = (offset: number): SourceLine => ({ file, line: Math.max(1, lines.linePos(offset).line) });
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    merge: true,
    // The library compares every key with all others; the reader below does it at once.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  for (const error of document.errors) {
    // Compose reads files of several documents; only the first one is looked at here.
    if (error.code !== 'MULTIPLE_DOCS') problems.push({ message: error.message, at: place(error.pos[0]) });
  }
  try {
    const reader = new TreeReader(yaml, document, lines, file, base, problems);
    return { root: reader.read(document.contents), problems };
  } catch (error) {
    problems.push({ message: error instanceof Error ? error.message : String(error), at: { file, line: 1 } });
    return { root: undefined, problems };
  }
}

type Yaml = typeof import('yaml');

/** Turns the parser's tree into ours. One instance reads one document. */
class TreeReader {
  readonly #yaml: Yaml;
  readonly #lines: LineCounter;
  readonly #file: string;
  readonly #base: string;
  readonly #problems: ComposeProblem[];
  /** Each alias with what it stands for: the library's own look-up walks through the whole document every time. */
  readonly #targets = new Map<Alias, unknown>();
  #nodes = 0;

  constructor(
    yaml: Yaml,
    document: Document.Parsed,
    lines: LineCounter,
    file: string,
    base: string,
    problems: ComposeProblem[],
  ) {
    this.#yaml = yaml;
    this.#lines = lines;
    this.#file = file;
    this.#base = base;
    this.#problems = problems;
    const anchors = new Map<string, unknown>();
    yaml.visit(document, {
      Node: (_, node) => {
        // An anchor that is set again counts from there on.
        if (yaml.isAlias(node)) this.#targets.set(node, anchors.get(node.source));
        else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  /** @throws Error when the document is nested or unfolds beyond its limits */
  read(node: unknown, depth = 0): ComposeNode | undefined {
    if (node === null || node === undefined) return undefined;
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) throw new Error('The file unfolds to more than can be read');
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml;
    if (isAlias(node)) return this.#readAlias(node, depth);
    const placed = { at: this.#place(node), base: this.#base, tag: tagOf(node) };
    if (isScalar(node)) {
      const isNullValue = node.value === null || node.value === undefined;
      const text = isNullValue ? undefined : (node.source ?? String(node.value));
      return { kind: 'scalar', text, ...placed };
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, depth + 1));
      return { kind: 'list', items: items.filter((item) => item !== undefined), ...placed };
    }
    if (!isMap(node)) return undefined;
    const map: ComposeMap = { kind: 'map', entries: new Map(), ...placed };
    this.#readPairs(node, map, depth);
    return map;
  }

  #readPairs(node: YAMLMap, map: ComposeMap, depth: number): void {
    const merged: ComposeNode[] = [];
    for (const { key, value } of node.items) {
      const keyText = this.#yaml.isScalar(key) ? (key.source ?? String(key.value)) : undefined;
      if (keyText === undefined) continue;
      const keyAt = this.#place(key);
      if (map.entries.has(keyText) && !this.#isMergeKey(key))
        this.#problems.push({ message: 'Map keys must be unique', at: keyAt });
      const read = this.read(value, depth + 1);
      if (this.#isMergeKey(key)) {
        if (read?.kind === 'list') merged.push(...read.items);
        else if (read !== undefined) merged.push(read);
        continue;
      }
      map.entries.set(keyText, {
        keyAt,
        value: read ?? { kind: 'scalar', text: undefined, at: keyAt, base: this.#base, tag: undefined },
      });
    }
    // What stands in the map itself wins, then the earlier of several merged maps.
    for (const source of merged) {
      if (source.kind !== 'map') {
        this.#problems.push({ message: "What '<<' merges is not a mapping", at: source.at });
        continue;
      }
      for (const [key, entry] of source.entries) if (!map.entries.has(key)) map.entries.set(key, entry);
    }
  }

  #isMergeKey(key: unknown): boolean {
    if (!this.#yaml.isScalar(key)) return false;
    return typeof key.value === 'symbol' || (key.value === '<<' && key.type === 'PLAIN');
  }

  #readAlias(alias: Alias, depth: number): ComposeNode | undefined {
    const target = this.#targets.get(alias);
    if (target === undefined) {
      this.#problems.push({ message: `There is no anchor '&${alias.source}' above`, at: this.#place(alias) });
    }
    return this.read(target, depth + 1);
  }

  #place(node: unknown): SourceLine {
    const range = this.#yaml.isNode(node) ? (node as ParsedNode).range : undefined;
    return { file: this.#file, line: Math.max(1, this.#lines.linePos(range?.[0] ?? 0).line) };
  }
}

function tagOf(node: object): string | undefined {
  return 'tag' in node && typeof node.tag === 'string' ? node.tag : undefined;
}

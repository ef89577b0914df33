import type { SourceLine } from './compose.ts';

/** A YAML value that remembers where it stands. Aliases and merge keys are already resolved. */
export type ComposeNode = ComposeScalar | ComposeMap | ComposeList;

interface Placed {
  at: SourceLine;
  /** Folder that relative paths in this value start from; relative to the workspace, '' is the workspace itself. */
  base: string;
  /** `!reset` and `!override` of the compose specification. */
  tag: string | undefined;
}

export interface ComposeScalar extends Placed {
  kind: 'scalar';
  /** As written, without quotes; undefined for null. Numbers and booleans keep their spelling: "22:22" and "0644" stay what they are. */
  text: string | undefined;
}

export interface ComposeMap extends Placed {
  kind: 'map';
  entries: Map<string, { keyAt: SourceLine; value: ComposeNode }>;
}

export interface ComposeList extends Placed {
  kind: 'list';
  items: ComposeNode[];
}

/** The value of a key when the node is a map that has it. */
export function valueAt(node: ComposeNode | undefined, key: string): ComposeNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** Text of a scalar; undefined for anything else and for null. */
export function textOf(node: ComposeNode | undefined): string | undefined {
  return node?.kind === 'scalar' ? node.text : undefined;
}

/** A list's items, a single value as a list of one, nothing for null. */
export function itemsOf(node: ComposeNode | undefined): ComposeNode[] {
  if (node === undefined || isNull(node)) return [];
  return node.kind === 'list' ? node.items : [node];
}

export function isNull(node: ComposeNode): boolean {
  return node.kind === 'scalar' && node.text === undefined;
}

export function isTrue(node: ComposeNode | undefined): boolean {
  return /^(?:true|yes|on)$/i.test(textOf(node) ?? '');
}

/** A copy with every text replaced. `replace` gets the scalar for its place. */
export function mapTexts(node: ComposeNode, replace: (scalar: ComposeScalar, text: string) => string): ComposeNode {
  if (node.kind === 'scalar') return node.text === undefined ? node : { ...node, text: replace(node, node.text) };
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => mapTexts(item, replace)) };
  const entries = new Map<string, { keyAt: SourceLine; value: ComposeNode }>();
  for (const [key, { keyAt, value }] of node.entries) entries.set(key, { keyAt, value: mapTexts(value, replace) });
  return { ...node, entries };
}

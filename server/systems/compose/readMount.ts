import type { ComposeMount } from './compose.ts';
import { type ComposeNode, isTrue, textOf, valueAt } from './composeTree.ts';

/** Turns a path written in the file into one relative to the workspace, or absolute outside of it. */
export type ResolvePath = (written: string, base: string) => string;

/** One entry of `volumes`, short or long; undefined for kinds that touch no file of this machine (npipe, image, cluster). */
export function readMount(node: ComposeNode, resolvePath: ResolvePath): ComposeMount | undefined {
  return node.kind === 'scalar' ? readShort(node.text ?? '', node, resolvePath) : readLong(node, resolvePath);
}

function readShort(text: string, node: ComposeNode, resolvePath: ResolvePath): ComposeMount | undefined {
  // A drive letter's colon is no separator.
  const parts = text.split(/(?<!^[A-Za-z]):/);
  const [first, second, options = ''] = parts;
  if (first === undefined || first === '') return undefined;
  if (second === undefined) return { kind: 'volume', source: undefined, target: first, readOnly: false, at: node.at };
  const isBind = /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(first);
  return {
    kind: isBind ? 'bind' : 'volume',
    source: isBind ? resolvePath(first, node.base) : first,
    target: second,
    readOnly: options.split(',').includes('ro'),
    at: node.at,
  };
}

function readLong(node: ComposeNode, resolvePath: ResolvePath): ComposeMount | undefined {
  const kind = textOf(valueAt(node, 'type')) ?? 'volume';
  const target = textOf(valueAt(node, 'target'));
  if (target === undefined || (kind !== 'bind' && kind !== 'volume' && kind !== 'tmpfs')) return undefined;
  const written = textOf(valueAt(node, 'source'));
  return {
    kind,
    source: kind === 'bind' && written !== undefined ? resolvePath(written, node.base) : written,
    target,
    readOnly: isTrue(valueAt(node, 'read_only')),
    at: node.at,
  };
}

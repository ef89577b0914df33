import { elementsOf, VALUE } from './shapeElements.ts';
import { isMarker } from './shapeText.ts';

/** One shape within a kind; its texts are aligned with the kind's keys. */
export interface KindMember {
  shape: number;
  texts: string[];
}

/** Shapes that are one kind of message, since their elements' keys are the same; in the end, a template. */
export interface MessageKind {
  keys: string[];
  /** By shape, ascending. */
  members: KindMember[];
  /** Why kinds were merged into it, or why it stays apart from a similar one. */
  because?: string;
}

export function kindsOf(texts: readonly string[]): MessageKind[] {
  return unite(
    texts.map((text, shape) => {
      const { keys, texts: own } = elementsOf(text);
      return { keys, members: [{ shape, texts: own }] };
    }),
  );
}

export function firstShape(kind: MessageKind): number {
  return kind.members[0]?.shape ?? 0;
}

/** Kinds with the same keys become one. In order of their first shapes. */
export function unite(kinds: readonly MessageKind[]): MessageKind[] {
  const byKey = new Map<string, MessageKind[]>();
  for (const kind of kinds) {
    const key = kind.keys.join('\u0000');
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [kind]);
    else known.push(kind);
  }
  return [...byKey.values()].map(joined).sort((a, b) => firstShape(a) - firstShape(b));
}

/** @param kinds at least one, with keys of the same length */
export function joined(kinds: readonly MessageKind[]): MessageKind {
  const first = kinds[0] as MessageKind;
  if (kinds.length === 1) return first;
  const members = kinds.flatMap((kind) => kind.members).sort((a, b) => a.shape - b.shape);
  const because = kinds.find((kind) => kind.because !== undefined)?.because;
  return because === undefined ? { keys: first.keys, members } : { keys: first.keys, members, because };
}

/** A typed variable begins the element, in one of the members. */
export function isTyped({ keys, members }: MessageKind, at: number): boolean {
  return keys[at] === VALUE && members.some(({ texts }) => isMarker(texts[at]?.charCodeAt(0) ?? 0));
}

/** The element is a value that is known to vary: a typed variable stands in it, or different words do. */
export function isVaried({ keys, members }: MessageKind, at: number): boolean {
  if (keys[at] !== VALUE) return false;
  const first = members[0]?.texts[at] ?? '';
  return members.some(({ texts }) => {
    const text = texts[at] ?? '';
    if (text !== first) return true;
    for (let index = 0; index < text.length; index += 1) if (isMarker(text.charCodeAt(index))) return true;
    return false;
  });
}

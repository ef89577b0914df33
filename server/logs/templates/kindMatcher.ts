import { firstShape, type MessageKind } from './messageKind.ts';
import { elementsOf, VALUE } from './shapeElements.ts';

/** Finds the kind that a shape belongs to though it took no part in the mining. */
export class KindMatcher {
  /** By number of elements and their first literal key but spaces, in order of the kinds. */
  readonly #kinds = new Map<string, MessageKind[]>();

  constructor(kinds: readonly MessageKind[]) {
    for (const kind of kinds) {
      // A kind without a word of its own would take everything in.
      const anchor = anchorOf(kind.keys);
      if (anchor === undefined) continue;
      const key = `${kind.keys.length} ${anchor}`;
      const known = this.#kinds.get(key);
      if (known === undefined) this.#kinds.set(key, [kind]);
      else known.push(kind);
    }
  }

  /** The first shape of the kind whose keys the shape has, or at whose values it has words; -1: none. */
  find(text: string): number {
    const { keys } = elementsOf(text);
    const anchors = new Set([anchorOf(keys), ...keys.slice(0, 24)]);
    let found = -1;
    for (const anchor of anchors) {
      for (const kind of this.#kinds.get(`${keys.length} ${anchor}`) ?? []) {
        const first = firstShape(kind);
        if ((found < 0 || first < found) && kind.keys.every((key, at) => key === VALUE || key === keys[at]))
          found = first;
      }
    }
    return found;
  }
}

function anchorOf(keys: readonly string[]): string | undefined {
  return keys.find((key) => key !== VALUE && /[\p{L}\p{N}]/u.test(key));
}

import { coarseText, EVERYTHING_ELSE } from './coarseText.ts';
import { KindMatcher } from './kindMatcher.ts';
import { mergeKinds } from './mergeKinds.ts';
import { kindsOf } from './messageKind.ts';
import type { Template, TemplateMiner } from './template.ts';
import { templateText } from './templateText.ts';

/** Shapes that are kept as they are. */
const MAX_EXACT = 10_000;
/** Further shapes that fit no template of the first ones are kept by their first words alone, up to this number; the rest is one. */
const MAX_COARSE = 2_000;

/**
 * Memory: at most 12,001 canonical texts (≤ 1 KiB each, so 12 MiB) and their templates, whatever is admitted; three to
 * four times that while `templates` works.
 */
export function createTemplateMiner(): TemplateMiner {
  return new Miner();
}

class Miner implements TemplateMiner {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** Of the first MAX_EXACT shapes: which of them a later shape is like. */
  #matcher: KindMatcher | undefined;
  #templates: Template[] = [];
  #templateOf: number[] = [];
  #mined = 0;

  get shapeCount(): number {
    return this.#texts.length;
  }

  admit(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length < MAX_EXACT) return this.#keep(text);
    // What the first shapes have taught stays as it is from here on, so that a log may be read in any pieces.
    this.#matcher ??= new KindMatcher(mergeKinds(kindsOf(this.#texts)));
    const like = this.#matcher.find(text);
    if (like >= 0) return like;
    const full = this.#texts.length >= MAX_EXACT + MAX_COARSE;
    const coarse = coarseText(text);
    return this.#numbers.get(coarse) ?? (full ? this.#rest() : this.#keep(coarse));
  }

  templates(): readonly Template[] {
    if (this.#mined !== this.#texts.length) this.#mine();
    return this.#templates;
  }

  templateOf(shape: number): number {
    return this.#templateOf[shape] ?? shape;
  }

  #keep(text: string): number {
    const number = this.#texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }

  #rest(): number {
    return this.#numbers.get(EVERYTHING_ELSE) ?? this.#keep(EVERYTHING_ELSE);
  }

  #mine(): void {
    this.#templates = mergeKinds(kindsOf(this.#texts)).map(({ keys, members, because }) => {
      const shapes = members.map(({ shape }) => shape);
      const id = shapes[0] ?? 0;
      for (const shape of shapes) this.#templateOf[shape] = id;
      const { text, parameters } = templateText(
        keys,
        members.map(({ texts }) => texts),
      );
      return because === undefined ? { id, text, parameters, shapes } : { id, text, parameters, shapes, because };
    });
    this.#mined = this.#texts.length;
  }
}

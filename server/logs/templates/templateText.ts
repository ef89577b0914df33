import { VALUE } from './shapeElements.ts';
import { isMarker, markedType, TIME } from './shapeText.ts';
import type { ParameterType } from './template.ts';
import { sizeUnits, timeUnits } from './units.ts';
import { isLogical } from './wordLook.ts';

export const PARAMETER = '<*>';

export interface TemplateText {
  text: string;
  parameters: ParameterType[];
}

/**
 * @param keys of the elements of a template
 * @param members for each of its shapes the texts of its elements, aligned with the keys
 */
export function templateText(keys: readonly string[], members: readonly (readonly string[])[]): TemplateText {
  const writer = new TextWriter();
  keys.forEach((key, at) => {
    if (key === VALUE) writer.value(distinct(members, at));
    else writer.literal(key);
  });
  return { text: writer.text, parameters: writer.parameters };
}

/** Different texts of one element, the first shape's first. */
function distinct(members: readonly (readonly string[])[], at: number): string[] {
  const texts = new Set<string>();
  for (const member of members) texts.add(member[at] ?? '');
  return [...texts];
}

class TextWriter {
  text = '';
  readonly parameters: ParameterType[] = [];

  literal(text: string): void {
    this.text += text;
  }

  parameter(type: ParameterType): void {
    if (this.text.endsWith(PARAMETER)) {
      if (this.parameters.at(-1) !== type) this.parameters[this.parameters.length - 1] = 'word';
      return;
    }
    this.text += PARAMETER;
    this.parameters.push(type);
  }

  /** One place: part by part where all its texts have the same parts, as a whole otherwise. */
  value(texts: readonly string[]): void {
    const parts = texts.map((text) => (isDate(text) ? [text] : text.split(/([ ,;|]+)/)));
    const first = parts[0] ?? [];
    const aligned = parts.every(
      (own) => own.length === first.length && own.every((part, at) => at % 2 === 0 || part === first[at]),
    );
    if (!aligned) {
      this.#whole(texts);
      return;
    }
    for (let at = 0; at < first.length; at += 1) {
      if (at % 2 === 1) {
        const units = parts.map((own) => own[at + 1] ?? '');
        if (new Set(units).size > 1 && this.text.endsWith(PARAMETER) && units.every(isUnit)) {
          this.parameters[this.parameters.length - 1] = units.every((unit) => timeUnits.has(unit))
            ? 'duration'
            : 'size';
          at += 1;
        } else this.literal(first[at] as string);
      } else this.#part([...new Set(parts.map((own) => own[at] as string))]);
    }
  }

  #part(texts: readonly string[]): void {
    const own = texts[0] as string;
    if (texts.length > 1 && !texts.every((text) => bare(text) === bare(own))) {
      this.#whole(texts);
      return;
    }
    if (isDate(own)) this.parameter('time');
    else if (own === PARAMETER) this.parameter('word');
    else if (isLogical(own) || isQualified(own)) this.parameter('word');
    else this.#marked(texts);
  }

  /** Letters as they stand, `<*>` for markers; markers joined by a colon or dot are one value. */
  #marked(texts: readonly string[]): void {
    const own = texts[0] as string;
    for (let at = 0; at < own.length; at += 1) {
      const marker = own.charCodeAt(at);
      if (!isMarker(marker)) this.literal(own[at] as string);
      else {
        if (at > 1 && isMarker(own.charCodeAt(at - 2)) && /[:.]/.test(own[at - 1] as string)) {
          this.text = this.text.slice(0, -1);
        }
        this.parameter(unitedType(new Set(texts.map((text) => markedType(text.charCodeAt(at))))));
      }
    }
  }

  /** A place whose texts differ: brackets around what differs stay, `Point{1}` and `Point{a b}` are `Point{<*>}`. */
  #whole(texts: readonly string[]): void {
    const head = /^[\w.$]*[[({<]/.exec(texts[0] as string)?.[0] ?? '';
    const tail = head === '' ? '' : ((texts[0] as string).at(-1) ?? '');
    const bracketed = /[\])}>]/.test(tail) && texts.every((text) => text.startsWith(head) && text.endsWith(tail));
    if (bracketed) this.literal(head);
    this.parameter(bracketed ? 'word' : commonType(texts));
    if (bracketed) this.literal(tail);
  }
}

function isUnit(word: string): boolean {
  return timeUnits.has(word) || sizeUnits.has(word);
}

function isDate(text: string): boolean {
  return text.includes(String.fromCharCode(TIME));
}

/** `com.example.Thing`: at least three parts. */
function isQualified(text: string): boolean {
  return /^[A-Za-z_][\w$-]*(?:\.[\w$-]+){2,}$/.test(text);
}

/** A text with the types of its markers left out. */
function bare(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; at += 1) out += isMarker(text.charCodeAt(at)) ? '\u000e' : text[at];
  return out;
}

/** The type of texts that differ as a whole. */
function commonType(texts: readonly string[]): ParameterType {
  const types = new Set<ParameterType>();
  for (const text of texts) {
    const marker = text.charCodeAt(0);
    if (!isMarker(marker)) return 'word';
    const unit = /^ ?([A-Za-zµ]+)/.exec(text.slice(1))?.[1];
    if (unit !== undefined) types.add(timeUnits.has(unit) ? 'duration' : 'size');
    else if (text.length > 1) return 'word';
    else types.add(markedType(marker));
  }
  return unitedType(types);
}

/** What numbers are together with what is written like them. */
function unitedType(types: ReadonlySet<ParameterType>): ParameterType {
  const [only] = types;
  if (types.size === 1 && only !== undefined) return only;
  const rest = [...types].filter((type) => type !== 'number');
  const [other] = rest;
  return rest.length === 1 && (other === 'hex' || other === 'size' || other === 'duration') ? other : 'word';
}

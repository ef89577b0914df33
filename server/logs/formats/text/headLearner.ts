import * as byte from '../ascii.ts';
import { isBlank, isLetter, skipBlanks, skipDigits, skipWord } from '../ascii.ts';
import { balancedEnd, qualifiedEnd, tagEnd } from '../fieldEnds.ts';
import { findTimeLayouts } from '../findTimeLayout.ts';
import { levelOfWord, skipLetters } from '../levelWords.ts';
import type { SampleLines } from '../sampleLines.ts';
import { lackOf } from '../timeLayout.ts';
import { TimeReader } from '../timeReader.ts';
import { voteOnLayout } from './detectHeads.ts';
import { assemble, type Column } from './headColumns.ts';
import type { HeadShape } from './textFormat.ts';

/** Share of the lines that must agree on a column. */
const AGREED = 0.95;
/** Tags, and what stands ahead of ` - `, may be missing in some lines. */
const MOSTLY = 0.8;
/** More words in a row that say nothing are a message. */
const MOST_WORDS = 7;
const MOST_COLUMNS = 24;
/** A separator further away belongs to the message. */
const NEAR = 60;
const PUNCTUATION = new Set([...'-|:,;/*=>#'].map((mark) => mark.charCodeAt(0)));
const LEVEL_LETTERS = new Set([...'VTDINWEFC'].map((letter) => letter.charCodeAt(0)));
const LEVEL_STOPS = new Set([...':|])>,;-/'].map((mark) => mark.charCodeAt(0)));
const OPENING = new Map([...'[(<'].map((mark, at) => [mark.charCodeAt(0), '])>'.charCodeAt(at)]));

/** Walks along the columns of lines that begin alike. */
export class HeadLearner {
  readonly #bytes: Uint8Array;
  readonly #starts: number[];
  readonly #ends: number[];
  /** Where each line was read up to. */
  #at: number[];
  readonly #columns: Column[] = [];
  #words = 0;

  constructor(sample: SampleLines, lines: readonly number[]) {
    this.#bytes = sample.bytes;
    this.#starts = lines.map((line) => sample.starts[line] as number);
    this.#ends = lines.map((line) => sample.ends[line] as number);
    this.#at = [...this.#starts];
  }

  learn(): HeadShape | undefined {
    while (this.#columns.length < MOST_COLUMNS && this.#words <= MOST_WORDS) {
      const column =
        this.#blanks() ??
        this.#time() ??
        this.#level() ??
        this.#bracket() ??
        this.#mark() ??
        this.#number() ??
        this.#tag() ??
        this.#separated() ??
        this.#word();
      if (!column) break;
      this.#words = column.sure ? 0 : this.#words + (column.kind === 'word' ? 1 : 0);
      this.#columns.push(column);
      if (column.last) break;
    }
    return assemble(this.#columns);
  }

  /** Moves on when enough lines agree; `next` gives the offset behind the column, or -1. */
  #advance(share: number, next: (at: number, end: number) => number): boolean {
    const to = this.#at.map((at, line) => (at < 0 ? -1 : next(at, this.#ends[line] as number)));
    const alive = this.#at.filter((at) => at >= 0).length;
    const agreed = to.filter((at) => at >= 0).length;
    if (agreed === 0 || agreed < share * alive) return false;
    this.#at = to;
    return true;
  }

  /** The different texts of a column, and how many lines have one. */
  #values(next: (at: number, end: number) => number): { count: number; distinct: Set<string> } {
    const distinct = new Set<string>();
    let count = 0;
    this.#at.forEach((at, line) => {
      const behind = at < 0 ? -1 : next(at, this.#ends[line] as number);
      if (behind <= at) return;
      count += 1;
      distinct.add(byte.textOf(this.#bytes, at, behind));
    });
    return { count, distinct };
  }

  #blanks(): Column | undefined {
    const bytes = this.#bytes;
    const found = this.#advance(AGREED, (at, end) =>
      at < end && isBlank(bytes[at] as number) ? skipBlanks(bytes, at, end) : -1,
    );
    if (found) return { kind: 'blank', pattern: ' ', sure: false };
    // Blanks that pad the column before, ahead of a mark: `INFO |`, `WARNING|`.
    const at = [...this.#at];
    const last = this.#columns.at(-1);
    if (!last?.sure || !this.#advance(1, (from, end) => skipBlanks(bytes, from, end))) return undefined;
    if (PUNCTUATION.has(this.#common()) && this.#at.some((next, line) => next !== at[line]))
      return { kind: 'blank', pattern: '~', sure: false };
    this.#at = at;
    return undefined;
  }

  #time(): Column | undefined {
    const bytes = this.#bytes;
    const votes = this.#at.flatMap((at, line) =>
      at < 0 ? [] : [{ at, found: findTimeLayouts(bytes, at, this.#ends[line] as number) }],
    );
    if (votes.filter(({ found }) => found.length > 0).length < AGREED * votes.length) return undefined;
    const layout = voteOnLayout(votes);
    if (layout === undefined) return undefined;
    const reader = new TimeReader(layout, { zoneMinutes: 0, startMs: 946_684_800_000 });
    if (!this.#advance(AGREED, (at, end) => reader.read(bytes, at, end))) return undefined;
    return { kind: 'time', pattern: '{time}', sure: true, layout, whole: lackOf(layout) === undefined };
  }

  #level(): Column | undefined {
    const bytes = this.#bytes;
    const end = (at: number, limit: number): number => {
      const behind = skipLetters(bytes, at, limit);
      const next = behind < limit ? (bytes[behind] as number) : byte.SPACE;
      if (behind === at || !(isBlank(next) || LEVEL_STOPS.has(next))) return -1;
      return behind;
    };
    if (this.#columns.some(({ kind }) => kind === 'level')) return undefined;
    const single = (at: number, limit: number): number =>
      at + 1 < limit && LEVEL_LETTERS.has(bytes[at] as number) && isBlank(bytes[at + 1] as number) ? at + 1 : -1;
    if (this.#advance(AGREED, single)) return { kind: 'level', pattern: '{level:letter}', sure: true };
    const { count, distinct } = this.#values((at, limit) => {
      const behind = end(at, limit);
      return behind > at && levelOfWord(bytes, at, behind) > 0 ? behind : -1;
    });
    const alive = this.#at.filter((at) => at >= 0).length;
    if (count < AGREED * alive || distinct.size > 12) return undefined;
    if (!this.#advance(AGREED, end)) return undefined;
    return { kind: 'level', pattern: '{level:any}', sure: true };
  }

  #bracket(): Column | undefined {
    const bytes = this.#bytes;
    const open = this.#common();
    const close = OPENING.get(open);
    if (close === undefined) return undefined;
    const at = [...this.#at];
    // What stands in it may be a column of its own: `[10.30 16:49:06]`, `[ERROR]`.
    this.#advance(AGREED, (from, end) => (from < end && bytes[from] === open ? skipBlanks(bytes, from + 1, end) : -1));
    const inner = this.#time() ?? this.#level();
    if (inner && this.#advance(AGREED, (from, end) => closed(bytes, from, end, close)))
      return { ...inner, pattern: `${letter(open)}~${inner.pattern}~${letter(close)}`, bracket: true };
    if (inner) {
      this.#columns.push({ kind: 'mark', pattern: `${letter(open)}~`, sure: false });
      return inner;
    }
    this.#at = at;
    const width = (from: number, end: number): number => {
      if (from >= end || bytes[from] !== open) return -1;
      const behind = balancedEnd(bytes, from + 1, end, open, close);
      return behind < 0 ? -1 : behind + 1;
    };
    if (!this.#advance(AGREED, width)) return undefined;
    return {
      kind: 'bracket',
      pattern: '',
      sure: true,
      open: letter(open),
      close: letter(close),
      ...this.#kindOf(at, 1),
    };
  }

  /** A mark between columns: the same in all lines. */
  #mark(): Column | undefined {
    const bytes = this.#bytes;
    const mark = this.#common();
    if (!PUNCTUATION.has(mark) || this.#columns.length === 0) return undefined;
    const last = this.#columns.at(-1);
    if (!last || (!last.sure && last.kind !== 'blank')) return undefined;
    if (!this.#advance(AGREED, (at, end) => (at < end && bytes[at] === mark ? at + 1 : -1))) return undefined;
    return { kind: 'mark', pattern: letter(mark), sure: false };
  }

  #number(): Column | undefined {
    const bytes = this.#bytes;
    const at = [...this.#at];
    const width = (from: number, end: number): number => {
      const behind = skipDigits(bytes, from, end);
      if (behind === from || behind - from > 19 || behind >= end) return -1;
      const next = bytes[behind] as number;
      return isBlank(next) || next === byte.PIPE || next === byte.COMMA || next === byte.SQUARE_CLOSE ? behind : -1;
    };
    const { distinct, count } = this.#values(width);
    if (!this.#advance(AGREED, width)) return undefined;
    // A number that takes few values, right behind a column that is sure, is one as well; else it may begin the message.
    const near = this.#columns.length > 0 && this.#words === 0;
    return {
      kind: 'number',
      pattern: '',
      sure: near && distinct.size <= Math.max(3, count * 0.3),
      ...this.#kindOf(at, 0),
    };
  }

  /** `sshd[123]: `, `dfs.DataNode: `: ends the head. */
  #tag(): Column | undefined {
    const bytes = this.#bytes;
    const width = (from: number, end: number): number => {
      let at = tagEnd(bytes, from, end);
      if (at === from || at - from > NEAR || !isLetter(bytes[from] as number)) return -1;
      if (bytes[at] === byte.SQUARE_OPEN) at = balancedEnd(bytes, at + 1, end, byte.SQUARE_OPEN, byte.SQUARE_CLOSE) + 1;
      return at > from && at < end && bytes[at] === byte.COLON ? at + 1 : -1;
    };
    const { count, distinct } = this.#values((from, end) => {
      const behind = width(from, end);
      return behind < 0 ? -1 : tagEnd(bytes, from, end);
    });
    const alive = this.#at.filter((at) => at >= 0).length;
    if (count < MOSTLY * alive || distinct.size > Math.max(20, count * 0.5) || this.#columns.length === 0)
      return undefined;
    return { kind: 'tag', pattern: '{?{component:tag}{?[{pid}]?}:~?}', sure: true, last: true, component: true };
  }

  /** A column that ends with a separator: `name | `, `name|`, `name - `, or a tab. */
  #separated(): Column | undefined {
    const bytes = this.#bytes;
    for (const separator of [' | ', '|', '\t', ' - ', ' -- ', ';']) {
      const mark = byte.ascii(separator);
      const width = (from: number, end: number): number => {
        const found = byte.indexOfBytes(bytes, from, Math.min(end, from + NEAR), mark);
        return found;
      };
      const { count, distinct } = this.#values(width);
      const alive = this.#at.filter((at) => at >= 0).length;
      const dashed = separator.includes('-') || separator === ';';
      if (count < AGREED * alive || (dashed && distinct.size > Math.max(8, count * 0.15))) continue;
      const at = [...this.#at];
      if (
        !this.#advance(AGREED, (from, end) => {
          const found = width(from, end);
          return found < 0 ? -1 : skipBlanks(bytes, found + mark.length, end);
        })
      )
        continue;
      const behind = separator.trim() === separator ? `${separator}~` : separator;
      return {
        kind: 'separated',
        pattern: '',
        sure: true,
        separator: separator === '\t' ? ' ' : behind,
        ...this.#kindOf(at, 0),
      };
    }
    return undefined;
  }

  #word(): Column | undefined {
    const bytes = this.#bytes;
    const at = [...this.#at];
    const behind = (from: number, end: number): number => {
      const to = skipWord(bytes, from, end);
      return to === from || to >= end ? -1 : to;
    };
    const { distinct, count } = this.#values(behind);
    if (!this.#advance(AGREED, behind)) return undefined;
    const names = this.#names(at);
    const prose = [...distinct].filter((text) => /^[a-z]+$|["'=,]|[.:]$/.test(text)).length > distinct.size * 0.5;
    // Words of prose are a message, unless the line begins with them (a label, a host).
    if (prose && this.#columns.some(({ sure }) => sure)) return undefined;
    const sure =
      names &&
      this.#words === 0 &&
      this.#columns.some(({ sure }) => sure) &&
      distinct.size <= Math.max(12, count * 0.3);
    return { kind: 'word', pattern: '', sure, many: distinct.size > count * 0.5, ...this.#kindOf(at, 0) };
  }

  /** Whether all words from there are names with dots: loggers, classes, modules. */
  #names(at: readonly number[]): boolean {
    return at.every(
      (from, line) =>
        from < 0 || (this.#at[line] as number) < 0 || qualifiedEnd(this.#bytes, from, this.#at[line] as number) > 0,
    );
  }

  /** What a column's texts are: of a process, a component, or anything. */
  #kindOf(
    at: readonly number[],
    skip: number,
  ): Pick<Column, 'numeric' | 'component' | 'trace' | 'empty' | 'host' | 'qualified'> {
    const texts = at.flatMap((from, line) =>
      from < 0 || (this.#at[line] as number) < 0
        ? []
        : [byte.textOf(this.#bytes, from + skip, this.#at[line] as number).replace(/[\s|\-\])>;]+$/, '')],
    );
    const distinct = new Set(texts);
    const numeric = texts.every((text) => /^\d+$/.test(text));
    const trace =
      texts.filter((text) => /^(?:req-[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f]{4}-|(?=\d*[a-f])[0-9a-f]{16,32}\b)/.test(text))
        .length >
      texts.length * 0.5;
    const named = texts.filter((text) => /^[A-Za-z_][\w.$:/*@ -]*/.test(text)).length > texts.length * 0.6;
    return {
      numeric,
      trace,
      component: named && !trace && distinct.size <= Math.max(20, texts.length * 0.3),
      empty: distinct.size === 1,
      qualified: texts.filter((text) => /^[A-Za-z]\w*\.\w/.test(text)).length > texts.length * 0.5,
      host: texts.filter((text) => /\d$/.test(text)).length > texts.length * 0.6,
    };
  }

  /** The byte that stands at nearly all lines' places; 0: they differ. */
  #common(): number {
    const counts = new Map<number, number>();
    let alive = 0;
    this.#at.forEach((at, line) => {
      if (at < 0) return;
      alive += 1;
      if (at >= (this.#ends[line] as number)) return;
      const value = this.#bytes[at] as number;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    });
    const [value, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
    return count >= AGREED * alive ? value : 0;
  }
}

function closed(bytes: Uint8Array, at: number, end: number, close: number): number {
  const behind = skipBlanks(bytes, at, end);
  return behind < end && bytes[behind] === close ? behind + 1 : -1;
}

function letter(code: number): string {
  const text = String.fromCharCode(code);
  return text === '{' || text === '\\' || text === '~' || text === '?' ? `\\${text}` : text;
}

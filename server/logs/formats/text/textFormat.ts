import { NONE } from '../../levels.ts';
import { ascii, textOf } from '../ascii.ts';
import { continues, crashLevel, endBefore, lineBefore, traceLevel } from '../continuation.ts';
import { HeadProgram } from '../headProgram.ts';
import { spokenLevel } from '../levelWords.ts';
import { createHead, type FormatPlan, type Head, type LogFormat, resetHead } from '../logFormat.ts';
import type { TimeFrame } from '../timeReader.ts';
import { firstLineOf, messageLines } from './messageLines.ts';

/** The head of a line: a pattern of `compilePattern`, and the layout of its time. */
export interface HeadShape {
  pattern: string;
  layout: string;
}

/** What a text format's plan keeps in its options. */
export interface TextOptions {
  /** Tried in this order. */
  heads: readonly HeadShape[];
  /** Heads of lines that tell what their record's first line did not. */
  completing?: readonly HeadShape[];
  /** See `TextEntry`. */
  chained?: boolean;
  /** Lines without a head are mostly other output, not the rest of a record. */
  plainLines?: boolean;
}

export function frameOf(plan: FormatPlan): TimeFrame {
  return { zoneMinutes: plan.zoneMinutes, ...(plan.startMs === undefined ? {} : { startMs: plan.startMs }) };
}

/** A format whose lines have a head of one of a few shapes ahead of the message. */
export class TextFormat implements LogFormat {
  readonly id: string;
  readonly title: string;
  readonly #programs: readonly HeadProgram[];
  readonly #completing: readonly { program: HeadProgram; says: boolean }[];
  readonly #chained: boolean;
  readonly #plainLines: boolean;
  readonly #discarded = createHead();
  /** Of the head read last. */
  #end = 0;
  #continuing = false;

  constructor(plan: FormatPlan, options: TextOptions) {
    const frame = frameOf(plan);
    this.id = plan.id;
    this.title = plan.title;
    this.#programs = options.heads.map(({ pattern, layout }) => new HeadProgram(pattern, layout, frame));
    this.#completing = (options.completing ?? []).map(({ pattern, layout }) => ({
      program: new HeadProgram(pattern, layout, frame),
      says: pattern.includes('{message}'),
    }));
    this.#chained = options.chained ?? false;
    this.#plainLines = options.plainLines ?? false;
  }

  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    const message = this.#head(bytes, start, end, head);
    if (message < 0) return this.#headless(bytes, start, end, head);
    head.messageStart = message;
    head.messageEnd = Math.max(message, this.#end);
    if (this.#continuing) return false;
    if (this.#chained && this.#isChained(bytes, start)) {
      head.messageStart = head.messageEnd;
      return false;
    }
    if (head.level === NONE) {
      head.level = spokenLevel(bytes, message, end);
      if (head.level === NONE) head.level = crashLevel(bytes, message, end);
    }
    return true;
  }

  #head(bytes: Uint8Array, start: number, end: number, head: Head): number {
    for (let number = 0; number < this.#programs.length; number += 1) {
      const program = this.#programs[number] as HeadProgram;
      const message = program.run(bytes, start, end, head);
      if (message >= 0) {
        this.#end = program.messageEnd;
        this.#continuing = program.continuing;
        return message;
      }
      resetHead(head, start, end);
    }
    return -1;
  }

  /** Whether the line before begins the record already. */
  #isChained(bytes: Uint8Array, start: number): boolean {
    const before = lineBefore(bytes, start);
    const first = this.#programs[0] as HeadProgram;
    return before >= 0 && first.run(bytes, before, endBefore(bytes, start), this.#discarded) >= 0;
  }

  #headless(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    for (const { program, says } of this.#completing) {
      const message = program.run(bytes, start, end, head);
      if (message >= 0) {
        head.completes = true;
        head.messageStart = says ? message : end;
        return false;
      }
      resetHead(head, start, end);
    }
    head.level = crashLevel(bytes, start, end);
    if (head.level !== NONE) return true;
    if (!this.#plainLines || continues(bytes, start, end)) return false;
    head.level = traceLevel(bytes, start, end);
    // A trace right below a record's first line is that record's.
    if (head.level !== NONE) return !this.#followsHead(bytes, start);
    head.level = spokenLevel(bytes, start, end);
    return true;
  }

  #followsHead(bytes: Uint8Array, start: number): boolean {
    const before = lineBefore(bytes, start);
    if (before < 0) return false;
    const end = endBefore(bytes, start);
    return this.#programs.some((program) => program.run(bytes, before, end, this.#discarded) >= 0);
  }

  fields(text: string): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    const [first = '', ...rest] = text.split(/\r?\n/, 200);
    this.#collect(this.#programs, first, fields);
    const completing = this.#completing.map(({ program }) => program);
    if (completing.length > 0) for (const line of rest) this.#collect(completing, line, fields);
    return fields;
  }

  #collect(programs: readonly HeadProgram[], text: string, fields: Record<string, unknown>): void {
    const line = ascii(text);
    for (const program of programs) {
      program.captures = [];
      const found = program.run(line, 0, line.length, this.#discarded) >= 0;
      const captures = program.captures;
      program.captures = undefined;
      if (!found) continue;
      for (const { name, start, end } of captures) {
        if (['time', 'level', 'component', 'trace'].includes(name)) continue;
        const value = textOf(line, start, end);
        if (name === 'structured') Object.assign(fields, structuredData(value));
        else if (value !== '' && value !== '-') fields[name] = /^-?\d{1,15}$/.test(value) ? Number(value) : value;
      }
      return;
    }
  }

  message(text: string): string {
    const first = firstLineOf(text);
    const line = ascii(first);
    const message = this.#head(line, 0, line.length, createHead());
    const rest = text.slice(first.length);
    if (message >= this.#end && this.#completing.length > 0) return this.#completed(rest);
    return messageLines(message < 0 ? first : textOf(line, message, this.#end), rest);
  }

  /** The message that a later line tells, and what follows it. */
  #completed(rest: string): string {
    const lines = rest.replace(/^\r?\n/, '').split(/\r?\n/);
    for (const [at, text] of lines.entries()) {
      const line = ascii(text);
      for (const { program, says } of this.#completing) {
        const message = program.run(line, 0, line.length, this.#discarded);
        if (message < 0) continue;
        if (says) return messageLines(textOf(line, message, line.length), `\n${lines.slice(at + 1).join('\n')}`);
        break;
      }
    }
    return '';
  }
}

/** `[id name="value" …]`: by id, then by name. */
function structuredData(text: string): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const element of text.matchAll(/\[(\S+?)((?: [^ =\]"]+="(?:[^"\\]|\\.)*")*)\]/g)) {
    const values: Record<string, string> = {};
    for (const [, name = '', value = ''] of (element[2] ?? '').matchAll(/ ([^ =\]"]+)="((?:[^"\\]|\\.)*)"/g))
      values[name] = value.replace(/\\(["\\\]])/g, '$1');
    data[element[1] ?? ''] = values;
  }
  return data;
}

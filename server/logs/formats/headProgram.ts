import { NONE } from '../levels.ts';
import * as byte from './ascii.ts';
import { isBlank, isDigit, isLetter, skipBlanks, skipWord, startsWith } from './ascii.ts';
import {
  balancedEnd,
  hostEnd,
  isHex,
  mayBeEmpty,
  numberEnd,
  plainEnd,
  postgresLevel,
  qualifiedEnd,
  structuredEnd,
  tagEnd,
  untilEnd,
  uuidEnd,
} from './fieldEnds.ts';
import { HeadMemory } from './headMemory.ts';
import * as op from './headPattern.ts';
import { compilePattern, type HeadStep } from './headPattern.ts';
import { decimal, levelOfField } from './levelField.ts';
import { levelOfLetter, skipLetters } from './levelWords.ts';
import type { Head } from './logFormat.ts';
import { type TimeFrame, TimeReader } from './timeReader.ts';

/** Where a field stands; for `fields`, not for the scan. */
export interface Capture {
  name: string;
  start: number;
  end: number;
}

/** Reads the heads of one shape: a pattern, made ready to run. */
export class HeadProgram {
  /** Set to collect the fields of the next run. */
  captures: Capture[] | undefined;
  /** Of the line read last: it has a head of its own, and yet it goes on with the record before it (PostgreSQL's DETAIL). */
  continuing = false;
  /** Of the line read last: where its message ends. */
  messageEnd = 0;
  readonly #steps: readonly HeadStep[];
  /** Those up to the time, and those behind it, when these are remembered. */
  readonly #ahead: readonly HeadStep[];
  readonly #behind: readonly HeadStep[];
  readonly #memory: HeadMemory | undefined;
  readonly #reader: TimeReader;
  #message = -1;

  /** @param layout of `{time}`; see `compileLayout` */
  constructor(pattern: string, layout: string, frame: TimeFrame) {
    this.#steps = compilePattern(pattern);
    const time = this.#steps.findIndex((step) => step.op === op.TIME);
    this.#ahead = this.#steps.slice(0, time + 1);
    this.#behind = this.#steps.slice(time + 1);
    if (time >= 0 && this.#behind.length > 0 && this.#behind.every(isLocal)) {
      const tells = (slot: number): boolean => this.#behind.some((step) => step.slot === slot);
      this.#memory = new HeadMemory(tells(op.LEVEL), tells(op.COMPONENT));
    }
    this.#reader = new TimeReader(layout, frame);
  }

  /** Reads the head of bytes[start, end) into `head`. @returns where the message begins; -1: the line has no such head */
  run(bytes: Uint8Array, start: number, end: number, head: Head): number {
    this.#message = -1;
    this.continuing = false;
    this.messageEnd = end;
    const memory = this.#memory;
    if (memory !== undefined && this.captures === undefined) {
      const at = this.#run(this.#ahead, bytes, start, end, head);
      if (at < 0) return -1;
      const known = memory.recall(bytes, at, end, head);
      if (known >= 0) return known;
      const message = this.#run(this.#behind, bytes, at, end, head);
      if (message >= 0) memory.learn(bytes, at, message, end, head);
      return message;
    }
    const behind = this.#run(this.#steps, bytes, start, end, head);
    if (behind < 0) return -1;
    return this.#message < 0 ? behind : this.#message;
  }

  /** Offset behind the steps ahead of the time; -1: they do not match. For finding out the time's layout. */
  beforeTime(bytes: Uint8Array, start: number, end: number, head: Head): number {
    const at = this.#steps.findIndex((step) => step.op === op.TIME);
    return at < 0 ? -1 : this.#run(this.#steps.slice(0, at), bytes, start, end, head);
  }

  #run(steps: readonly HeadStep[], bytes: Uint8Array, start: number, end: number, head: Head): number {
    let at = start;
    for (let number = 0; number < steps.length; number += 1) {
      const step = steps[number] as HeadStep;
      let from = at;
      switch (step.op) {
        case op.LITERAL:
          if (!startsWith(bytes, at, end, step.bytes)) return -1;
          at += step.bytes.length;
          continue;
        case op.BLANKS:
          at = skipBlanks(bytes, at, end);
          // A line may end where its message would begin.
          if (at === from && at < end) return -1;
          continue;
        case op.LOOSE_BLANKS:
          at = skipBlanks(bytes, at, end);
          continue;
        case op.END:
          if (at < end) return -1;
          continue;
        case op.MESSAGE:
          this.#message = at;
          continue;
        case op.OPTIONAL: {
          const behind = this.#run(step.group, bytes, at, end, head);
          if (behind >= 0) at = behind;
          continue;
        }
        case op.TIME: {
          const behind = this.#reader.read(bytes, at, end);
          if (behind < 0) return -1;
          head.time = this.#reader.ms;
          if (this.captures) this.captures.push({ name: 'time', start: at, end: behind });
          at = behind;
          continue;
        }
        case op.WORD:
          at = skipWord(bytes, at, end);
          break;
        case op.NUMBER:
          at = numberEnd(bytes, at, end);
          break;
        case op.HEX:
          while (at < end && isHex(bytes[at] as number)) at += 1;
          break;
        case op.LETTERS:
          at = skipLetters(bytes, at, end);
          break;
        case op.LETTER:
          at += 1;
          if (at < end && isLetter(bytes[at] as number) && isLetter(bytes[from] as number)) return -1;
          break;
        case op.TAG:
          at = tagEnd(bytes, at, end);
          break;
        case op.QUALIFIED:
          at = qualifiedEnd(bytes, at, end);
          break;
        case op.UUID:
          at = uuidEnd(bytes, at, end);
          break;
        case op.HOST:
          at = hostEnd(bytes, at, end);
          break;
        case op.PLAIN:
          at = plainEnd(bytes, at, end, step.bytes);
          break;
        case op.STRUCTURED:
          at = structuredEnd(bytes, at, end);
          break;
        case op.POSTGRES:
          at = postgresLevel(bytes, at, end);
          break;
        case op.TAIL:
          this.#tail(step, bytes, at, head);
          continue;
        case op.BALANCED:
          at = balancedEnd(bytes, at, end, step.open, step.close);
          break;
        default:
          at = untilEnd(bytes, at, end, step.bytes);
      }
      if (at < 0 || at > end || (at === from && !mayBeEmpty(step.op))) return -1;
      // Blanks that pad a column are no part of it.
      const behind = at;
      while (from < at && isBlank(bytes[from] as number)) from += 1;
      while (at > from && isBlank(bytes[at - 1] as number)) at -= 1;
      if (!this.#put(step, bytes, from, at, head)) return -1;
      if (this.captures && step.name !== '') this.captures.push({ name: step.name, start: from, end: at });
      at = behind;
    }
    return at;
  }

  #put(step: HeadStep, bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    switch (step.slot) {
      case op.LEVEL: {
        const level =
          step.op === op.LETTER ? levelOfLetter(bytes[start] as number) : levelOfField(step.unit, bytes, start, end);
        if (step.unit === op.LEVEL_POSTGRES && level === NONE) this.continuing = true;
        if (level < 0 || (level === NONE && step.unit === op.LEVEL_WORD)) return false;
        head.level = level;
        return true;
      }
      case op.COMPONENT:
        // A bracket is a column of its own.
        if (step.op === op.PLAIN && bytes[start] === byte.SQUARE_OPEN) return false;
        head.componentStart = start;
        head.componentEnd = end;
        // `QuorumPeer[myid=1]/0:0:…:FastLeaderElection@774`: the class alone, not its thread and line.
        if (step.op === op.BALANCED) this.#place(bytes, start, end, head);
        return true;
      case op.TRACE:
        if (end - start > 1) {
          head.traceStart = start;
          head.traceEnd = step.op === op.BALANCED ? Math.min(skipWord(bytes, start, end), end) : end;
        }
        return true;
      case op.DURATION: {
        const value = decimal(bytes, start, end);
        // Seconds are written with a fraction; a whole number there is something else, or another unit.
        if (step.unit === 1000 && bytes.subarray(start, end).indexOf(byte.DOT) < 0) return false;
        if (value >= 0) head.durationMs = Math.round(value * step.unit * 1e6) / 1e6;
        return true;
      }
      default:
        return true;
    }
  }

  /** ` (kafka.server.KafkaServer)` behind the message. */
  #tail(step: HeadStep, bytes: Uint8Array, at: number, head: Head): void {
    const end = this.messageEnd;
    if (end - at < 4 || bytes[end - 1] !== byte.ROUND_CLOSE) return;
    let from = end - 2;
    while (from > at && bytes[from] !== byte.ROUND_OPEN && bytes[from] !== byte.SPACE) from -= 1;
    if (bytes[from] !== byte.ROUND_OPEN || bytes[from - 1] !== byte.SPACE || !isLetter(bytes[from + 1] as number))
      return;
    this.#put(step, bytes, from + 1, end - 1, head);
    this.messageEnd = from - 1;
  }

  #place(bytes: Uint8Array, start: number, end: number, head: Head): void {
    let at = end - 1;
    while (at > start && isDigit(bytes[at] as number)) at -= 1;
    if (at === end - 1 || bytes[at] !== byte.AT) return;
    head.componentEnd = at;
    while (at > start && bytes[at - 1] !== byte.COLON) at -= 1;
    head.componentStart = at;
  }
}

/** Whether what a step reads depends on its own bytes and the two behind them alone. */
function isLocal({ op: code, slot, unit, bytes }: HeadStep): boolean {
  if (slot === op.TRACE || slot === op.DURATION || (slot === op.LEVEL && unit === op.LEVEL_POSTGRES)) return false;
  if (code === op.UNTIL || code === op.PLAIN) return bytes.length > 0;
  return LOCAL.has(code);
}

const LOCAL: ReadonlySet<number> = new Set([
  op.LITERAL,
  op.BLANKS,
  op.LOOSE_BLANKS,
  op.WORD,
  op.NUMBER,
  op.HEX,
  op.LETTERS,
  op.LETTER,
  op.TAG,
  op.QUALIFIED,
  op.UUID,
  op.BALANCED,
]);

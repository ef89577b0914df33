import { RE2JS } from 're2js';
import { NONE } from '../levels.ts';
import { textOf } from './ascii.ts';
import { levelOfLetter, levelOfText } from './levelWords.ts';
import type { FormatPlan, Head, LogFormat } from './logFormat.ts';
import { firstLineOf, messageLines } from './text/messageLines.ts';
import { TimeReader } from './timeReader.ts';

/** Id of plans of the user's formats. */
export const USER_FORMAT = 'user';
/** A line is matched up to here: heads of lines are short, and the engine is far slower than a head's own parser. */
const LONGEST = 8192;

/** What the plan of a user's format keeps. */
export interface UserOptions {
  pattern: string;
  /** Of the group `time`; empty: there is none. */
  layout: string;
}

/** @returns undefined when the plan is not of a user's format */
export function userFormatOf(plan: FormatPlan): LogFormat | undefined {
  return plan.id === USER_FORMAT ? new UserLogFormat(plan) : undefined;
}

class UserLogFormat implements LogFormat {
  readonly id = USER_FORMAT;
  readonly title: string;
  readonly #pattern: RE2JS;
  readonly #reader: TimeReader | undefined;
  readonly #groups: readonly string[];

  constructor(plan: FormatPlan) {
    const { pattern, layout } = plan.options as UserOptions;
    this.title = plan.title;
    this.#pattern = RE2JS.compile(pattern);
    this.#groups = Object.keys(this.#pattern.namedGroups());
    const frame = { zoneMinutes: plan.zoneMinutes, ...(plan.startMs === undefined ? {} : { startMs: plan.startMs }) };
    this.#reader = layout === '' ? undefined : new TimeReader(layout, frame);
  }

  parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
    const line = bytes.subarray(start, Math.min(end, start + LONGEST));
    const matcher = this.#pattern.matcher(line);
    if (!matcher.find()) return false;
    for (const group of this.#groups) {
      const [from, to] = [matcher.start(group), matcher.end(group)];
      if (from < 0 || to < from) continue;
      this.#put(group, bytes, start + from, start + to, head);
    }
    // A message that reaches to where matching stopped reaches to the line's end.
    if (head.messageEnd === start + line.length) head.messageEnd = end;
    return true;
  }

  #put(group: string, bytes: Uint8Array, from: number, to: number, head: Head): void {
    if (group === 'message') {
      head.messageStart = from;
      head.messageEnd = to;
    } else if (group === 'component') {
      head.componentStart = from;
      head.componentEnd = to;
    } else if (group === 'trace') {
      head.traceStart = from;
      head.traceEnd = to;
    } else if (group === 'level') {
      head.level =
        to - from === 1 ? levelOfLetter(bytes[from] as number) : levelOfText(textOf(bytes, from, to)) || NONE;
    } else if (group === 'duration') {
      const value = Number(textOf(bytes, from, to));
      if (Number.isFinite(value) && to > from) head.durationMs = value;
    } else if (this.#reader && this.#reader.read(bytes, from, to) === to) head.time = this.#reader.ms;
  }

  fields(text: string): Record<string, unknown> {
    const matcher = this.#pattern.matcher(firstLineOf(text));
    if (!matcher.find()) return {};
    return Object.fromEntries(
      this.#groups
        .filter((group) => group !== 'message')
        .flatMap((group) => {
          const value = matcher.group(group);
          return value === null || value === '' ? [] : [[group, value]];
        }),
    );
  }

  message(text: string): string {
    const first = firstLineOf(text);
    const matcher = this.#pattern.matcher(first);
    const said = matcher.find() && this.#groups.includes('message') ? matcher.group('message') : null;
    return messageLines(said ?? first, text.slice(first.length));
  }
}

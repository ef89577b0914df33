import { NONE } from '../levels.ts';
import { continues, traceLevel } from './continuation.ts';
import { spokenLevel } from './levelWords.ts';
import type { FormatPlan, Head, LogFormat } from './logFormat.ts';
import { firstLineOf, messageLines } from './text/messageLines.ts';

/** Nothing is known of the lines: each is a record of its own, but for stack traces and indented lines. */
export function plainFormat(plan: FormatPlan): LogFormat {
  return {
    id: plan.id,
    title: plan.title,
    parse(bytes: Uint8Array, start: number, end: number, head: Head): boolean {
      if (continues(bytes, start, end)) return false;
      head.level = spokenLevel(bytes, start, end);
      if (head.level === NONE) head.level = traceLevel(bytes, start, end);
      return true;
    },
    fields: () => ({}),
    message(text) {
      const first = firstLineOf(text);
      return messageLines(first, text.slice(first.length));
    },
  };
}

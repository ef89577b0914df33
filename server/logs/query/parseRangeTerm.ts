import { parseQuantity } from './parseQuantity.ts';
import type { NumberRange, Query } from './query.ts';
import { QueryError } from './queryError.ts';
import type { Written } from './queryText.ts';
import { parseTimePoint } from './timePoint.ts';

interface Ends {
  from?: string;
  to?: string;
  above?: boolean;
  below?: boolean;
}

/** `duration`, `time` and `line`: a value, a comparison, or a range `a..b` whose ends may be absent. @throws QueryError */
export function parseRangeTerm(name: 'duration' | 'time' | 'line', op: string, value: Written): Query {
  const ends = endsOf(op, value.kind === 'regex' ? value.pattern : value.text);
  if (!ends) throw new QueryError(`${op} cannot be combined with a range`, value.place, 'Write name:from..to.');
  switch (name) {
    case 'duration':
      return { kind: 'duration', range: numberRange(ends, (text) => durationOf(text, value)) };
    case 'line': {
      const { from, to, above, below } = numberRange(ends, (text) => lineOf(text, value));
      return {
        kind: 'line',
        from: from === undefined ? 1 : from + (above ? 1 : 0),
        to: to === undefined ? Number.MAX_SAFE_INTEGER : to - (below ? 1 : 0),
      };
    }
    case 'time':
      return timeRange(ends, value);
  }
}

/** The two ends that a comparison or a range names; undefined for a range behind `>` or `<`. */
export function endsOf(op: string, text: string): Ends | undefined {
  const split = text.indexOf('..');
  const isOrder = op.startsWith('<') || op.startsWith('>');
  if (split >= 0) {
    if (isOrder) return undefined;
    const from = text.slice(0, split);
    const to = text.slice(split + 2);
    return { ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) };
  }
  switch (op) {
    case '>':
      return { from: text, above: true };
    case '>=':
      return { from: text };
    case '<':
      return { to: text, below: true };
    case '<=':
      return { to: text };
    default:
      return { from: text, to: text };
  }
}

export function numberRange({ from, to, above, below }: Ends, read: (text: string) => number): NumberRange {
  return {
    ...(from === undefined ? {} : { from: read(from) }),
    ...(to === undefined ? {} : { to: read(to) }),
    ...(above ? { above } : {}),
    ...(below ? { below } : {}),
  };
}

function durationOf(text: string, { place }: Written): number {
  const quantity = parseQuantity(text);
  if (quantity && quantity.unit !== 'size') return quantity.value;
  throw new QueryError(
    `'${text}' is no duration`,
    place,
    'Write a number with ns, us, ms, s, m or h, such as 250ms or 1.5s.',
  );
}

function lineOf(text: string, { place }: Written): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new QueryError(`'${text}' is no number of a line`, place, 'Write line:118 or line:100..200.');
}

function timeRange({ from, to, above, below }: Ends, value: Written): Query {
  const begin = from === undefined ? undefined : timeOf(from, value);
  const end = to === undefined ? undefined : timeOf(to, value);
  // `time:-15m` alone is what `time:-15m..` is: a moment that no record meets helps nobody.
  const isSince = begin?.kind === 'fromEnd' && from === to;
  return {
    kind: 'time',
    ...(begin ? { from: begin } : {}),
    ...(end && !isSince ? { to: end } : {}),
    ...(above ? { above } : {}),
    ...(below ? { below } : {}),
  };
}

function timeOf(text: string, { place }: Written): NonNullable<ReturnType<typeof parseTimePoint>> {
  const point = parseTimePoint(text);
  if (point) return point;
  throw new QueryError(
    `'${text}' is no time`,
    place,
    'Write 2026-11-24T10:00, 10:00:05, or -15m for what is before the end.',
  );
}

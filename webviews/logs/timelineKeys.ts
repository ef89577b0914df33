interface Cursor {
  /** Bucket of the cursor; undefined: it is not shown yet. */
  at: number | undefined;
  /** The end of the range that stays where it is. */
  from: number | undefined;
  count: number;
}

export type TimelineAct =
  | { kind: 'move'; at: number; from: number | undefined }
  | { kind: 'go'; at: number }
  | { kind: 'zoom' }
  | { kind: 'clear' };

/** What a key does on the timeline: arrows move, with Shift they extend a range. Undefined: another key. */
export function timelineKey(key: string, shift: boolean, { at, from, count }: Cursor): TimelineAct | undefined {
  if (count === 0) return undefined;
  if (key === 'Escape') return { kind: 'clear' };
  if (key === 'z') return { kind: 'zoom' };
  if (key === 'Enter') return at === undefined ? undefined : { kind: 'go', at };
  const page = Math.max(1, Math.round(count / 10));
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    PageUp: -page,
    PageDown: page,
    Home: -count,
    End: count,
  };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined) return undefined;
  // The first key shows the cursor: at the end that it points to.
  const start = at ?? (step > 0 ? -1 : count);
  const to = Math.min(count - 1, Math.max(0, start + step));
  if (!shift) return { kind: 'move', at: to, from: undefined };
  return { kind: 'move', at: to, from: from ?? at ?? to };
}

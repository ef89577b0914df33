/** One step of a time layout: a byte that must stand there, or a field. */
export interface LayoutStep {
  /** Letter of the field, as a byte; `LITERAL` for a byte. */
  code: number;
  byte: number;
}

export const LITERAL = 0;

/**
 * Fields, as strftime calls them where it has them: %Y year · %y year of this century · %m month · %n month of one or two
 * digits · %b month's name · %d day · %e day of one or two digits, perhaps padded · %H hour · %k hour of one or two digits ·
 * %M minute · %S second · %f fraction with the mark ahead of it, may be missing · %p AM or PM · %a weekday · %z zone, may be
 * missing · %s seconds since 1970 (or milli-, micro-, nanoseconds, by the count of digits).
 */
export const FIELDS = 'YymnbdeHkMSfpazs';

/** @throws RangeError for a field that does not exist */
export function compileLayout(layout: string): LayoutStep[] {
  const steps: LayoutStep[] = [];
  for (let at = 0; at < layout.length; at += 1) {
    if (layout[at] !== '%' || layout[at + 1] === '%') {
      steps.push({ code: LITERAL, byte: layout.charCodeAt(at) });
      if (layout[at] === '%') at += 1;
      continue;
    }
    at += 1;
    const field = layout[at] ?? '';
    if (field === '' || !FIELDS.includes(field)) throw new RangeError(`%${field} is no field of a time`);
    steps.push({ code: field.charCodeAt(0), byte: 0 });
  }
  return steps;
}

/** What a layout's times lack; undefined: they are whole. */
export function lackOf(layout: string): 'year' | 'date' | undefined {
  if (layout.includes('%s') || /%[Yy]/.test(layout)) return undefined;
  return /%[de]/.test(layout) ? 'year' : 'date';
}

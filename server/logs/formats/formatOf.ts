import { families } from './families.ts';
import { ColoredFormat } from './layers/coloredFormat.ts';
import type { FormatPlan, LogFormat } from './logFormat.ts';
import { plainFormat } from './plainFormat.ts';
import { userFormatOf } from './userLogFormat.ts';

/** Makes the format of a plan; every thread makes its own. A plan of an unknown format reads lines as plain text. */
export function formatOf(plan: FormatPlan): LogFormat {
  if (plan.id.startsWith('colored-')) return new ColoredFormat(formatOf((plan.options as { inner: FormatPlan }).inner));
  const own = userFormatOf(plan);
  if (own) return own;
  for (const family of families) {
    const format = family.create(plan, formatOf);
    if (format) return format;
  }
  return plainFormat(plan);
}

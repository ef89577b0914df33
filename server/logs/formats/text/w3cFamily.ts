import { textOf } from '../ascii.ts';
import type { FormatFamily } from '../formatFamily.ts';
import type { LogFormat } from '../logFormat.ts';
import type { SampleLines } from '../sampleLines.ts';
import { explain } from './detectHeads.ts';
import { TextFormat, type TextOptions } from './textFormat.ts';

const ID = 'w3c';

/** W3C extended logs (IIS, CloudFront): a directive names the columns. Their times are UTC. */
export const w3cFamily: FormatFamily = {
  id: ID,
  detect(sample) {
    const columns = columnsOf(sample);
    if (!columns) return undefined;
    const tabbed = columns.tabbed ? '\t' : ' ';
    const heads = [{ pattern: patternOf(columns.names), layout: `%Y-%m-%d${tabbed}%H:%M:%S%f` }];
    const explained = explain(heads, sample);
    if (explained.heads === 0) return undefined;
    const directives = explained.others.filter((line) => sample.bytes[sample.starts[line] as number] === 35).length;
    const options: TextOptions = { heads, plainLines: true };
    return {
      plan: { id: ID, title: 'W3C extended log', zoneMinutes: 0, options },
      score: explained.lines + directives / sample.count,
    };
  },
  create(plan): LogFormat | undefined {
    return plan.id === ID ? new TextFormat(plan, plan.options as TextOptions) : undefined;
  },
};

function columnsOf(sample: SampleLines): { names: string[]; tabbed: boolean } | undefined {
  for (let line = 0; line < Math.min(sample.count, 50); line += 1) {
    const text = textOf(sample.bytes, sample.starts[line] as number, sample.ends[line] as number);
    if (!text.startsWith('#Fields:')) continue;
    const names = text.slice(8).trim().split(/\s+/);
    const next = textOf(sample.bytes, sample.starts[line + 1] ?? 0, sample.ends[line + 1] ?? 0);
    return { names, tabbed: next.includes('\t') };
  }
  return undefined;
}

/** Columns of which the message is made begin at the first of these. */
const SAID = /^(?:cs-method|cs-uri-stem|c-ip|cs-uri)$/;

function patternOf(names: readonly string[]): string {
  const message = Math.max(0, names.indexOf('cs-method'));
  const start = message > 0 ? message : names.findIndex((name) => SAID.test(name));
  return names
    .flatMap((name, at) => {
      if (name === 'time' && names[at - 1] === 'date') return [];
      const mark = at === start ? '{message}' : '';
      if (name === 'date' && names[at + 1] === 'time') return [`${mark}{time}`];
      if (name === 'time-taken') return [`${mark}{duration:ms}`];
      if (name === 'sc-status') return [`${mark}{status:status}`];
      return [`${mark}{${name === 's-sitename' ? 'component' : name.replace(/[:}]/g, '')}:word}`];
    })
    .join(' ');
}

import type { LogLine } from '../../../server/protocol/logDocument.ts';
import { logTime } from './logTime.ts';

/** What a hover says of a record, in Markdown. The log's own words are shown as code: whoever wrote them is not trusted. */
export function hoverText({ template, mark, level, component, durationMs, traceId }: LogLine): string {
  const facts = [
    level === undefined ? '' : `**${level}**`,
    component === undefined ? '' : `component ${code(component)}`,
    durationMs === undefined ? '' : `took ${duration(durationMs)}`,
    traceId === undefined ? '' : `trace ${code(traceId)}`,
  ].filter((fact) => fact !== '');
  const counted =
    template.count === 1 ? 'the only record of its kind' : `${template.count.toLocaleString('en')} records of its kind`;
  const seen =
    template.first === undefined || template.last === undefined || template.count === 1
      ? ''
      : `, first ${logTime(template.first)}, last ${logTime(template.last)}`;
  const rate = template.perMinute === undefined ? '' : `, ${rateText(template.perMinute)}`;
  const marked = { new: '**New in this log:** ', rare: '**Rare in this log:** ' };
  return [
    code(template.text),
    `${mark === undefined ? '' : marked[mark]}${counted}${seen}${rate}.`,
    ...(facts.length === 0 ? [] : [facts.join(' · ')]),
  ].join('\n\n');
}

/** A span of code that nothing inside can end. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').slice(0, 500);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${line} ${fence}`;
}

function rateText(perMinute: number): string {
  if (perMinute >= 1) return `${Math.round(perMinute).toLocaleString('en')} a minute`;
  const perHour = perMinute * 60;
  return perHour >= 1 ? `${Math.round(perHour)} an hour` : `${Math.max(1, Math.round(perHour * 24))} a day`;
}

/** @param ms milliseconds */
export function duration(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`;
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}

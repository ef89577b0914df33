import type * as z from 'zod';
import { inertLine } from '../../protocol/inertText.ts';
import type { LogTemplate } from '../../protocol/logRecord.ts';
import type { listLogTemplates } from '../../protocol/logs.ts';
import type { LogView } from '../query/logView.ts';
import { isoTime } from '../query/recordOf.ts';
import { type TemplateOrder, type TemplateSummary, templatesOf } from '../query/templatesOf.ts';

/** The templates of a view as the log view lists them. @throws the signal's reason */
export async function listTemplates(
  view: LogView,
  options: { order?: TemplateOrder | undefined; limit?: number | undefined },
  signal: AbortSignal,
): Promise<z.input<(typeof listLogTemplates)['result']>> {
  const { order, limit } = options;
  const { total, templates } = await templatesOf(view, {
    signal,
    ...(order === undefined ? {} : { order }),
    ...(limit === undefined ? {} : { limit }),
  });
  return {
    total,
    templates: templates.map((summary) => ({
      ...toLogTemplate(summary),
      spark: summary.spark,
      ...(summary.trend === undefined ? {} : { trend: summary.trend }),
      ...(summary.p50 === undefined ? {} : { p50: summary.p50 }),
      ...(summary.p99 === undefined ? {} : { p99: summary.p99 }),
    })),
  };
}

/** As the command line's contract writes it. */
export function toLogTemplate(summary: TemplateSummary): LogTemplate {
  const { template, count, firstLine, lastLine, firstTime, lastTime, level } = summary;
  const times = { firstTime: time(firstTime), lastTime: time(lastTime) };
  return {
    id: `t${template.id}`,
    text: inertLine(template.text),
    count,
    firstLine,
    lastLine,
    ...(times.firstTime === undefined ? {} : { firstTime: times.firstTime }),
    ...(times.lastTime === undefined ? {} : { lastTime: times.lastTime }),
    ...(level === undefined ? {} : { level }),
  };
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : isoTime(ms);
}

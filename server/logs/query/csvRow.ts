import type { LogRecord } from '../../protocol/logRecord.ts';

export const CSV_HEADER = 'file,line,endLine,time,level,component,durationMs,message,traceId,template,fields\r\n';

/** One record as a row of RFC 4180; its fields as JSON in the last column. */
export function csvRow(record: LogRecord): string {
  const { file, line, endLine, time, level, component, durationMs, message, traceId, template, fields } = record;
  const cells = [
    textCell(file),
    String(line),
    String(endLine),
    time ?? '',
    level ?? '',
    textCell(component ?? ''),
    durationMs === undefined ? '' : String(durationMs),
    textCell(message),
    textCell(traceId ?? ''),
    template.id,
    textCell(fields === undefined ? '' : JSON.stringify(fields)),
  ];
  return `${cells.join(',')}\r\n`;
}

/**
 * A text in quotes where it needs them. What a spreadsheet would run as a formula gets an apostrophe ahead: logs are
 * written by strangers.
 */
function textCell(text: string): string {
  const inert = /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !/^[+-]?\d+(?:\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

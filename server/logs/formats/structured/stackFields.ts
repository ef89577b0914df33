import { stackFingerprint } from '../stackFingerprint.ts';
import { isObject } from './jsonText.ts';

/** Keys that hold a stack trace, in the record or in an object that stands for its error. */
const stackKeys =
  'stack stack_trace stackTrace StackTrace stacktrace extendedStackTrace exc_info exc_text exception Exception @x error.stack_trace error.stack exception.stacktrace err.stack errorVerbose traceback backtrace stack_info stackTraceString'.split(
    ' ',
  );

/** Keys of objects that stand for an error, or that hold a record's fields. */
const objectKeys =
  'err error exception Exception thrown cause exc e attributes attr attrs fields context record data extra jsonPayload meta metadata Properties'.split(
    ' ',
  );

/** The text of the stack trace that a record carries in one of its fields; undefined: none. */
export function stackOf(fields: Record<string, unknown>): string | undefined {
  const stack = stackIn(fields, 0);
  if (stack !== undefined) return stack;
  // loguru tells the traceback in the line that it would have written as text.
  const { text } = fields;
  return typeof text === 'string' ? stackInMessage(text) : undefined;
}

/** A message that holds a stack trace itself. */
export function stackInMessage(message: string): string | undefined {
  return message.includes('\n') && stackFingerprint(message) ? message : undefined;
}

function stackIn(object: Record<string, unknown>, depth: number): string | undefined {
  for (const key of stackKeys) {
    const value = object[key];
    if (typeof value === 'string') {
      if (value.includes('\n')) return withHeadline(value, object);
      continue;
    }
    const text = Array.isArray(value) ? traceText(value, object) : undefined;
    if (text) return text;
  }
  if (depth >= 3) return undefined;
  for (const key of objectKeys) {
    const value = object[key];
    const inner = isObject(value) ? stackIn(value, depth + 1) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** Frames alone (zap's, ECS') get the error that fields beside them name. */
function withHeadline(frames: string, object: Record<string, unknown>): string {
  if (!/^\s+(?:at|File) |^\S+\(.*\)\n\t|^\S+\n\t/.test(frames)) return frames;
  const headline = headlineOf(object);
  return headline === undefined || frames.startsWith(headline) ? frames : `${headline}\n${frames}`;
}

function headlineOf(object: Record<string, unknown>): string | undefined {
  const type = firstText(object, ['type', 'error.type', 'exception.type', 'name', 'error']);
  const message = firstText(object, ['message', 'localizedMessage', 'error.message', 'exception.message']);
  if (type === undefined) return undefined;
  return message === undefined ? type : `${type}: ${message}`;
}

function firstText(object: Record<string, unknown>, keys: string[]): string | undefined {
  return keys.map((key) => object[key]).find((value) => typeof value === 'string');
}

/** A stack trace that stands in a record as a list: of lines (Elasticsearch), of frames (log4j2, zerolog), of exceptions (structlog). */
function traceText(list: unknown[], object: Record<string, unknown>): string | undefined {
  if (list.length === 0) return undefined;
  if (list.every((line) => typeof line === 'string')) return list.join('\n');
  const frames = list.filter(isObject);
  if (frames.some((frame) => Array.isArray(frame.frames))) return pythonTrace(frames);
  const lines = frames.map(frameLine).filter((line) => line !== undefined);
  if (lines.length === 0) return undefined;
  return [headlineOf(object) ?? 'Error', ...lines].join('\n');
}

function frameLine(frame: Record<string, unknown>): string | undefined {
  const method = frame.method ?? frame.func ?? frame.function ?? frame.name;
  const file = frame.file ?? frame.source ?? frame.filename ?? frame.fileName;
  const line = frame.line ?? frame.lineno ?? frame.lineNumber;
  if (typeof method !== 'string') return undefined;
  const place = [file, line].filter((part) => part !== undefined).join(':');
  return `    at ${typeof frame.class === 'string' ? `${frame.class}.` : ''}${method}(${place})`;
}

/** structlog's `dict_tracebacks`: the last exception first. */
function pythonTrace(exceptions: Record<string, unknown>[]): string {
  const traces = exceptions.toReversed().map((exception) => {
    const frames = Array.isArray(exception.frames) ? exception.frames.filter(isObject) : [];
    const lines = frames.map((frame) => `  File "${frame.filename}", line ${frame.lineno}, in ${frame.name}`);
    return ['Traceback (most recent call last):', ...lines, `${exception.exc_type}: ${exception.exc_value}`].join('\n');
  });
  return traces.join('\n\nDuring handling of the above exception, another exception occurred:\n\n');
}

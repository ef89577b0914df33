import { logLevels } from '../../protocol/logLevels.ts';
import type { RecordChunk } from '../index/recordChunk.ts';
import { levelName } from '../levels.ts';
import { parametersOf } from '../templates/parametersOf.ts';
import { boundedDepth } from './boundedDepth.ts';
import type { FormatOf } from './fieldPredicate.ts';
import { fieldOf } from './fieldTest.ts';
import { shownValue } from './heavyHitters.ts';
import { jsonFieldReader, NESTED, UNSURE } from './jsonFieldValue.ts';
import type { LogView } from './logView.ts';
import { fieldPath } from './parseFieldTerm.ts';

/** What records are grouped by. */
export type GroupKey =
  /** By a number of a column; -1: the record has none. `size` is above every number. */
  | { kind: 'number'; size: number; of(chunk: RecordChunk, at: number): number; text(number: number): string }
  /** By a text that is read from the record (`isDear`) or made of its time. */
  | { kind: 'text'; isDear: boolean; of(chunk: RecordChunk, at: number): string | undefined };

const MINUTE = 60_000;
const HOUR = 3_600_000;

/**
 * @param by `level`, `component`, `template`, `trace`, `file`, `group` (error group), `hour`, `minute`, `param1` (the
 * template's first parameter), or the name of a field, with or without `fields.`
 */
export function groupKey({ index }: LogView, by: string, formatOf: FormatOf): GroupKey {
  switch (by) {
    case 'level':
      return {
        kind: 'number',
        size: logLevels.length,
        of: ({ levels }, at) => (levels[at] as number) || -1,
        text: (level) => levelName(level) ?? '',
      };
    case 'component':
      return numbered(index.components, ({ components }) => components);
    case 'trace':
      return numbered(index.traces, ({ traces }) => traces);
    case 'group':
    case 'error-group':
      return numbered(index.errorGroups, ({ errorGroups }) => errorGroups);
    case 'file':
      return {
        kind: 'number',
        size: index.sources.length,
        of: ({ source }) => source,
        text: (source) => index.sources[source]?.name ?? '',
      };
    case 'template':
      return byTemplate(index);
    case 'minute':
      return byTime(MINUTE, 16);
    case 'hour':
      return byTime(HOUR, 13);
    default: {
      const [, parameter] = /^param(\d{1,3})$/.exec(by) ?? [];
      return parameter === undefined
        ? byField(index, fieldPath(by), formatOf)
        : byParameter(index, Number(parameter), formatOf);
    }
  }
}

function numbered(
  dictionary: { readonly size: number; text(number: number): string },
  column: (chunk: RecordChunk) => Uint32Array,
): GroupKey {
  return {
    kind: 'number',
    size: dictionary.size,
    of: (chunk, at) => (column(chunk)[at] as number) || -1,
    text: (number) => dictionary.text(number),
  };
}

/** Numbers of templates are those of shapes. */
function byTemplate(index: LogView['index']): GroupKey {
  const texts = new Map(index.templates().map(({ id, text }) => [id, text]));
  return {
    kind: 'number',
    size: index.shapeCount,
    of: ({ shapes }, at) => index.templateOf(shapes[at] as number),
    text: (id) => texts.get(id) ?? `t${id}`,
  };
}

/** In UTC: `2026-11-24T10:05Z`. */
function byTime(width: number, length: number): GroupKey {
  let last = Number.NaN;
  let text = '';
  return {
    kind: 'text',
    isDear: false,
    of({ times }, at) {
      const part = Math.floor((times[at] as number) / width);
      if (Number.isNaN(part) || Math.abs(part * width) > 8.64e15) return undefined;
      if (part !== last) {
        last = part;
        text = `${new Date(part * width).toISOString().slice(0, length)}${width === HOUR ? ':00' : ''}Z`;
      }
      return text;
    },
  };
}

function byField(index: LogView['index'], path: string, formatOf: FormatOf): GroupKey {
  const formats = index.sources.map(({ plan }) => formatOf(plan));
  const isJson = index.sources.map(({ plan }) => plan.id === 'json');
  const readJson = jsonFieldReader(path);
  return {
    kind: 'text',
    isDear: true,
    of({ first, source }, at) {
      const { bytes, start, end } = index.read(first + at);
      const known = isJson[source] ? readJson(bytes, start, end) : UNSURE;
      if (known !== UNSURE && known !== NESTED) return known === undefined ? undefined : shownValue(String(known));
      const value = fieldOf(formats[source]?.fields(index.textOf(first + at)) ?? {}, path);
      if (value === undefined || value === null) return undefined;
      return shownValue(typeof value === 'object' ? JSON.stringify(boundedDepth(value)) : String(value));
    },
  };
}

function byParameter(index: LogView['index'], number: number, formatOf: FormatOf): GroupKey {
  const formats = index.sources.map(({ plan }) => formatOf(plan));
  const texts = new Map(index.templates().map(({ id, text }) => [id, text]));
  return {
    kind: 'text',
    isDear: true,
    of({ first, source, shapes }, at) {
      const template = texts.get(index.templateOf(shapes[at] as number));
      if (template === undefined) return undefined;
      const value = parametersOf(template, formats[source]?.message(index.textOf(first + at)) ?? '')?.[number - 1];
      return value === undefined ? undefined : shownValue(value);
    },
  };
}

import type { ParameterType } from './template.ts';

/**
 * The canonical text of a shape: a message in which each run of white space and control bytes is one space, and each
 * typed variable is one marker, a control character from 0x0e on. No message's own byte can be taken for a marker, since
 * its control bytes became spaces.
 */
export const MARKER = 0x0e;

/** By marker, counted from MARKER. */
export const markedTypes: readonly ParameterType[] = [
  'number',
  'ip',
  'path',
  'uuid',
  'hex',
  'duration',
  'size',
  'url',
  'quoted',
  'time',
  'word',
];

export const NUMBER: number = MARKER;
export const IP: number = MARKER + 1;
export const PATH: number = MARKER + 2;
export const UUID: number = MARKER + 3;
export const HEX: number = MARKER + 4;
export const DURATION: number = MARKER + 5;
export const SIZE: number = MARKER + 6;
export const URL_TEXT: number = MARKER + 7;
export const QUOTED: number = MARKER + 8;
export const TIME: number = MARKER + 9;
export const NAME: number = MARKER + 10;
/** Stands at the end of a shape that was cut: whatever follows. */
export const REST: number = MARKER + 11;

/** Longest canonical text, in bytes; what a message holds beyond is one REST. */
export const MAX_SHAPE = 1024;

export function isMarker(code: number): boolean {
  return code >= MARKER && code <= REST;
}

export function markedType(marker: number): ParameterType {
  return markedTypes[marker - MARKER] ?? 'word';
}

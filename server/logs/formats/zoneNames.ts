import { isUpper } from './ascii.ts';

/** Abbreviations that programs write instead of an offset, in minutes ahead of UTC. Ambiguous ones have their most common meaning. */
const NAMES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  WET: 0,
  WEST: 60,
  BST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  IST: 330,
  PKT: 300,
  ICT: 420,
  WIB: 420,
  HKT: 480,
  SGT: 480,
  AWST: 480,
  JST: 540,
  KST: 540,
  AEST: 600,
  AEDT: 660,
  NZST: 720,
  NZDT: 780,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  HST: -600,
  BRT: -180,
};

const packed = new Map(Object.entries(NAMES).map(([name, minutes]) => [packedName(name), minutes]));

function packedName(name: string): number {
  return [...name].reduce((sum, letter) => sum * 32 + (letter.charCodeAt(0) - 64), 0);
}

/** Minutes of the zone that the capital letters at `at` name; NaN: none. The name is 3 or 4 letters long: see `zoneNameEnd`. */
export function zoneOfName(bytes: Uint8Array, at: number, end: number): number {
  let code = 0;
  for (let next = at; next < end; next += 1) code = code * 32 + ((bytes[next] as number) - 64);
  return packed.get(code) ?? Number.NaN;
}

/** Offset behind the capital letters at `at`; `at` itself when they are not 3 or 4. */
export function zoneNameEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && next - at < 5 && isUpper(bytes[next] as number)) next += 1;
  return next - at === 3 || next - at === 4 ? next : at;
}

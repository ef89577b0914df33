import { createHash } from 'node:crypto';
import type { Evidence, Finding } from '../protocol/diagnosis.ts';

/** What differs from run to run although the fault is the same. Each class is bounded, so that hostile text costs linear time. */
const TIME =
  /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?\b/g;
const UUID = /\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi;
/** Ids of containers, traces and objects in memory: a digit among them tells them from a word. */
const HEX = /\b(?:0x[\da-f]{1,16}|(?=[a-f]{0,64}\d)[\da-f]{12,64})\b/gi;
/** `server.js:12:5`, `.env:2`: where something stands moves with every edit above it. The number of an address stays. */
const PLACE =
  /(\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|cs|php|json|ya?ml|toml|xml|env|conf|cfg|ini|properties|log|txt|sh|sql|lock|vue|html|css)):\d{1,9}(?::\d{1,9})?\b/gi;

/** Numbers by which a fault is named; every other free-standing one is a count, a size, a duration or a pid. */
const NAMED =
  /(?:\b(?:ports?|code|status|answers|answered|http|version|uid|gid|errno|signal|cuda|database|db)[ =:#"']{1,3}|[\w\])]:)$/i;
const NAMED_CHARACTERS = 16;
/** What a quantity is counted in: 60 s are also 1 min. */
const QUANTITY = /<n> ?(?:[nµm]?s|sec(?:ond)?s?|min(?:ute)?s?|h|hours?|days?|[kmgt]?i?b|%)(?![\w])/gi;
/** What makes a number with a point a quantity; without it, it is a version. */
const UNIT = /^ ?(?:%|[kmgt]?i?b\b|[nµm]?s\b|sec|min|hours?\b|h\b)/i;

/**
 * Names a fault over many reports: its cause, its target, and what its summary, its configuration and its code say, without pids,
 * times, sizes, counts and line numbers. Another port, variable, file, host, exit code or holder is another fault.
 * In doubt a number counts: a fault that is told once too often does less harm than one that is held back unseen.
 */
export function fingerprintOf(finding: Pick<Finding, 'cause' | 'target' | 'summary' | 'evidence'>): string {
  const facts = finding.evidence.filter(isWritten).map(({ text }) => oneLine(text));
  const material = [finding.cause, finding.target, materialOf(finding.summary), ...[...new Set(facts)].sort()];
  return createHash('sha256').update(JSON.stringify(material)).digest('base64url').slice(0, 22);
}

/** What a person wrote says which fault it is; what a log, a process or a probe says of it differs from time to time. */
function isWritten({ kind }: Evidence): boolean {
  return kind === 'config' || kind === 'code';
}

function materialOf(summary: string): string {
  return oneLine(summary)
    .replace(TIME, '<time>')
    .replace(UUID, '<id>')
    .replace(HEX, '<id>')
    .replace(PLACE, '$1')
    .replace(/\d+(?:[.,]\d+)*/g, (number, at: number, text: string) => {
      const before = text.slice(Math.max(0, at - NAMED_CHARACTERS), at);
      const after = text.slice(at + number.length, at + number.length + NAMED_CHARACTERS);
      // A part of a name, a path or a version: api-2, /dev/sda1, postgres16, v18.2.0.
      if (/[\p{L}_/‹@.~-]$/u.test(before) || /^[_/@]|^[-:]\w/.test(after)) return number;
      if (NAMED.test(before) || (number.includes('.') && !UNIT.test(after))) return number;
      return '<n>';
    })
    .replace(QUANTITY, '<n>');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

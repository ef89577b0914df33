import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type SeededRandom, seededRandom } from './seededRandom.ts';

/** One bad input: the same for the same seed. */
export interface FuzzCase {
  kind: string;
  bytes: Uint8Array;
}

type Make = (random: SeededRandom) => Uint8Array;

const FIXTURES = path.join(import.meta.dirname, '../fixtures/logs');
/** What real programs wrote; the ground from which mutations start. */
const realLogs = ['text', 'structured'].flatMap((folder) =>
  readdirSync(path.join(FIXTURES, folder))
    .filter((file) => file.endsWith('.log'))
    .sort()
    .map((file) => readFileSync(path.join(FIXTURES, folder, file))),
);

const WORDS = [
  'connect',
  'refused',
  'für',
  '日本',
  '🙂',
  '10.0.0.1:80',
  '/var/log/x',
  'took',
  '12ms',
  '"quoted',
  'a=b',
  '{',
  '\\',
];
const MIB = 1 << 20;

function real(random: SeededRandom): Uint8Array {
  const log = random.pick(realLogs);
  const start = random.whole(Math.max(1, log.length - 20_000));
  return log.subarray(start, start + 1_000 + random.whole(200_000));
}

function stamp(random: SeededRandom, year: string): string {
  const two = (below: number): string => String(random.whole(below)).padStart(2, '0');
  return `${year}-${two(14)}-${two(33)}T${two(26)}:${two(62)}:${two(62)}.${random.whole(1000)}Z`;
}

function lines(random: SeededRandom, count: number, line: (at: number) => string, feed = '\n'): Uint8Array {
  return Buffer.from(Array.from({ length: count }, (_, at) => line(at)).join(feed) + (random.chance(50) ? feed : ''));
}

function sentence(random: SeededRandom): string {
  return Array.from({ length: random.whole(9) }, () => random.pick(WORDS)).join(' ');
}

/** The bad inputs that a log reader meets, small ones. */
const makers: Readonly<Record<string, Make>> = {
  'gzip cut off': (random) => {
    const packed = gzipSync(real(random));
    return packed.subarray(0, random.whole(packed.length));
  },
  'gzip damaged': (random) => flipped(random, gzipSync(real(random)), 1 + random.whole(5)),
  'zstd damaged': (random) => flipped(random, zstdCompressSync(real(random)), 1 + random.whole(5)),
  'gzip with a tail': (random) => Buffer.concat([gzipSync(real(random)), noise(random, random.whole(4_000))]),
  noise: (random) => noise(random, random.whole(100_000)),
  empty: () => new Uint8Array(),
  'only line feeds': (random) => Buffer.alloc(random.whole(300_000), random.pick(['\n', '\r\n', '\r', ' \n'])),
  'only zeros': (random) => new Uint8Array(random.whole(300_000)),
  'half a JSON object': (random) =>
    lines(random, 1 + random.whole(300), () => {
      const whole = JSON.stringify({
        time: stamp(random, '2026'),
        level: 'error',
        msg: sentence(random),
        a: { b: [1] },
      });
      return random.chance(30) ? whole.slice(0, random.whole(whole.length)) : whole;
    }),
  'deep JSON': (random) => {
    const depth = 1 + random.whole(10_000);
    const open = random.pick(['[', '{"a":', '{"msg":{"message":', '[{"level":']);
    return lines(random, 3, () => `{"level":"info","x":${open.repeat(depth)}1`);
  },
  'closed deep JSON': (random) => {
    const depth = 1 + random.whole(10_000);
    return lines(random, 3, () => `{"level":"info","msg":"m","x":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  },
  'invalid UTF-8': (random) => {
    const bytes = Uint8Array.from(real(random));
    for (let at = 0; at < bytes.length; at += 1 + random.whole(60)) bytes[at] = 0x80 + random.whole(128);
    return bytes;
  },
  'times out of range': (random) =>
    lines(
      random,
      500,
      () =>
        `${stamp(random, random.pick(['0000', '0001', '9999', '1969', '2026', '275760']))} INFO ${sentence(random)}`,
    ),
  'huge numbers as times': (random) =>
    lines(
      random,
      300,
      () =>
        `{"ts":${'9'.repeat(random.whole(400))}.${random.whole(9)},"level":${random.whole(1e9)}e${random.whole(400)},"msg":"x"}`,
    ),
  'time going backwards': (random) =>
    lines(
      random,
      2_000,
      (at) => `${new Date(1.8e12 - at * 86_400_000 * random.whole(400)).toISOString()} WARN back ${at}`,
    ),
  'syslog without years, through many': (random) =>
    lines(
      random,
      2_000,
      (at) => `${random.pick(['Dec 31', 'Jan  1', 'Feb 29', 'Feb 30'])} 23:59:5${at % 10} host app[${at}]: x`,
    ),
  'distinct templates': (random) =>
    lines(random, 20_000, (at) => `2026-11-24 10:00:00 INFO ${word(random)}${at} ${word(random)} ${word(random)}`),
  'terminal sequences': (random) =>
    lines(
      random,
      500,
      () =>
        `\u001b[${random.whole(99)}m${sentence(random)}\u001b]0;${sentence(random)}${random.pick(['\u0007', '', '\u001b\\'])}\u001b[`,
    ),
  'bidirectional overrides': (random) =>
    lines(random, 500, () => `2026-11-24 10:00:00 INFO \u202e${sentence(random)}\u2066\u2069\u200f\u{e0041}`),
  'mixed line ends': (random) =>
    Buffer.from(
      Array.from(
        { length: 2_000 },
        () => `INFO ${sentence(random)}${random.pick(['\n', '\r\n', '\r', '\n\r', '\r\r\n'])}`,
      ).join(''),
    ),
  'zeros in lines': (random) => lines(random, 1_000, () => `\0${sentence(random)}\0\0${random.pick(['\n', ''])}`),
  'UTF-16 with odd bytes': (random) => {
    const text = Buffer.from(`${random.pick(['\ufeff', ''])}${Buffer.from(real(random)).toString()}`, 'utf16le');
    const bytes = random.chance(50) ? text : Buffer.from(text.subarray(0, text.length & ~1)).swap16();
    return random.chance(50) ? spliced(random, bytes, Uint8Array.of(0xd8)) : bytes.subarray(0, bytes.length - 1);
  },
  'mixed formats': (random) => Buffer.concat(Array.from({ length: 2 + random.whole(6) }, () => real(random))),
  'characters at block borders': (random) => {
    const size = random.pick([65_536, 262_144, 1 * MIB]);
    return Buffer.concat([Buffer.alloc(size - 1 - random.whole(4), 'x'), Buffer.from('🙂ü\n'.repeat(2_000))]);
  },
  'long lines': (random) =>
    Buffer.concat([real(random), Buffer.alloc(random.whole(3 * MIB), sentence(random) || 'x'), real(random)]),
  'long fields': (random) => {
    const long = 'k'.repeat(random.whole(100_000));
    return lines(random, 20, () =>
      random.pick([`${long}=1 level=info`, `{"${long}":"${long}"}`, `${long} - - [${long}]`, `<${long}>`]),
    );
  },
  'many fields': (random) =>
    lines(random, 20, () =>
      Array.from({ length: random.whole(5_000) }, (_, at) => `k${at}=${random.whole(9)}`).join(' '),
    ),
  'endless stack trace': (random) =>
    lines(random, 20_000, (at) =>
      at === 0 ? '2026-11-24 10:00:00 ERROR x' : `\tat a.b.C.m${at}(C.java:${random.whole(1e6)})`,
    ),
  'unclosed quotes': (random) =>
    lines(random, 500, () => `level=error msg="${sentence(random)} err='\\"${sentence(random)}\\`),
  'CSV and W3C heads': (random) =>
    lines(random, 300, (at) =>
      at % 50 === 0
        ? random.pick(['#Fields: date time', '#Fields:', '#Version: 1.0'])
        : `${sentence(random)},"${sentence(random)}`,
    ),
};

/** Real lines that were tampered with. */
const mutations: Readonly<Record<string, Make>> = {
  'bits flipped': (random) => flipped(random, real(random), 1 + random.whole(500)),
  spliced: (random) => spliced(random, real(random), real(random)),
  'pieces doubled': (random) => {
    const bytes = real(random);
    const from = random.whole(bytes.length);
    return spliced(random, bytes, bytes.subarray(from, from + random.whole(5_000)));
  },
  'pieces left out': (random) => {
    const bytes = real(random);
    const from = random.whole(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random.whole(2_000))]);
  },
  'line feeds moved': (random) => {
    const bytes = Uint8Array.from(real(random));
    for (let at = random.whole(99); at < bytes.length; at += 1 + random.whole(400))
      bytes[at] = bytes[at] === 10 ? 32 : 10;
    return bytes;
  },
  'digits changed': (random) => {
    const bytes = Uint8Array.from(real(random));
    bytes.forEach((byte, at) => {
      if (byte >= 48 && byte < 58 && random.chance(5)) bytes[at] = random.pick([57, 48, 45, 46, 58, 101]);
    });
    return bytes;
  },
};

/** Inputs of 100 MB and more: the limits on memory and time. */
const heavy: Readonly<Record<string, Make>> = {
  'a line of 200 MB': (random) =>
    Buffer.concat([real(random), Buffer.alloc(200 * MIB, 'endless '), Buffer.from('\n'), real(random)]),
  'JSON of 100 MB in a line': (random) =>
    Buffer.concat([Buffer.from('{"msg":"'), Buffer.alloc(100 * MIB, 'a\\"'), Buffer.from('"}\n'), real(random)]),
  'a million distinct templates': (random) =>
    lines(
      random,
      1_000_000,
      (at) => `2026-11-24 10:00:00 INFO ${word(random)} ${word(random)} x${at.toString(36)}y failed`,
    ),
  'a million distinct components and traces': (random) =>
    lines(
      random,
      1_000_000,
      (at) => `{"level":"info","logger":"c${at}","traceId":"${at}abcdef0123456789","msg":"m ${random.whole(9)}"}`,
    ),
  'a packed bomb': () => gzipSync(Buffer.alloc(200 * MIB, 'INFO one line of many\n')),
};

/** @param withHeavy one case in 60 is large */
export function fuzzCase(seed: number, withHeavy: boolean): FuzzCase {
  const random = seededRandom(seed);
  const isHeavy = withHeavy && random.whole(60) === 0;
  const source = isHeavy ? heavy : random.chance(40) ? mutations : makers;
  const kind = random.pick(Object.keys(source));
  return { kind, bytes: (source[kind] as Make)(random) };
}

/** For a test that makes each kind once. */
export const fuzzKinds = [...Object.keys(makers), ...Object.keys(mutations)];

export function fuzzKind(kind: string, seed: number): FuzzCase {
  return { kind, bytes: ((makers[kind] ?? mutations[kind] ?? heavy[kind]) as Make)(seededRandom(seed)) };
}

function word(random: SeededRandom): string {
  return Array.from({ length: 3 + random.whole(8) }, () => String.fromCharCode(97 + random.whole(26))).join('');
}

function noise(random: SeededRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.whole(256));
}

function flipped(random: SeededRandom, bytes: Uint8Array, times: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (let time = 0; time < times && changed.length > 0; time += 1) {
    const at = random.whole(changed.length);
    changed[at] = (changed[at] as number) ^ (1 << random.whole(8));
  }
  return changed;
}

function spliced(random: SeededRandom, bytes: Uint8Array, piece: Uint8Array): Uint8Array {
  const at = random.whole(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

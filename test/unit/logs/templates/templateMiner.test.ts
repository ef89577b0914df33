import { describe, expect, test } from 'vitest';
import { createTemplateMiner } from '../../../../server/logs/templates/createTemplateMiner.ts';
import { parametersOf } from '../../../../server/logs/templates/parametersOf.ts';
import { templatesOf, textsOf } from '../../../support/mineTexts.ts';

describe('merges', () => {
  test.each<[string, string[], string]>([
    [
      'names behind a noun',
      ['session opened for user root by (uid=0)', 'session opened for user cyrus by (uid=0)'],
      'session opened for user <*> by (uid=<*>)',
    ],
    ['names and numbers in one place', ['chdir(pwd) failed here', 'chdir(/a/b) failed here'], 'chdir(<*>) failed here'],
    [
      'values of keys, several at once',
      [
        'lock tag="a_b", name=x, ws=null',
        'lock tag="View Lock", name=org.y.Z, ws=Source{12}',
        'lock tag="*c*", name=android, ws=null',
      ],
      'lock tag="<*>", name=<*>, ws=<*>',
    ],
    [
      'lists of any length',
      ['ask 10.0.0.1 to delete blk_123 blk_456 blk_789', 'ask 10.0.0.2 to delete blk_123 blk_999'],
      'ask <*> to delete <*>',
    ],
    [
      'quantities however they are written',
      ['x:1 close, 12 bytes sent, lifetime <1 sec', 'x:1 close, 4042 bytes (3.94 KB) sent, lifetime 00:18'],
      'x:<*> close, <*> sent, lifetime <*>',
    ],
    ['units that change', ['free 1.2 MB of it', 'free 13 KB of it'], 'free <*> of it'],
    ['numbered names', ['eth0: link down', 'eth1: link down'], '<*>: link down'],
    [
      'states between from and to',
      ['Job moved from NEW to READY', 'Job moved from READY to DONE'],
      'Job moved from <*> to <*>',
    ],
    [
      'names of several words where others have one',
      ['Invalid user bob from 10.0.0.1', 'Invalid user zoe from 10.0.0.1', 'Invalid user jean petit from 10.0.0.2'],
      'Invalid user <*> from <*>',
    ],
    ['dates in words', ['seen at Wed Jul 13 04:41:47 2005', 'seen at Thu Jul 14 10:11:14 2005'], 'seen at <*>'],
    [
      'several names at once',
      ['ann/elm', 'bob/oak', 'cyd/ash', 'dov/fir', 'eve/yew', 'flo/box'].map((pair) => {
        const [user, host] = pair.split('/');
        return `accepted login by ${user} on console of ${host} just now`;
      }),
      'accepted login by <*> on console of <*> just now',
    ],
    ['padding', ['slot   1 used', 'slot  12 used'], 'slot <*> used'],
    ['logical values', ['cancelled: false', 'cancelled: true'], 'cancelled: <*>'],
    ['a message that says <*> itself', ['say <*> to 1', 'say <*> to 2'], 'say <*> to <*>'],
  ])('%s', (_, messages, text) => {
    expect(textsOf(messages)).toEqual([text]);
  });
});

describe('keeps apart', () => {
  test.each<[string, string[]]>([
    ['verbs', ['session opened for user root', 'session closed for user root']],
    ['outcomes', ['Accepted password for bob from 10.0.0.1', 'Failed password for bob from 10.0.0.1']],
    ['first words', ['getTasks: caller 12 does not hold it', 'getApps: caller 12 does not hold it']],
    ['protocols', ['a:1 open through proxy b:2 HTTPS', 'a:1 open through proxy b:2 SOCKS5']],
    ['methods', ['"GET /a HTTP/1.1" status: 200', '"POST /a HTTP/1.1" status: 200']],
    ['none and some', ['no errors found here', '12 errors found here']],
    ['keys', ['subId=1 phoneId=1', 'subId=1 retVal=true']],
    ['further words', ['Failed password for bob from 10.0.0.1', 'Failed password for invalid user bob from 10.0.0.1']],
    ['a message behind a head that was left there', ['INFO Audio: getMode called', 'INFO Audio: getRinger called']],
  ])('%s', (_, messages) => {
    expect(textsOf(messages)).toHaveLength(messages.length);
  });
});

test('what differs in several messages is a value in all of them', () => {
  const messages = ['alpha-x', 'delta-y'].flatMap((name) => [`Feature ${name} enabled`, `Feature ${name} disabled`]);
  expect(textsOf(messages)).toEqual(['Feature <*> enabled', 'Feature <*> disabled']);
});

test('a level in the head does not part one message in two', () => {
  expect(textsOf(['RAS KERNEL INFO data address: 0x0001', 'RAS KERNEL FATAL data address: 0x0002'])).toHaveLength(1);
});

test('a template says its parameters with their types, and why it holds what it holds', () => {
  const messages = ['user bob from 10.0.0.1 took 12ms', 'user zoe from 10.0.0.2 took 1ms', 'other'];
  const [first, second, other] = templatesOf(messages);
  expect(first).toBe(second);
  expect(first).toMatchObject({ id: 0, text: 'user <*> from <*> took <*>', parameters: ['word', 'ip', 'duration'] });
  expect(first?.because).toContain('user');
  expect(other).toEqual({ id: 2, text: 'other', parameters: [], shapes: [2] });
  expect(parametersOf(first?.text ?? '', 'user  bob from 10.0.0.1 took 12ms')).toEqual(['bob', '10.0.0.1', '12ms']);
  expect(parametersOf(first?.text ?? '', 'other')).toBeUndefined();
});

test('parameters are cut where the next letters of the template stand', () => {
  const template = 'ask <*> to [<*>] end <*>';
  expect(parametersOf(template, 'ask 10.0.0.1 to [a b] end 1 2')).toEqual(['10.0.0.1', 'a b', '1 2']);
  expect(parametersOf(template, 'ask x  to\t[a  b] end 1\nat main.js:1')).toEqual(['x', 'a  b', '1']);
  expect(parametersOf(template, 'ask nobody')).toBeUndefined();
});

const mixedLog = Array.from({ length: 600 }, (_, at) => {
  const user = `${'abcdefghij'[at % 10]}${'klmnopq'[at % 7]}${'rstuv'[at % 5]}x`;
  return [
    `session opened for user ${user} by (uid=${at})`,
    `session closed for user ${user}`,
    `Received block blk_${at} of size ${at} from 10.0.0.${at % 250}`,
    `job ${['sendMail', 'cleanup', 'reindex'][at % 3]} finished in ${at} ms`,
    `state=${['open', 'shut'][at % 2]} queue ${['emails', 'invoices', 'carts'][at % 3]} has ${at} messages`,
  ][at % 5] as string;
});

test('the templates do not depend on how the log is cut into tables', () => {
  const whole = templatesOf(mixedLog);
  for (const cut of [1, 7, 64, 311]) expect(templatesOf(mixedLog, cut)).toEqual(whole);
});

test('nor do the groups depend on the order of its lines', () => {
  const groupsOf = (messages: readonly string[]): Map<string, string> =>
    new Map(templatesOf(messages).map(({ text }, at) => [messages[at] as string, text]));
  const whole = groupsOf(mixedLog);
  let seed = 7;
  for (let round = 0; round < 5; round += 1) {
    const shuffled = [...mixedLog];
    for (let at = shuffled.length - 1; at > 0; at -= 1) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const other = seed % (at + 1);
      [shuffled[at], shuffled[other]] = [shuffled[other] as string, shuffled[at] as string];
    }
    expect(groupsOf(shuffled)).toEqual(new Map(shuffled.map((message) => [message, whole.get(message)])));
  }
});

test('templates grow with what is admitted, and ids stay those of the first shapes', () => {
  const miner = createTemplateMiner();
  miner.admit('user ann logged in', 1);
  miner.admit('idle', 1);
  expect(miner.templates().map(({ id, text }) => [id, text])).toEqual([
    [0, 'user ann logged in'],
    [1, 'idle'],
  ]);
  const shape = miner.admit('user bob logged in', 1);
  expect(miner.templateOf(shape)).toBe(2);
  expect(miner.templates().map(({ id, text }) => [id, text])).toEqual([
    [0, 'user <*> logged in'],
    [1, 'idle'],
  ]);
  expect(miner.templateOf(shape)).toBe(0);
  expect(miner.admit('idle', 1)).toBe(1);
});

test('a message with fresh ids in every line has one template', () => {
  let seed = 1;
  const id = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed;
  };
  const messages = Array.from({ length: 20_000 }, (_, at) =>
    at % 2 === 0
      ? `PacketResponder ${at % 3} for block blk_${id() % 2 === 0 ? '-' : ''}${id()}${id()} terminating`
      : `10.250.${at % 250}.4:50010 Served block blk_${id()}${id()} to /10.251.${id() % 250}.7`,
  );
  expect(textsOf(messages)).toEqual(['PacketResponder <*> for block <*> terminating', '<*> Served block <*> to <*>']);
});

test('a log in which every message is different holds no more than the stated number of shapes', () => {
  const miner = createTemplateMiner();
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const word = (number: number): string =>
    [number, number / 26, number / 676, number / 17_576].map((part) => letters[Math.floor(part) % 26]).join('');
  const seen = new Set<number>();
  for (let at = 0; at < 1_000_000; at += at < 20_000 ? 1 : 49) {
    seen.add(miner.admit(`${word(at * 7)} ${word(at * 31)}q ${word(at)}z`, 1));
  }
  expect(miner.shapeCount).toBeLessThanOrEqual(12_001);
  expect(Math.max(...seen)).toBeLessThan(miner.shapeCount);
  const like = miner.admit(`${word(0)} ${word(0)}q ${word(0)}z`, 1);
  expect(like).toBe(0);
}, 60_000);

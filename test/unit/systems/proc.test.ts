import { describe, expect, it } from 'vitest';
import { mountOf, parseMountinfo } from '../../../server/systems/host/parseMountinfo.ts';
import { parseLoad1, parseMeminfo } from '../../../server/systems/host/readHostFacts.ts';
import { parseLsofListeners, parseNetstat } from '../../../server/systems/network/commandListeners.ts';
import { parseProcNetTcp, socketInode } from '../../../server/systems/network/parseProcNet.ts';
import { parseAhosts } from '../../../server/systems/network/resolveHost.ts';
import { parseLsofFolders, parsePs, parseTasklist } from '../../../server/systems/process/commandProcesses.ts';
import {
  parseBootTime,
  parseCmdline,
  parseEnvironNames,
  parseProcStat,
  parseProcStatus,
} from '../../../server/systems/process/parseProc.ts';
import { infoFields } from '../../../server/systems/redis/readFacts.ts';
import { readReply } from '../../../server/systems/redis/readReply.ts';

describe('/proc/PID', () => {
  it('reads a name with spaces and parentheses', () => {
    const tail = 'S 4000 4121 4121 0 -1 4194560 900 0 0 0 5 2 0 0 20 0 11 0 123456 600000000 9000 184467';
    expect(parseProcStat(`4121 (tmux: (a) b) ${tail}`)).toEqual({
      ...{ pid: 4121, name: 'tmux: (a) b', state: 'S', ppid: 4000, startSeconds: 1234.56 },
    });
    expect(parseProcStat('')).toBeUndefined();
    expect(parseProcStat('12 (x')).toBeUndefined();
  });

  it('reads uid, memory, arguments, names and boot time', () => {
    expect(parseProcStatus('Name:\tx\nUid:\t1000\t0\t0\t0\nVmRSS:\t   2048 kB\n')).toEqual({
      uid: 1000,
      rssBytes: 2_097_152,
    });
    expect(parseProcStatus('Name:\tkthreadd\n')).toEqual({ uid: undefined, rssBytes: undefined });
    expect(parseCmdline('node\0a b.js\0\0')).toEqual(['node', 'a b.js']);
    expect(parseCmdline('nginx: master process\0\0\0\0')).toEqual(['nginx: master process']);
    expect(parseCmdline('')).toEqual([]);
    expect([...parseEnvironNames('A=1\0B=x=y\0=odd\0C\0MULTI=a\nD=2\0')]).toEqual(['A', 'B', 'MULTI']);
    expect(parseBootTime('cpu 1\nbtime 1700000000\n')).toEqual(new Date(1_700_000_000_000));
  });
});

describe('/proc/net/tcp', () => {
  it('decodes listening sockets of both families', () => {
    const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
    const rest = '00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0';
    const lines = [
      `   0: 0100007F:1F40 00000000:0000 0A ${rest}`,
      `   1: 00000000:0050 00000000:0000 0A ${rest}`,
      `   2: 0100007F:1F41 0100007F:1F40 01 ${rest}`,
      `   3: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0A ${rest}`,
      `   4: 00000000000000000000000000000000:1539 00000000000000000000000000000000:0000 0A ${rest}`,
      `   5: 0000000000000000FFFF00000100007F:153A 00000000000000000000000000000000:0000 0A ${rest}`,
      `   6: B80D01200000000000000000010000FE:153B 00000000000000000000000000000000:0000 0A ${rest}`,
      '   7: nonsense',
    ];
    expect(parseProcNetTcp([head, ...lines].join('\n')).map(({ address, port }) => `${address} ${port}`)).toEqual([
      ...['127.0.0.1 8000', '0.0.0.0 80', '::1 5432', ':: 5433', '::ffff:127.0.0.1 5434', '2001:db8::fe00:1 5435'],
    ]);
    expect(parseProcNetTcp(`${head}\n${lines[0]}`)[0]).toMatchObject({ uid: 1000, inode: '4711' });
    expect(socketInode('socket:[4711]')).toBe('4711');
    expect(socketInode('/dev/null')).toBeUndefined();
  });
});

describe('other platforms', () => {
  it('reads ps and lsof of macOS', () => {
    const ps = '  501     1   502 Ss    2048 Mon Nov 23 10:00:00 2026     /usr/local/bin/node server.js --port 1\n';
    expect(parsePs(ps, parseLsofFolders('p501\nfcwd\nn/Users/a/my app\n'))).toEqual([
      {
        ...{ pid: 501, ppid: 1, uid: 502, name: 'node', argv: ['/usr/local/bin/node', 'server.js', '--port', '1'] },
        ...{ cwd: '/Users/a/my app', rssBytes: 2_097_152, state: 'S', startedAt: new Date(2026, 10, 23, 10) },
      },
    ]);
    const lsof =
      'p501\nu502\nf20\ntIPv4\nn127.0.0.1:8000\nf21\ntIPv6\nn*:8001\np502\nu502\nf3\ntIPv6\nn[::1]:8002\nf4\nn*:8001\n';
    expect(parseLsofListeners(lsof).map(({ address, port, pid }) => [address, port, pid])).toEqual([
      ['127.0.0.1', 8000, 501],
      ['::', 8001, 501],
      ['::1', 8002, 502],
    ]);
  });

  it('reads tasklist and netstat of Windows', () => {
    expect(parseTasklist('"node.exe","4121","Console","1","41,208 K"\r\n')).toMatchObject([
      { pid: 4121, name: 'node.exe', rssBytes: 41_208 * 1024 },
    ]);
    const netstat =
      '  TCP    0.0.0.0:135      0.0.0.0:0     ABHÖREN    900\r\n  TCP    [::1]:8000   [::]:0  LISTENING 42\r\n  TCP 10.0.0.1:5 10.0.0.2:443 ESTABLISHED 7\r\n';
    expect(parseNetstat(netstat).map(({ address, port, pid }) => [address, port, pid])).toEqual([
      ['0.0.0.0', 135, 900],
      ['::1', 8000, 42],
    ]);
  });
});

describe('host', () => {
  it('reads mountinfo with spaces, read-only mounts and mounts on top of each other', () => {
    const mounts = parseMountinfo(
      [
        '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
        '30 22 0:40 / /mnt/my\\040disk rw - ext4 /dev/loop0 ro,errors=remount-ro',
        '31 22 0:41 / /data ro,nosuid - xfs /dev/sdb rw',
        '32 22 0:42 / /data rw master:3 propagate_from:2 - tmpfs tmpfs rw',
        '',
      ].join('\n'),
    );
    expect(mountOf('/mnt/my disk/a', mounts)).toMatchObject({ type: 'ext4', device: '/dev/loop0', readOnly: true });
    expect(mountOf('/data/x', mounts)).toMatchObject({ type: 'tmpfs', readOnly: false });
    expect(mountOf('/database', mounts)).toMatchObject({ mountPoint: '/' });
    expect(mounts[2]?.readOnly).toBe(true);
  });

  it('reads memory and load', () => {
    expect(parseMeminfo('MemTotal:  100 kB\nMemFree: 1 kB\nMemAvailable:   50 kB\n')).toEqual({
      totalBytes: 102_400,
      availableBytes: 51_200,
    });
    expect(parseLoad1('0.52 0.58 0.59 1/467 12345')).toBe(0.52);
    expect(parseLoad1('')).toBeUndefined();
  });
});

describe('getent and RESP', () => {
  it('lists each address once', () => {
    expect(parseAhosts('10.0.0.1 STREAM db\n10.0.0.1 DGRAM\nfe80::1%eth0 STREAM\n\n')).toEqual([
      '10.0.0.1',
      'fe80::1%eth0',
    ]);
  });

  it('reads replies that come in pieces and tells what is not Redis', () => {
    expect(readReply(Buffer.from('+PONG\r\nrest'))).toMatchObject({ reply: { kind: 'text', text: 'PONG' }, length: 7 });
    expect(readReply(Buffer.from('-NOAUTH x\r\n'))).toMatchObject({ reply: { kind: 'error', text: 'NOAUTH x' } });
    expect(readReply(Buffer.from('$5\r\nhe'))).toEqual({ kind: 'incomplete' });
    expect(readReply(Buffer.from('$5\r\nhe\r\nl\r\n'))).toMatchObject({ reply: { text: 'he\r\nl' } });
    expect(readReply(Buffer.from('HTTP/1.1 400 Bad'))).toEqual({ kind: 'foreign' });
    expect(readReply(Buffer.from('$99999999999\r\n'))).toEqual({ kind: 'foreign' });
    expect(infoFields('# Server\r\nredis_version:7.0.15\r\n').get('redis_version')).toBe('7.0.15');
  });

  it('reads lists, and bounds what they claim', () => {
    expect(readReply(Buffer.from('*2\r\n$1\r\na\r\n*1\r\n:7\r\nrest'))).toEqual({
      kind: 'reply',
      reply: {
        kind: 'list',
        items: [
          { kind: 'text', text: 'a' },
          { kind: 'list', items: [{ kind: 'text', text: '7' }] },
        ],
      },
      length: 19,
    });
    expect(readReply(Buffer.from('*2\r\n$1\r\na\r\n'))).toEqual({ kind: 'incomplete' });
    expect(readReply(Buffer.from('*999999999\r\n'))).toEqual({ kind: 'foreign' });
    expect(readReply(Buffer.from('*1\r\n'.repeat(9)))).toEqual({ kind: 'foreign' });
  });
});

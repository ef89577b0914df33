import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSwapUsage, parseVmStat } from '../../../server/systems/host/darwinUse.ts';
import { createHost } from '../../../server/systems/host/host.ts';
import { parseDmesg, readKernelLines } from '../../../server/systems/host/parseKernelLog.ts';
import { parseCoreSeconds, parseFileNr, parsePressure } from '../../../server/systems/host/parseMachineUse.ts';
import { parseMountinfo } from '../../../server/systems/host/parseMountinfo.ts';
import { parseCimMemory } from '../../../server/systems/host/windowsUse.ts';
import { parseAllowedCores, parseOpenFilesLimit, parseProcIo } from '../../../server/systems/process/parseProcUse.ts';
import { createProcesses } from '../../../server/systems/process/processes.ts';

const signal = new AbortController().signal;

/** A process in a container of a machine with cgroups of version 2, as its files look there. */
const VERSION_2: Readonly<Record<string, string>> = {
  'proc/self/mountinfo':
    '35 25 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n',
  'proc/812/cgroup': '0::/system.slice/docker-4f2a.scope\n',
  'proc/812/stat': `812 (node) S 790 812 812 0 -1 4194560 9000 0 41 0 250 50 0 0 20 0 11 0 123456 600000000 9000 ${'0 '.repeat(14)}3 0\n`,
  'proc/812/status':
    'Name:\tnode\nUid:\t1000\t1000\t1000\t1000\nVmRSS:\t   51200 kB\nCpus_allowed_list:\t0-1,4\nThreads:\t11\n',
  'proc/812/limits':
    'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n',
  'proc/812/io':
    'rchar: 900\nwchar: 800\nsyscr: 9\nsyscw: 8\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n',
  'proc/812/task/812/stat': `812 (node) D 790 812 812 0 -1 4194560 9000 0 41 0 250 50 0 0 20 0 11 0 123456 600000000 9000 0\n`,
  'proc/812/task/812/schedstat': '2500000000 700000000 4321\n',
  'proc/812/task/819/stat': `819 (libuv-worker) S 790 812 812 0 -1 4194560 9000 0 0 0 1 1 0 0 20 0 11 0 123456 600000000 9000 0\n`,
  'proc/812/task/819/schedstat': '10000000 0 12\n',
  'sys/fs/cgroup/system.slice/docker-4f2a.scope/memory.max': '268435456\n',
  'sys/fs/cgroup/system.slice/docker-4f2a.scope/memory.current': '261095424\n',
  'sys/fs/cgroup/system.slice/docker-4f2a.scope/memory.events':
    'low 0\nhigh 0\nmax 5120\noom 2\noom_kill 1\noom_group_kill 0\n',
  'sys/fs/cgroup/system.slice/docker-4f2a.scope/memory.stat':
    'anon 251658240\nfile 4096000\nworkingset_refault_anon 7\nworkingset_refault_file 900\npgmajfault 41\n',
  'sys/fs/cgroup/system.slice/docker-4f2a.scope/cpu.max': '50000 100000\n',
  'sys/fs/cgroup/system.slice/docker-4f2a.scope/cpu.stat':
    'usage_usec 3000000\nuser_usec 2500000\nsystem_usec 500000\nnr_periods 600\nnr_throttled 480\nthrottled_usec 31500000\nnr_bursts 0\nburst_usec 0\n',
  'sys/fs/cgroup/system.slice/memory.max': 'max\n',
  'sys/fs/cgroup/system.slice/cpu.max': 'max 100000\n',
};

describe.skipIf(process.platform !== 'linux')('a recorded machine', () => {
  let root: string;
  beforeEach(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'tektra-recorded-'));
    for (const [name, content] of Object.entries(VERSION_2)) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await writeFile(path.join(root, name), content);
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('tells limits and counters of a cgroup of version 2', async () => {
    const use = await createProcesses(root).use(812, signal);
    expect(use?.cgroup).toEqual({
      memoryPath: '/sys/fs/cgroup/system.slice/docker-4f2a.scope',
      memoryLimitBytes: 268_435_456,
      memoryUsageBytes: 261_095_424,
      oomKills: 1,
      limitHits: 5120,
      refaults: 907,
      cpuPath: '/sys/fs/cgroup/system.slice/docker-4f2a.scope',
      cpuLimit: 0.5,
      periods: 600,
      throttledPeriods: 480,
      throttledSeconds: 31.5,
    });
  });

  it('tells what a process uses, and what its threads wait for', async () => {
    await mkdir(path.join(root, 'proc/812/fd'), { recursive: true });
    await symlink('socket:[4711]', path.join(root, 'proc/812/fd/0'));
    const processes = createProcesses(root);
    expect(await processes.use(812, signal)).toMatchObject({
      ...{ state: 'S', cpuSeconds: 3, mainSeconds: 2.5, waitedSeconds: 0.7, majorFaults: 41, rssBytes: 52_428_800 },
      ...{
        allowedCores: [0, 1, 4],
        writtenBytes: 8192,
        openFiles: 1,
        socketShare: 1,
        openFilesLimit: 1024,
        openFilesHardLimit: 524_288,
      },
    });
    expect(await processes.threads(812, signal)).toEqual([
      { tid: 812, state: 'D', ranSeconds: 2.5, waitedSeconds: 0.7 },
      { tid: 819, state: 'S', ranSeconds: 0.01, waitedSeconds: 0 },
    ]);
    expect(await processes.threads(4, signal)).toEqual([]);
    expect(await processes.transfers(signal)).toEqual([
      { pid: 812, name: 'node', readBytes: 4096, writtenBytes: 8192 },
    ]);
    expect(await processes.cpuTimes(signal)).toEqual([{ pid: 812, name: 'node', seconds: 3, core: 3 }]);
  });

  it('goes on without what a kernel does not have', async () => {
    await writeFile(path.join(root, 'proc/stat'), 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n');
    const use = await createHost(root).use(signal);
    expect(use.pressure).toEqual({ cpu: undefined, memory: undefined, io: undefined });
    expect(use.cpu).toEqual({ busy: 2, total: 10 });
    expect(use.cores).toEqual(new Map([[0, { busy: 2, total: 10 }]]));
    expect(use.openFiles).toBeUndefined();
  });
});

describe('files of the kernel', () => {
  it('reads pressure, cores, limits and transfers', () => {
    const pressure =
      'some avg10=1.53 avg60=0.40 avg300=0.09 total=9170281\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=7547372\n';
    expect(parsePressure(pressure)).toEqual({
      ...{ some10: 1.53, full10: 0.5, someSeconds: 9.170281, fullSeconds: 7.547372 },
    });
    expect(parsePressure('')).toBeUndefined();
    expect([
      ...parseCoreSeconds('cpu  9 9 9 9\ncpu0 10 0 10 80 0 0 0 0 0 0\ncpu11 50 0 0 50 0 0 0 0 0 0\nintr 1\n'),
    ]).toEqual([
      [0, { busy: 0.2, total: 1 }],
      [11, { busy: 0.5, total: 1 }],
    ]);
    expect(parseFileNr('1504\t0\t9223372036854775807\n')).toMatchObject({ used: 1504 });
    expect(parseFileNr('')).toBeUndefined();
    expect(parseAllowedCores('Cpus_allowed_list:\t3\n')).toEqual([3]);
    expect(parseAllowedCores('Name:\tx\n')).toBeUndefined();
    expect(parseOpenFilesLimit('Max open files            unlimited            unlimited            files')).toEqual({
      soft: undefined,
      hard: undefined,
    });
    expect(parseProcIo('read_bytes: 1\n')).toBeUndefined();
  });

  it('tells a filesystem that found an error in itself from one that is read-only on purpose', () => {
    const mounts = parseMountinfo(
      [
        '44 27 7:0 / /a rw,relatime - ext4 /dev/loop0 rw,errors=remount-ro,emergency_ro',
        '45 27 7:1 / /b ro,relatime - ext4 /dev/loop1 rw',
        '46 27 7:2 / /c rw,relatime - ext4 /dev/loop2 rw,errors=remount-ro',
      ].join('\n'),
    );
    expect(mounts.map(({ readOnly, broken }) => ({ readOnly, broken }))).toEqual([
      { readOnly: true, broken: true },
      { readOnly: true, broken: false },
      { readOnly: false, broken: false },
    ]);
  });

  it('forgets what the kernel said of a device before it was mounted again', () => {
    const errors = (text: string): string[] =>
      readKernelLines(parseDmesg(text, new Date(0))).filesystemErrors.map(
        ({ device, text: line }) => `${device} ${line}`,
      );
    const broken = [
      '[ 1.000000] EXT4-fs error (device sda1): ext4_lookup:1855: inode #2: comm ls: deleted inode referenced: 12',
      '[ 1.100000] EXT4-fs (sda1): Remounting filesystem read-only',
      '[ 1.200000] XFS (sdb1): Corruption detected. Unmount and run xfs_repair',
    ];
    expect(errors(broken.join('\n')).map((line) => line.split(' ')[0])).toEqual(['sda1', 'sda1', 'sdb1']);
    const again =
      '[ 9.000000] EXT4-fs (sda1): mounted filesystem 1416251d r/w with ordered data mode. Quota mode: none.';
    expect(errors([...broken, again].join('\n')).map((line) => line.split(' ')[0])).toEqual(['sdb1']);
  });
});

describe('other platforms', () => {
  it('reads memory and swap of macOS', () => {
    const stat = [
      'Mach Virtual Memory Statistics: (page size of 16384 bytes)',
      'Pages free:                               10000.',
      'Pages active:                            200000.',
      'Pages inactive:                           20000.',
      'Pages speculative:                         1000.',
      'Pages purgeable:                            500.',
      '"Translation faults":                 123456789.',
      'Swapins:                                   4000.',
      'Swapouts:                                  5000.',
    ].join('\n');
    expect(parseVmStat(stat)).toEqual({
      availableBytes: 31_500 * 16_384,
      swapped: { inBytes: 4000 * 16_384, outBytes: 5000 * 16_384 },
    });
    expect(parseVmStat('')).toEqual({ availableBytes: undefined, swapped: undefined });
    expect(parseSwapUsage('total = 2048.00M  used = 1033.25M  free = 1014.75M  (encrypted)')).toEqual({
      totalBytes: 2 ** 31,
      freeBytes: 1014.75 * 2 ** 20,
    });
  });

  it('reads memory and paging files of Windows', () => {
    const json =
      '{"TotalVisibleMemorySize":16777216,"FreePhysicalMemory":524288,"SizeStoredInPagingFiles":4194304,"FreeSpaceInPagingFiles":1024}';
    expect(parseCimMemory(json)).toEqual({
      ...{ totalBytes: 2 ** 34, availableBytes: 2 ** 29, swapTotalBytes: 2 ** 32, swapFreeBytes: 2 ** 20 },
    });
    expect(parseCimMemory('Access denied')).toBeUndefined();
  });
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CgroupUse } from './processUse.ts';

/** "No limit" of version 1 is the largest number of whole pages. */
const UNLIMITED = 2 ** 60;

type CpuFacts = 'cpuPath' | 'cpuLimit' | 'periods' | 'throttledPeriods' | 'throttledSeconds';

interface Hierarchy {
  /** Absolute, below `root`. */
  mountPoint: string;
  /** The group that is mounted there: "/" outside of a container. */
  mountedGroup: string;
  controllers: ReadonlySet<string>;
  version: 1 | 2;
}

/**
 * The cgroup of a process, version 1 or 2, or both beside each other as systemd once mounted them.
 * @param root where /proc and /sys lie
 */
export function readCgroup(pid: number, root: string): CgroupUse | undefined {
  const groups = readOrEmpty(path.join(root, `proc/${pid}/cgroup`));
  if (groups === '') return undefined;
  const hierarchies = parseHierarchies(readOrEmpty(path.join(root, 'proc/self/mountinfo')));
  const memory = foldersOf('memory', groups, hierarchies, root);
  const cpu = foldersOf('cpu', groups, hierarchies, root);
  if (memory.length === 0 && cpu.length === 0) return undefined;
  return { ...readMemory(memory, root), ...readCpu(cpu, root) };
}

/** Mounts of kind cgroup and cgroup2 in /proc/self/mountinfo. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , , mountedGroup, mountPoint] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (mountPoint === undefined || mountedGroup === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    return [{ mountPoint, mountedGroup, controllers: new Set(options.split(',')), version: type === 'cgroup' ? 1 : 2 }];
  });
}

/** The group's folder and those above it, innermost first, in the hierarchy that has the controller. */
function foldersOf(controller: string, groups: string, hierarchies: readonly Hierarchy[], root: string): string[] {
  for (const line of groups.split('\n')) {
    // 4:memory:/app  or, in version 2,  0::/app
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    const [, id, controllers = '', group = ''] = match;
    const version = id === '0' && controllers === '' ? 2 : 1;
    if (version === 1 && !controllers.split(',').includes(controller)) continue;
    const hierarchy = hierarchies.find((each) =>
      version === 2 ? each.version === 2 : each.version === 1 && each.controllers.has(controller),
    );
    if (!hierarchy) continue;
    const base = path.join(root, hierarchy.mountPoint);
    const { mountedGroup } = hierarchy;
    const inside = mountedGroup !== '/' && group.startsWith(mountedGroup) ? group.slice(mountedGroup.length) : group;
    const folders: string[] = [];
    for (let folder = path.join(base, inside); folder.startsWith(base); folder = path.dirname(folder)) {
      folders.push(folder);
      if (folder === base || `${folder}/` === base) break;
    }
    const marks = ['memory.limit_in_bytes', 'memory.stat', 'cpu.stat', 'cpu.cfs_quota_us', 'memory.max', 'cpu.max'];
    const own = marks.filter((mark) => mark.startsWith(`${controller}.`));
    if (own.some((mark) => readOrEmpty(path.join(folders[0] ?? '', mark)) !== '')) return folders;
  }
  return [];
}

function readMemory(folders: readonly string[], root: string): Omit<CgroupUse, CpuFacts> {
  const limits = folders.map((folder) => ({
    folder,
    limit: numberOf(folder, 'memory.max') ?? numberOf(folder, 'memory.limit_in_bytes') ?? Number.POSITIVE_INFINITY,
  }));
  const tightest = limits.reduce<(typeof limits)[number] | undefined>(
    (best, each) => (best === undefined || each.limit < best.limit ? each : best),
    undefined,
  );
  const folder = tightest?.folder ?? '';
  const events =
    readOrEmpty(path.join(folder, 'memory.events')) || readOrEmpty(path.join(folder, 'memory.oom_control'));
  const kills = numberNamed('oom_kill', events);
  const stat = readOrEmpty(path.join(folder, 'memory.stat'));
  const limit = tightest?.limit ?? Number.POSITIVE_INFINITY;
  return {
    memoryPath: shown(folder, root),
    memoryLimitBytes: limit < UNLIMITED ? limit : undefined,
    memoryUsageBytes: numberOf(folder, 'memory.current') ?? numberOf(folder, 'memory.usage_in_bytes'),
    oomKills: kills,
    limitHits: numberNamed('max', events) ?? numberOf(folder, 'memory.failcnt'),
    refaults: refaultsIn(stat),
  };
}

function readCpu(folders: readonly string[], root: string): Pick<CgroupUse, CpuFacts> {
  const quotas = folders.map((folder) => ({ folder, limit: quotaOf(folder) ?? Number.POSITIVE_INFINITY }));
  const tightest = quotas.reduce<(typeof quotas)[number] | undefined>(
    (best, each) => (best === undefined || each.limit < best.limit ? each : best),
    undefined,
  );
  const folder = tightest?.folder ?? '';
  const stat = readOrEmpty(path.join(folder, 'cpu.stat'));
  // Microseconds in version 2, nanoseconds in version 1.
  const [micros, nanos] = [numberNamed('throttled_usec', stat), numberNamed('throttled_time', stat)];
  return {
    cpuPath: shown(folder, root),
    cpuLimit: tightest !== undefined && Number.isFinite(tightest.limit) ? tightest.limit : undefined,
    periods: numberNamed('nr_periods', stat),
    throttledPeriods: numberNamed('nr_throttled', stat),
    throttledSeconds: micros === undefined ? (nanos === undefined ? undefined : nanos / 1e9) : micros / 1e6,
  };
}

/** Cores: `cpu.max` is "50000 100000" or "max 100000"; version 1 has the two in files of their own, -1 for none. */
function quotaOf(folder: string): number | undefined {
  const [max, period] = readOrEmpty(path.join(folder, 'cpu.max')).trim().split(' ');
  if (max !== undefined && max !== '') return max === 'max' ? undefined : Number(max) / Number(period ?? 100_000);
  const quota = numberOf(folder, 'cpu.cfs_quota_us');
  return quota === undefined || quota <= 0 ? undefined : quota / (numberOf(folder, 'cpu.cfs_period_us') ?? 100_000);
}

function numberNamed(name: string, text: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** Of anonymous pages and of files; version 1 counts the groups below apart, as `total_…`. */
function refaultsIn(stat: string): number | undefined {
  const counts = ['anon', 'file'].flatMap(
    (kind) =>
      numberNamed(`total_workingset_refault_${kind}`, stat) ?? numberNamed(`workingset_refault_${kind}`, stat) ?? [],
  );
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

function numberOf(folder: string, file: string): number | undefined {
  const text = readOrEmpty(path.join(folder, file)).trim();
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function shown(folder: string, root: string): string {
  return folder === '' ? '' : path.join('/', path.relative(root, folder));
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // another version, the root group, or a process that ended
  }
}

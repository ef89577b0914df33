import type { KernelFilesystemError, KernelKill, KernelLog } from './kernelLog.ts';

export interface KernelLine {
  at: Date;
  text: string;
}

const KILLED =
  /^(Memory cgroup out of memory|Out of memory)[^:]*: Kill(?:ed)? process (\d+) \(([^)]*)\)(?:.*?anon-rss:(\d+)kB)?(?:.*?UID:(\d+))?/;
const CONSTRAINT = /^oom-kill:constraint=CONSTRAINT_(\w+),.*?(?:oom_memcg=([^,]*),)?task_memcg=/;
const LIMIT = /^memory: usage \d+kB, limit (\d+)kB/;
/** What the kernel writes where no limit is set. */
const NO_LIMIT_KIB = 2 ** 50;
const FILESYSTEM_ERROR =
  /^(?:EXT[234]-fs error \(device ([\w./-]+)\)|(?:EXT[234]-fs|XFS|BTRFS|F2FS-fs|JBD2)[^(]*\((?:device )?([\w./-]+)\)[^:]*:.*(?:error|read-only|abort|corrupt|shut down))/i;
/** What was said of the device before is of another time, or of another disk that had its name. */
const MOUNTED =
  /^(?:EXT[234]-fs|XFS|BTRFS|F2FS-fs)[^(]{0,60}\((?:device )?([\w./-]+)\)[^:]{0,60}: (?:mounted filesystem|Mounting V|first mount of|Mounted with)/i;
const REMOUNTED = /\(([\w./-]+)\): Remounting filesystem read-only/;

/**
 * `dmesg`: "[ 9520.148252] text", seconds of the kernel's clock, which stands still while the machine sleeps.
 * @param bootedAt the wall time at which that clock was 0
 */
export function parseDmesg(text: string, bootedAt: Date): KernelLine[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(?:<\d+>)?\[ *(\d+\.\d+)\] (.*)$/.exec(line);
    if (match === null) return [];
    return [{ at: new Date(bootedAt.getTime() + Number(match[1]) * 1000), text: match[2] ?? '' }];
  });
}

/** `journalctl -k -o json`: an object a line; a message that is not UTF-8 is an array of bytes. */
export function parseJournal(text: string): KernelLine[] {
  return text.split('\n').flatMap((line) => {
    const entry = parseObject(line);
    const message = entry?.MESSAGE;
    const micros = Number(entry?.__REALTIME_TIMESTAMP);
    if (message === undefined || Number.isNaN(micros)) return [];
    const words = Array.isArray(message) ? Buffer.from(message as number[]).toString('utf8') : String(message);
    return [{ at: new Date(micros / 1000), text: words }];
  });
}

/** Kills for lack of memory, and errors of the filesystems that are mounted now, in the lines of the kernel's log. */
export function readKernelLines(lines: readonly KernelLine[]): Omit<KernelLog, 'source'> {
  const kills: KernelKill[] = [];
  let filesystemErrors: KernelFilesystemError[] = [];
  let limitedBy: string | undefined;
  let limitBytes: number | undefined;
  for (const { at, text } of lines) {
    const limit = Number(LIMIT.exec(text)?.[1]);
    if (limit < NO_LIMIT_KIB) limitBytes = limit * 1024;
    const constraint = CONSTRAINT.exec(text);
    if (constraint) limitedBy = constraint[1] === 'MEMCG' ? constraint[2] : undefined;
    const [, scope, pid, name, resident, uid] = KILLED.exec(text) ?? [];
    if (pid !== undefined && name !== undefined) {
      const inCgroup = scope === 'Memory cgroup out of memory';
      kills.push({
        pid: Number(pid),
        name,
        at,
        scope: inCgroup ? 'cgroup' : 'machine',
        limitedBy: inCgroup ? limitedBy : undefined,
        limitBytes: inCgroup ? limitBytes : undefined,
        residentBytes: resident === undefined ? undefined : Number(resident) * 1024,
        uid: uid === undefined ? undefined : Number(uid),
        text,
      });
      limitedBy = undefined;
      limitBytes = undefined;
    }
    const mounted = MOUNTED.exec(text)?.[1];
    if (mounted !== undefined) filesystemErrors = filesystemErrors.filter(({ device }) => device !== mounted);
    const error = FILESYSTEM_ERROR.exec(text);
    const device = REMOUNTED.exec(text)?.[1] ?? error?.[1] ?? error?.[2];
    if (device !== undefined) filesystemErrors.push({ device, at, text });
  }
  return { kills, filesystemErrors };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the last line may be cut
  }
}

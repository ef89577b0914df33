import type { AcceptQueue, CoreTime, Pressure } from './machineUse.ts';

/** Clock ticks a second in /proc/stat; 100 for user space on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';
/** Memory disks and devices that stand for others; a loop device's work is also its disk's. */
const NOT_A_DISK = /^(?:loop|ram|zram|dm-|md|sr|fd|nbd)\d/;
/** `sda1`, `nvme0n1p2`, `mmcblk0p1`: the disk itself is listed too. */
const PARTITION = /^(?:(?:sd|hd|vd|xvd)[a-z]+\d+|(?:nvme\d+n\d+|mmcblk\d+)p\d+)$/;

/** /proc/pressure/X: "some avg10=1.53 avg60=… total=…", "full …". Undefined when the kernel has no PSI. */
export function parsePressure(text: string): Pressure | undefined {
  const line = (kind: string): { avg10: number; seconds: number } | undefined => {
    const match = new RegExp(`^${kind} avg10=([\\d.]+).*? total=(\\d+)`, 'm').exec(text);
    return match ? { avg10: Number(match[1]), seconds: Number(match[2]) / 1e6 } : undefined;
  };
  const [some, full] = [line('some'), line('full')];
  if (some === undefined) return undefined;
  return {
    some10: some.avg10,
    full10: full?.avg10 ?? 0,
    someSeconds: some.seconds,
    fullSeconds: full?.seconds ?? 0,
  };
}

/** The `cpu` line of /proc/stat, in seconds. Idle and waiting for a disk are not busy; guests stand in user and nice already. */
export function parseCpuSeconds(text: string): CoreTime | undefined {
  const fields = /^cpu +([\d ]+)$/m.exec(text)?.[1];
  return fields === undefined ? undefined : toCoreTime(fields);
}

/** The `cpuN` lines of /proc/stat; a core that is switched off has none. */
export function parseCoreSeconds(text: string): Map<number, CoreTime> {
  return new Map(
    [...text.matchAll(/^cpu(\d+) ([\d ]+)$/gm)].flatMap(([, core, fields]) => {
      const time = toCoreTime(fields ?? '');
      return time ? [[Number(core), time] as const] : [];
    }),
  );
}

function toCoreTime(text: string): CoreTime | undefined {
  const fields = text.split(' ').map(Number).slice(0, 8);
  if (fields.length < 4) return undefined;
  const total = fields.reduce((sum, value) => sum + value, 0);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busy: (total - idle) / TICKS_PER_SECOND, total: total / TICKS_PER_SECOND };
}

/** `pswpin` and `pswpout` of /proc/vmstat, which count pages. */
export function parseSwapped(text: string, pageBytes: number): { inBytes: number; outBytes: number } | undefined {
  const pages = (name: string): number | undefined => {
    const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const [swappedIn, swappedOut] = [pages('pswpin'), pages('pswpout')];
  if (swappedIn === undefined || swappedOut === undefined) return undefined;
  return { inBytes: swappedIn * pageBytes, outBytes: swappedOut * pageBytes };
}

/** /proc/sys/fs/file-nr: "1504\t0\t9223372036854775807": open, free, at most. */
export function parseFileNr(text: string): { used: number; limit: number } | undefined {
  const [used, , limit] = text.trim().split(/\s+/).map(Number);
  return used === undefined || limit === undefined || Number.isNaN(used + limit) ? undefined : { used, limit };
}

/** A size of /proc/meminfo in bytes. */
export function meminfoBytes(text: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** /proc/diskstats: field 13 is the milliseconds in which the device had requests in flight. */
export function parseDiskstats(text: string): { name: string; busyMs: number }[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [name, busy] = [fields[2], fields[12]];
    if (name === undefined || busy === undefined || NOT_A_DISK.test(name) || PARTITION.test(name)) return [];
    return [{ name, busyMs: Number(busy) }];
  });
}

/** `ListenOverflows` of /proc/net/netstat: a line of names, then a line of values. */
export function parseListenOverflows(text: string): number | undefined {
  const [names, values] = text.split('\n').filter((line) => line.startsWith('TcpExt:'));
  const index = names?.split(' ').indexOf('ListenOverflows') ?? -1;
  const value = index < 0 ? undefined : values?.split(' ')[index];
  return value === undefined ? undefined : Number(value);
}

/** Listening sockets in /proc/net/tcp or tcp6 with connections that wait to be accepted: there the receive queue counts them. */
export function parseAcceptQueues(text: string): AcceptQueue[] {
  return text.split('\n').flatMap((line) => {
    // sl local_address rem_address st tx_queue:rx_queue …
    const [, local, , state, queues] = line.trim().split(/\s+/);
    if (state !== LISTEN || local === undefined || queues === undefined) return [];
    const waiting = Number.parseInt(queues.split(':')[1] ?? '', 16);
    const port = Number.parseInt(local.split(':')[1] ?? '', 16);
    return waiting > 0 && port > 0 ? [{ port, waiting }] : [];
  });
}

/** Clock ticks a second in /proc/PID/stat. Linux shows 100 to user space on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcStat {
  pid: number;
  name: string;
  state: string;
  ppid: number;
  /** Seconds after boot. */
  startSeconds: number;
}

/** One line of /proc/PID/stat; undefined when it is not one. The name stands in parentheses and may itself hold spaces and parentheses. */
export function parseProcStat(text: string): ProcStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open === -1 || close < open) return undefined;
  // Field 3 (state) is fields[0]; starttime is field 22.
  const fields = text.slice(close + 2).split(' ');
  const pid = Number.parseInt(text.slice(0, open), 10);
  const ppid = Number(fields[1]);
  const ticks = Number(fields[19]);
  if (fields[0] === undefined || !Number.isInteger(pid) || !Number.isInteger(ppid) || Number.isNaN(ticks)) {
    return undefined;
  }
  return {
    pid,
    name: text.slice(open + 1, close),
    state: fields[0],
    ppid,
    startSeconds: ticks / TICKS_PER_SECOND,
  };
}

/** Real user id and resident memory in /proc/PID/status; kernel threads have no memory of their own. */
export function parseProcStatus(text: string): { uid: number | undefined; rssBytes: number | undefined } {
  const uid = /^Uid:\s+(\d+)/m.exec(text)?.[1];
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(text)?.[1];
  return {
    uid: uid === undefined ? undefined : Number(uid),
    rssBytes: rss === undefined ? undefined : Number(rss) * 1024,
  };
}

/** /proc/PID/cmdline: NUL-separated. Programs that rewrite their title leave one text, often padded with NULs. */
export function parseCmdline(text: string): string[] {
  const trimmed = text.replace(/\0+$/, '');
  return trimmed === '' ? [] : trimmed.split('\0');
}

/** Names of the variables in /proc/PID/environ. Values are not looked at. */
export function parseEnvironNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const entry of text.split('\0')) {
    const equals = entry.indexOf('=');
    if (equals > 0) names.add(entry.slice(0, equals));
  }
  return names;
}

/** When the machine started, from /proc/stat; undefined when the kernel hides it. */
export function parseBootTime(text: string): Date | undefined {
  const seconds = /^btime (\d+)/m.exec(text)?.[1];
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
}

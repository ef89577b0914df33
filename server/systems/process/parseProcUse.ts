const TICKS_PER_SECOND = 100;

/** State, CPU seconds and threads of /proc/PID/stat; undefined when it is not one. */
export function parseStatUse(
  text: string,
): { name: string; state: string; seconds: number; threads: number } | undefined {
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  // Field 3 (state) is fields[0]; utime and stime are fields 14 and 15, num_threads is field 20.
  const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const state = fields[0];
  if (close < 0 || !state || Number.isNaN(seconds)) return undefined;
  return { name: text.slice(text.indexOf('(') + 1, close), state, seconds, threads: Number(fields[17]) };
}

/** /proc/PID/task/TID/schedstat: nanoseconds on a core, nanoseconds ready without one, slices. */
export function parseSchedstat(text: string): { ran: number; waited: number } | undefined {
  const [ran, waited] = text.trim().split(' ').map(Number);
  if (ran === undefined || waited === undefined || Number.isNaN(ran + waited)) return undefined;
  return { ran: ran / 1e9, waited: waited / 1e9 };
}

/** The soft limit of open files in /proc/PID/limits; undefined when unlimited or not told. */
export function parseOpenFilesLimit(text: string): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** The position of /proc/PID/fdinfo/N in bytes when it is open for writing: the lowest two bits of its octal flags say so. */
export function writePosition(fdinfo: string): number | undefined {
  const flags = /^flags:\s+([0-7]+)/m.exec(fdinfo)?.[1];
  if (flags === undefined || (Number.parseInt(flags, 8) & 3) === 0) return undefined;
  return Number(/^pos:\s+(\d+)/m.exec(fdinfo)?.[1] ?? 0);
}

const TICKS_PER_SECOND = 100;
/** More than the kernel can be built for. */
const MAX_CORES = 8192;

/** State, CPU seconds and threads of /proc/PID/stat; undefined when it is not one. */
export function parseStatUse(
  text: string,
): { name: string; state: string; seconds: number; threads: number; majorFaults: number; core: number } | undefined {
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  // Field 3 (state) is fields[0]; majflt is field 12, utime and stime are fields 14 and 15, num_threads is field 20,
  // processor is field 39.
  const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const state = fields[0];
  if (close < 0 || !state || Number.isNaN(seconds)) return undefined;
  const name = text.slice(text.indexOf('(') + 1, close);
  return {
    name,
    state,
    seconds,
    threads: Number(fields[17]),
    majorFaults: Number(fields[9]),
    core: Number(fields[36]),
  };
}

/** /proc/PID/task/TID/schedstat: nanoseconds on a core, nanoseconds ready without one, slices. */
export function parseSchedstat(text: string): { ran: number; waited: number } | undefined {
  const [ran, waited] = text.trim().split(' ').map(Number);
  if (ran === undefined || waited === undefined || Number.isNaN(ran + waited)) return undefined;
  return { ran: ran / 1e9, waited: waited / 1e9 };
}

/** The soft and the hard limit of open files in /proc/PID/limits; undefined when unlimited or not told. */
export function parseOpenFilesLimit(text: string): { soft: number | undefined; hard: number | undefined } {
  const [, soft, hard] = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text) ?? [];
  const number = (word: string | undefined): number | undefined =>
    word === undefined || word === 'unlimited' ? undefined : Number(word);
  return { soft: number(soft), hard: number(hard) };
}

/** The position of /proc/PID/fdinfo/N in bytes when it is open for writing: the lowest two bits of its octal flags say so. */
export function writePosition(fdinfo: string): number | undefined {
  const flags = /^flags:\s+([0-7]+)/m.exec(fdinfo)?.[1];
  if (flags === undefined || (Number.parseInt(flags, 8) & 3) === 0) return undefined;
  return Number(/^pos:\s+(\d+)/m.exec(fdinfo)?.[1] ?? 0);
}

/** `Cpus_allowed_list:\t0-3,8` of /proc/PID/status. */
export function parseAllowedCores(status: string): number[] | undefined {
  const list = /^Cpus_allowed_list:\s+([\d,-]+)$/m.exec(status)?.[1];
  return list?.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return first === undefined || last === undefined || last - first > MAX_CORES
      ? []
      : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** `read_bytes` and `write_bytes` of /proc/PID/io: what really went to and came from a disk. */
export function parseProcIo(text: string): { readBytes: number; writtenBytes: number } | undefined {
  const bytes = (name: string): number | undefined => {
    const value = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const [readBytes, writtenBytes] = [bytes('read_bytes'), bytes('write_bytes')];
  return readBytes === undefined || writtenBytes === undefined ? undefined : { readBytes, writtenBytes };
}

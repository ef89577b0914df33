export interface FileLock {
  pid: number;
  isWrite: boolean;
  /** Major and minor number, as in `fd:01`. */
  device: string;
  inode: number;
  /** Bytes, inclusive. */
  first: number;
  last: number;
}

const LINE = /^\d+: (?:POSIX|OFDLCK) +\w+ +(READ|WRITE) (-?\d+) ([\da-f]+:[\da-f]+):(\d+) (\d+) (\d+|EOF)/;

/** The lines of /proc/locks that hold a lock; those behind an arrow only wait for one. */
export function parseLocks(text: string): FileLock[] {
  return text.split('\n').flatMap((line): FileLock[] => {
    const match = LINE.exec(line);
    if (!match) return [];
    const [, kind, pid, device = '', inode, first, last] = match;
    return [
      {
        pid: Number(pid),
        isWrite: kind === 'WRITE',
        device,
        inode: Number(inode),
        first: Number(first),
        last: last === 'EOF' ? Number.MAX_SAFE_INTEGER : Number(last),
      },
    ];
  });
}

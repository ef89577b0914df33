import { TektraError } from '../../protocol/errors.ts';
import { inertLine } from '../../protocol/inertText.ts';

/** A log that cannot be opened: what is wrong with it, and what the user does next. */
export function unreadable(name: string, because: string, action: string, cause?: unknown): TektraError {
  return new TektraError('log.unreadable', `${inertLine(name)} cannot be read as a log: ${because}`, { action, cause });
}

const REASONS: Readonly<Record<string, readonly [because: string, action: string]>> = {
  ENOENT: ['there is no such file', 'Check the path; the log may have been rotated or removed.'],
  ENOTDIR: ['a part of its path is no folder', 'Check the path.'],
  EACCES: [
    'you may not read it',
    'Ask for the right to read it, or open it as a user who has it (group adm or systemd-journal, often).',
  ],
  EPERM: ['the system does not let you read it', 'Open it as a user who may read it.'],
  ELOOP: ['its symbolic links lead in a circle', 'Correct the links.'],
  ENAMETOOLONG: ['its path is too long', 'Open it by a shorter path.'],
  EMFILE: ['too many files are open', 'Close other logs, or raise the limit of open files (ulimit -n).'],
  ENFILE: ['too many files are open on this machine', 'Close other programs, or raise fs.file-max.'],
  ENXIO: ['nothing answers behind it', 'Open a file, or start what writes into it.'],
  EIO: ['the disk reports an error', 'Check the disk (dmesg) and copy the file elsewhere.'],
  ESTALE: ['the network file system no longer knows it', 'Open it again.'],
};

/** @param error of node:fs */
export function unreadableFile(path: string, error: unknown): TektraError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const [because, action] = REASONS[code] ?? [
    `the system answered ${code || String(error)}`,
    'Check the file and the disk that it lies on.',
  ];
  return unreadable(path, because, action, error);
}

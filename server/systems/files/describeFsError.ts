const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ELOOP: 'too many symbolic links (a link loop)',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'is a folder',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'input/output error of the disk',
  EMFILE: 'too many open files',
  ENXIO: 'is a socket or a pipe nobody reads',
  ESTALE: 'the network filesystem no longer knows it',
};

/** The `code` of a system error ("EACCES"), or undefined for any other thrown value. */
export function fsErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What a failed file operation means, for a person: "permission denied (EACCES)". Holds no path. */
export function describeFsError(error: unknown): string {
  const code = fsErrorCode(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  const reason = REASONS[code];
  return reason === undefined ? code : `${reason} (${code})`;
}

export interface Mount {
  mountPoint: string;
  type: string;
  /** What is mounted: "/dev/sda1", "tmpfs", "server:/export". */
  device: string;
  readOnly: boolean;
  /** The filesystem found an error in itself and refuses to be written since (`emergency_ro` of newer kernels). */
  broken: boolean;
}

/**
 * Mounts in the text of /proc/self/mountinfo, in mount order: of two at one mount point the later one hides the earlier.
 * Read-only is either the mount's own option (a read-only bind) or the filesystem's (mounted so, or made so after an error).
 */
export function parseMountinfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw,errors=continue
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , , , mountPoint, options] = before.split(' ');
    const [type, device, superOptions] = after.split(' ');
    if (mountPoint === undefined || options === undefined || type === undefined) continue;
    mounts.push({
      mountPoint: unescapeOctal(mountPoint),
      type,
      device: unescapeOctal(device ?? type),
      readOnly: hasReadOnly(options) || hasReadOnly(superOptions ?? ''),
      broken: superOptions?.split(',').includes('emergency_ro') ?? false,
    });
  }
  return mounts;
}

/** The mount that a real path lies on. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (isAtOrBelow(path, mount.mountPoint) && mount.mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  return best;
}

/** Whether a path is the folder or lies in it; both absolute, without a '/' at the end. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function hasReadOnly(options: string): boolean {
  return /(?:^|,)(?:emergency_)?ro(?:,|$)/.test(options);
}

/** Space, tab, newline and backslash are written as \040, \011, \012 and \134. Other bytes stand as they are. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

import type { Evidence } from '../protocol/diagnosis.ts';
import { HOST_TARGET } from './cause.ts';
import { logEvidence, variableEvidence } from './evidence.ts';
import type { SpaceComplaint, UsedFilesystem } from './observers/filesystems.ts';

/** The newest complaint about this filesystem: one that names a path on it, else one that names none at all. */
export function complaintAbout(
  { paths }: UsedFilesystem,
  complaints: readonly SpaceComplaint[],
): SpaceComplaint | undefined {
  const named = complaints.findLast((complaint) => complaint.paths.some((place) => paths.includes(place)));
  return named ?? complaints.findLast((complaint) => complaint.paths.length === 0);
}

/** The one service that suffers; the whole machine when several do, when a server does, or when nobody complained yet. */
export function sufferer(complaints: readonly SpaceComplaint[]): string {
  const names = new Set(complaints.map(({ service }) => service));
  const [only] = names;
  return names.size === 1 && only !== undefined ? only : HOST_TARGET;
}

export function placeEvidence(
  { filesystem, paths, variables }: UsedFilesystem,
  complaint: SpaceComplaint | undefined,
): Evidence[] {
  const outside = paths.filter((place) => place !== filesystem.mountPoint && !complaint?.paths.includes(place));
  return [
    ...(complaint ? [logEvidence(complaint.entry)] : []),
    ...variables.slice(0, 2).map(variableEvidence),
    ...(variables.length > 0
      ? []
      : outside
          .slice(0, 2)
          .map((place): Evidence => ({ kind: 'filesystem', source: place, text: `lies on ${filesystem.mountPoint}` }))),
  ];
}

/** 1536 → "1.5 KiB". */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

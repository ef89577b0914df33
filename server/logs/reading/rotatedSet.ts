import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type RotatedName, rotatedName } from './rotatedName.ts';

export interface RotatedMember {
  path: string;
  /** ms since the epoch */
  modified: number;
  /** Of the file on its disk. */
  identity: string;
  isPacked: boolean;
}

interface Ranked extends RotatedMember {
  name: RotatedName;
}

/** A dangling link stays missing. */
const MAX_TRIES = 5;
/** Years of daily logs; beyond it only the newest are read. */
const MAX_MEMBERS = 2_000;

/**
 * The files of the rotated set that one file belongs to, oldest first; the file itself is always among them. Dates and
 * numbers order them, the time of modification decides where these say nothing.
 * @throws errors of node:fs when the folder cannot be read
 */
export async function rotatedSet(file: string): Promise<RotatedMember[]> {
  const folder = path.dirname(file);
  const own = path.basename(file);
  const { stem } = rotatedName(own);
  let members: Ranked[] = [];
  for (let left = MAX_TRIES; left > 0; left -= 1) {
    const names = (await readdir(folder)).filter((name) => name === own || belongs(name, stem));
    members = (await Promise.all(names.map((name) => look(folder, name)))).filter((member) => member !== undefined);
    // Renamed while we looked: some may be missing, and some be named twice.
    if (members.length === names.length) break;
  }
  return sorted(withoutTwins(members, own)).slice(-MAX_MEMBERS);
}

function belongs(name: string, stem: string): boolean {
  const parsed = rotatedName(name);
  // A packed file without date or number (`app.log.gz`) is a copy of somebody's, no member.
  return parsed.stem === stem && !(parsed.isPacked && parsed.date === undefined && parsed.number === undefined);
}

async function look(folder: string, name: string): Promise<Ranked | undefined> {
  const file = path.join(folder, name);
  try {
    const stats = await stat(file, { bigint: true });
    if (!stats.isFile()) return undefined;
    const parsed = rotatedName(name);
    const identity = `${stats.dev}:${stats.ino}`;
    return { path: file, modified: Number(stats.mtimeMs), identity, isPacked: parsed.isPacked, name: parsed };
  } catch (error) {
    // Rotated away in this moment, or a dangling link.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

/** One file by two names (a link to the newest) is one member; a file and its packed form, which is being made of it, too. */
function withoutTwins(members: readonly Ranked[], own: string): Ranked[] {
  const byIdentity = new Map<string, Ranked>();
  for (const member of members) {
    const known = byIdentity.get(member.identity);
    if (known === undefined || path.basename(member.path) === own) byIdentity.set(member.identity, member);
  }
  const plain = new Set(members.filter(({ isPacked }) => !isPacked).map(({ path: file }) => file));
  return [...byIdentity.values()].filter(
    (member) =>
      !member.isPacked || !plain.has(member.path.replace(/\.[^.]+$/, '')) || path.basename(member.path) === own,
  );
}

function sorted(members: readonly Ranked[]): Ranked[] {
  const current = members.filter(({ name }) => name.date === undefined && name.number === undefined);
  const dated = members.filter(({ name }) => name.date !== undefined).toSorted(byDate);
  const numbered = byNumber(members.filter(({ name }) => name.date === undefined && name.number !== undefined));
  const older =
    dated.length > 0 && numbered.length > 0
      ? [...dated, ...numbered].toSorted((a, b) => a.modified - b.modified)
      : [...dated, ...numbered];
  return [...older, ...current.toSorted((a, b) => a.modified - b.modified)];
}

/** Within a day numbers count upwards; the file without one is the day's first. */
function byDate(a: Ranked, b: Ranked): number {
  const [left, right] = [a.name.date ?? '', b.name.date ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return (a.name.number ?? -1) - (b.name.number ?? -1) || a.modified - b.modified;
}

/** Most count the newest as 1; where the times of modification tell the opposite throughout, they count upwards. */
function byNumber(members: readonly Ranked[]): Ranked[] {
  const falling = members.toSorted((a, b) => (b.name.number ?? 0) - (a.name.number ?? 0));
  const steps = falling.slice(1).map((member, at) => member.modified - (falling[at]?.modified ?? 0));
  return steps.length > 0 && steps.every((step) => step < 0) ? falling.toReversed() : falling;
}

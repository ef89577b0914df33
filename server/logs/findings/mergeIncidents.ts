import { type Candidate, pointsOf } from './candidate.ts';
import { errorBefore } from './errorBefore.ts';
import type { Novelty } from './novelty.ts';
import { RecordLook } from './recordLook.ts';
import type { Survey } from './survey.ts';
import { count, plural, type Words } from './words.ts';

/** What comes so close together is said by one event. */
const AT_ONCE = 5;
const AT_ONCE_MS = 2_000;
/** What begins so soon after the last thing of an incident belongs to it. */
const REACH_MS = 60_000;
const REACH_RECORDS = 200;
/** Of a short log no more than this part. */
const REACH_SHARE = 0.02;
const MIN_REACH = 30;
/** An incident begins within so many reaches. */
const REACHES = 3;
/** What is so many points weaker than the strongest is noise that was there, not the cause. */
const NOISE_POINTS = 3;
/** Less than this does not take part. */
const MIN_POINTS = 2.5;
/** A cascade is at least so many errors of at least so many kinds. */
const CASCADE_ERRORS = 6;
const CASCADE_KINDS = 3;
/** How much more a component has to say than the message that it begins with. */
const COMPONENT_POINTS = 3;
/** So many starts in a row are a loop, whatever else is said meanwhile. */
const LOOP_STARTS = 3;
/** Kinds that are named as what followed. */
const NAMED = 3;

/**
 * One incident, one finding: several views on one template become one, and errors that begin one after the other become the
 * first of them, with the others folded into its reason.
 */
export function mergeIncidents(
  survey: Survey,
  novelty: Novelty,
  candidates: readonly Candidate[],
  words: Words,
): Candidate[] {
  const single = mergeSame(candidates);
  const [severe, others] = [single.filter(isTrouble), single.filter((candidate) => !isTrouble(candidate))];
  severe.sort((a, b) => a.position - b.position || pointsOf(b) - pointsOf(a));
  const merged: Candidate[] = [];
  const reach = Math.min(REACH_RECORDS, Math.max(MIN_REACH, REACH_SHARE * survey.records));
  let going: { cascade: Candidate; until: number } | undefined;
  for (let at = 0; at < severe.length; ) {
    const incident = [severe[at] as Candidate];
    let until = (severe[at] as Candidate).position;
    while (at + incident.length < severe.length) {
      const next = severe[at + incident.length] as Candidate;
      if (!isNear(words, until, next.position, reach)) break;
      if (next.position - (incident[0] as Candidate).position > REACHES * reach) break;
      incident.push(next);
      until = Math.max(until, next.position);
    }
    at += incident.length;
    if (going && goesOn(words, going.cascade, going.until, incident, REACHES * reach)) {
      going.cascade.folded.push(...incident);
      going.cascade.reason += `; it goes on for ${words.distance(going.cascade.position, until)}`;
      going = undefined;
      continue;
    }
    const told = incidentOf(survey, novelty, incident, words);
    merged.push(...told);
    going = told[0]?.kind === 'cascade' ? { cascade: told[0], until } : undefined;
  }
  for (const candidate of others) foreshadow(candidate, merged, words);
  // The cause of a cascade may have been found by itself, as the last thing before it.
  const heads = new Set(merged.filter(({ kind }) => kind === 'cascade').map(({ position }) => position));
  return [...merged, ...others].filter(({ kind, position }) => kind === 'cascade' || !heads.has(position));
}

/** What begins soon after a cascade, and is weaker, is more of the same. */
function goesOn(
  words: Words,
  cascade: Candidate,
  until: number,
  incident: readonly Candidate[],
  reach: number,
): boolean {
  const begins = (incident[0] as Candidate).position;
  return isNear(words, until, begins, reach) && pointsOf(strongestOf(incident)) <= pointsOf(cascade);
}

function isTrouble(candidate: Candidate): boolean {
  return (
    candidate.severity > 0 &&
    pointsOf(candidate) >= MIN_POINTS &&
    candidate.kind !== 'silence' &&
    candidate.kind !== 'slow'
  );
}

function isNear(words: Words, from: number, to: number, reach = REACH_RECORDS, within = REACH_MS): boolean {
  const elapsed = words.between(from, to);
  return to - from <= reach && (elapsed === undefined || elapsed <= within);
}

/** Of several findings on one template or at one record the strongest stays. */
function mergeSame(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  const bySlot = new Map<number, Candidate[]>();
  const byPosition = new Map<number, Candidate>();
  for (const candidate of candidates.toSorted((a, b) => precedence(b) - precedence(a) || a.position - b.position)) {
    if (isLoop(candidate)) {
      kept.push(candidate);
      continue;
    }
    const { slot } = candidate;
    const alike = slot === undefined ? [] : (bySlot.get(slot) ?? []);
    const same =
      alike.find((other) => overlaps(other, candidate) && isOneSubject(other, candidate)) ??
      byPosition.get(candidate.position);
    if (same) {
      same.folded.push(candidate);
      continue;
    }
    kept.push(candidate);
    byPosition.set(candidate.position, candidate);
    if (slot !== undefined) bySlot.set(slot, [...alike, candidate]);
  }
  return kept;
}

/** A component whose records turn bad is told by the message that began it, unless it says much more. */
function precedence(candidate: Candidate): number {
  return pointsOf(candidate) - (candidate.isOfComponent ? COMPONENT_POINTS : 0);
}

/** Both tell of a template, or what a component says is mostly that template. */
function isOneSubject(a: Candidate, b: Candidate): boolean {
  if (!a.isOfComponent && !b.isOfComponent) return true;
  return Math.min(a.records, b.records) * 2 >= Math.max(a.records, b.records);
}

function overlaps(a: Candidate, b: Candidate): boolean {
  return a.position <= b.end + REACH_RECORDS && b.position <= a.end + REACH_RECORDS;
}

function incidentOf(survey: Survey, novelty: Novelty, incident: readonly Candidate[], words: Words): Candidate[] {
  const loop = incident.find(isLoop);
  if (loop) return [together(loop, incident)];
  const strongest = strongestOf(incident);
  const earliest = incident.find((candidate) => isAsBad(candidate, strongest)) ?? strongest;
  const root = errorBefore(survey, words, earliest);
  const rootSlot = root === undefined ? earliest.slot : survey.slots[new RecordLook(survey.index).shape(root)];
  const records = new Map<number | string, number>();
  if (root !== undefined) records.set(rootSlot as number, 1);
  for (const { isOfComponent, slot, name, records: own } of incident)
    if (!isOfComponent) records.set(slot ?? name, Math.max(own, records.get(slot ?? name) ?? 0));
  const errors = [...records.values()].reduce((sum, own) => sum + own, 0);
  if (records.size < CASCADE_KINDS || errors < CASCADE_ERRORS) return eventsOf(words, incident);
  const position = root ?? earliest.position;
  const last = incident.reduce((end, next) => Math.max(end, next.position), position);
  const usual = Math.max(1, novelty.share(1) * (last - position + 1));
  const followers = incident.filter(({ isOfComponent, slot }) => !isOfComponent && slot !== rootSlot);
  return [
    {
      kind: 'cascade',
      position,
      end: incident.reduce((end, next) => Math.max(end, next.end), position),
      ...(rootSlot === undefined ? {} : { slot: rootSlot }),
      severity: strongest.severity,
      weights: [
        ...strongest.weights,
        {
          text: `${plural(errors, 'error')} of ${count(records.size)} kinds in a row, ${count(usual)} usual`,
          points: Math.max(0, Math.min(4, 1.2 * Math.log(errors / usual))),
        },
      ],
      reason: `the first of ${plural(errors, 'error')} of ${count(records.size)} kinds within ${words.distance(position, last)}, ${words.when(position)}; it was followed by ${namesOf(followers)}`,
      name: rootSlot === undefined ? earliest.name : (survey.templates[rootSlot]?.text ?? ''),
      records: errors,
      folded: [...incident],
    },
  ];
}

/** A warning that happens to stand before errors is not the first of them; what is no chance, `errorBefore` finds. */
function isAsBad(candidate: Candidate, strongest: Candidate): boolean {
  return (
    candidate.severity >= Math.min(2, strongest.severity) && pointsOf(candidate) >= pointsOf(strongest) - NOISE_POINTS
  );
}

function isLoop({ kind, records }: Candidate): boolean {
  return kind === 'restart' && records >= LOOP_STARTS;
}

function strongestOf(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((best, next) => (pointsOf(next) > pointsOf(best) ? next : best));
}

/** One of several candidates, which tells of the others. */
function together(told: Candidate, all: readonly Candidate[]): Candidate {
  const rest = all.filter((candidate) => candidate !== told);
  if (rest.length === 0) return told;
  return { ...told, reason: `${told.reason}; with it ${namesOf(rest)}`, folded: [...told.folded, ...rest] };
}

/** Messages that come at once are one event: the strongest is told, at its own record. */
function eventsOf(words: Words, incident: readonly Candidate[]): Candidate[] {
  const told: Candidate[] = [];
  for (let at = 0; at < incident.length; ) {
    let end = at + 1;
    while (
      end < incident.length &&
      isNear(words, positionOf(incident, end - 1), positionOf(incident, end), AT_ONCE, AT_ONCE_MS)
    )
      end += 1;
    const event = incident.slice(at, end);
    told.push(together(strongestOf(event), event));
    at = end;
  }
  return told;
}

function positionOf(incident: readonly Candidate[], at: number): number {
  return incident[at]?.position ?? 0;
}

function namesOf(followers: readonly Candidate[]): string {
  const names = [...new Set(followers.map(({ name }) => name))];
  const shown = names.slice(0, NAMED).map((name) => `“${shorten(name)}”`);
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}

/** Something new just before trouble begins is worth more. */
function foreshadow(candidate: Candidate, incidents: readonly Candidate[], words: Words): void {
  if (candidate.kind !== 'new') return;
  const next = incidents.find(
    ({ position, kind }) => position > candidate.position && (kind === 'cascade' || kind === 'burst'),
  );
  if (!next || !isNear(words, candidate.position, next.position)) return;
  candidate.weights.push({ text: 'errors began shortly after', points: 2 });
  candidate.reason += `; errors began ${words.distance(candidate.position, next.position)} later`;
}

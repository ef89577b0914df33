import type { Candidate } from './candidate.ts';
import { RecordLook } from './recordLook.ts';
import type { Restart } from './restartsOf.ts';
import type { Survey } from './survey.ts';
import { count, plural, type Words } from './words.ts';

/** Starts that follow each other so closely are a loop: a supervisor waits up to five minutes. */
const LOOP_MS = 10 * 60_000;
const LOOP_RECORDS = 200;
const LOOP_STARTS = 3;

/** Starts that nobody wanted: after a crash, or one after the other. */
export function findRestarts(survey: Survey, restarts: readonly Restart[], words: Words): Candidate[] {
  const look = new RecordLook(survey.index);
  const found: Candidate[] = [];
  for (let at = 0; at < restarts.length; ) {
    let last = at;
    while (last + 1 < restarts.length && follows(words, restarts[last] as Restart, restarts[last + 1] as Restart))
      last += 1;
    const group = restarts.slice(at, last + 1);
    const again = group.filter(({ after }) => after !== 'nothing');
    if (again.length >= LOOP_STARTS) found.push(loop(survey, look, words, group));
    else for (const restart of group) if (restart.after === 'crash') found.push(crash(survey, look, words, restart));
    at = last + 1;
  }
  return found;
}

function follows(words: Words, before: Restart, next: Restart): boolean {
  const elapsed = words.between(before.position, next.position);
  return elapsed === undefined ? next.position - before.position <= LOOP_RECORDS : elapsed <= LOOP_MS;
}

function loop(survey: Survey, look: RecordLook, words: Words, group: readonly Restart[]): Candidate {
  const first = group[0] as Restart;
  const last = group[group.length - 1] as Restart;
  const crashes = group.filter(({ after }) => after === 'crash');
  const head = crashes[0] ?? group[1] ?? first;
  return {
    ...base(survey, look, head.after === 'crash' ? (head.endedAt ?? head.position) : head.position),
    end: last.position,
    weights: [
      { text: `${group.length} starts in a row`, points: 6 + Math.min(3, Math.log(group.length)) },
      ...(crashes.length > 0 ? [{ text: `${plural(crashes.length, 'crash')} among them`, points: 2 }] : []),
    ],
    reason: `started ${count(group.length)} times within ${words.distance(first.position, last.position)}${crashes.length > 0 ? `, ${count(crashes.length)} of them after a crash` : ''}: it does not stay up`,
    records: group.length,
  };
}

function crash(survey: Survey, look: RecordLook, words: Words, restart: Restart): Candidate {
  const position = restart.endedAt ?? restart.position;
  return {
    ...base(survey, look, position),
    end: restart.position,
    weights: [{ text: 'a start after a crash', points: 7 }],
    reason: `ended without being asked to ${words.when(position)} and was started again ${words.distance(position, restart.position)} later`,
    records: 1,
  };
}

function base(survey: Survey, look: RecordLook, position: number): Candidate {
  const slot = survey.slots[look.shape(position)] as number;
  return {
    kind: 'restart',
    position,
    end: position,
    slot,
    severity: 3,
    weights: [],
    reason: '',
    name: survey.templates[slot]?.text ?? '',
    records: 1,
    folded: [],
  };
}

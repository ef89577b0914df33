import type { LogIndex } from '../index/logIndex.ts';
import { FATAL } from '../levels.ts';
import { createPace, type Pace } from './pace.ts';
import { RecordLook } from './recordLook.ts';
import { courseOf, type WatchedRecord } from './series.ts';
import { type Survey, surveyIndex } from './survey.ts';

/** A process began here. */
export interface Restart {
  /** Record of the start's first message. */
  record: number;
  position: number;
  /** The log tells of an earlier start, or of other work before this one. */
  isFirst: boolean;
  /** How the one before ended, as far as the log tells. */
  after: 'nothing' | 'farewell' | 'crash' | 'silence';
  /** Position of what tells the end; undefined for `nothing`. */
  endedAt?: number;
}

const START =
  /\b(?:start(?:ing|ed|s|up)?|boot(?:ing|ed|strap\w*)?|initiali[sz](?:ing|ed|ation)|launch(?:ing|ed)|listening|ready (?:to accept|for connections)|resuming normal operations|linux version|server (?:is )?(?:up|running|ready)|accepting connections|begin(?:s|ning)? operation)\b/i;
/** A message that by itself says that a whole program begins, not a piece of its work. */
const PROGRAM_START =
  /\b(?:(?:server|service|daemon|application|app|system|node|broker|database|engine|container|process|worker manager|master|program|instance)(?: \S{1,40})? (?:is )?(?:start(?:ing|ed|up)|boot(?:ing|ed)|up|ready|running|initiali[sz]ed)|(?:start(?:ing|ed)|boot(?:ing|ed)|launch(?:ing|ed)) (?:the |up )?(?:\S{1,40} )?(?:server|service|daemon|application|app|system|broker|database|engine|process|instance)|listening (?:on|at)|server listening|now listening|ready (?:to accept|for connections|for start up)|resuming normal operations|linux version \d?|booting linux|database system was (?:shut down|interrupted))\b/i;
const END =
  /\b(?:shut(?:ting)? ?down|exiting|exited|stopping|terminat(?:ed|ing)|caught sig\w+|received (?:signal|sig\w+|fast shutdown|smart shutdown)|sig(?:term|int|quit|kill|segv|abrt)|killed|panic|segfault|segmentation fault|core dumped|out of memory|fatal|uncaught|unhandled)\b/i;
const CRASH =
  /\b(?:killed|panic|sigkill|sigsegv|sigabrt|segfault|segmentation fault|core dumped|out of memory|fatal|uncaught|unhandled|was interrupted)\b/i;
/** More records of a template are work that starts, not a program. */
const MAX_STARTS = 60;
const MAX_SHARE = 0.02;
/** Start messages so close together belong to one start. */
const TOGETHER = 60;
const TOGETHER_MS = 15_000;
/** The end of the one before stands within so many records. */
const LOOK_BACK = 30;
/** A pause so much longer than the mean distance of records is a silence. */
const PAUSE_TIMES = 50;
const PAUSE_MS = 5_000;
const MAX_RESTARTS = 1_000;
/** Words are looked for in this much of a text. */
const LOOKED_AT = 300;
/** Templates between two turns. */
const TURN = 1_024;

/** Where processes began, for the outline: in the order of time. @throws the signal's reason */
export async function restartsOf(index: LogIndex, signal?: AbortSignal): Promise<Restart[]> {
  const pace = createPace(signal);
  const survey = await surveyIndex(index, pace);
  const watched = await startTemplates(survey, pace);
  return watched ? groupStarts(survey, (await courseOf(survey, watched, pace)).watched) : [];
}

/**
 * Templates that may announce a start: 2 by slot where a whole program says so, 1 where a piece of it may.
 * @returns undefined: none does, so that there is nothing to look for
 * @throws the signal's reason
 */
export async function startTemplates(
  { templates, count, records }: Survey,
  pace: Pace,
): Promise<Uint8Array | undefined> {
  const most = Math.max(3, Math.min(MAX_STARTS, records * MAX_SHARE));
  const kinds = new Uint8Array(templates.length + 1);
  let any = false;
  for (const [slot, { text }] of templates.entries()) {
    if (slot % TURN === 0) await pace();
    if ((count[slot] as number) === 0 || (count[slot] as number) > most) continue;
    const part = text.slice(0, LOOKED_AT);
    kinds[slot] = PROGRAM_START.test(part) ? 2 : START.test(part) ? 1 : 0;
    any ||= kinds[slot] === 2;
  }
  return any ? kinds : undefined;
}

/** Starts, of records that announce one, in the order of time. */
export function groupStarts(survey: Survey, starts: readonly WatchedRecord[]): Restart[] {
  const look = new RecordLook(survey.index);
  const usual = meanDistance(survey, look);
  const found: Restart[] = [];
  for (let at = 0; at < starts.length && found.length < MAX_RESTARTS; ) {
    const first = starts[at] as WatchedRecord;
    let last = at;
    let strongest = first.kind;
    const slots = new Set([first.slot]);
    while (last + 1 < starts.length) {
      const next = starts[last + 1] as WatchedRecord;
      const previous = starts[last] as WatchedRecord;
      if (next.position - previous.position > TOGETHER || apart(look, previous.position, next.position) > TOGETHER_MS)
        break;
      // The same words once more are the next start, when the one before was complete.
      if (next.kind === 2 && next.slot === first.slot && slots.size > 1) break;
      last += 1;
      slots.add(next.slot);
      strongest = Math.max(strongest, next.kind);
    }
    at = last + 1;
    const ended = endBefore(survey, look, first.position, usual);
    const isFirst = found.length === 0;
    // One word of a start amid other work is somebody else's start, unless something ended before.
    if (strongest < 2 || (slots.size < 2 && ended.after === 'nothing' && first.position > TOGETHER)) continue;
    found.push({ record: survey.index.recordAt(first.position), position: first.position, isFirst, ...ended });
  }
  return found;
}

function endBefore(
  survey: Survey,
  look: RecordLook,
  position: number,
  usual: number,
): Pick<Restart, 'after' | 'endedAt'> {
  for (let before = position - 1; before >= Math.max(0, position - LOOK_BACK); before -= 1) {
    const text = survey.templates[survey.slots[look.shape(before)] as number]?.text.slice(0, LOOKED_AT) ?? '';
    if (CRASH.test(text) || look.level(before) >= FATAL) return { after: 'crash', endedAt: before };
    if (END.test(text)) return { after: 'farewell', endedAt: before };
  }
  if (position === 0) return { after: 'nothing' };
  const pause = apart(look, position - 1, position);
  return pause > Math.max(PAUSE_MS, PAUSE_TIMES * usual)
    ? { after: 'silence', endedAt: position - 1 }
    : { after: 'nothing' };
}

/** ms between two positions; 0 where no times are told. */
function apart(look: RecordLook, from: number, to: number): number {
  const start = look.time(from);
  const end = look.time(to);
  return start === undefined || end === undefined ? 0 : Math.max(0, end - start);
}

function meanDistance({ records }: Survey, look: RecordLook): number {
  return records > 1 ? apart(look, 0, records - 1) / (records - 1) : 0;
}

import type { LogEntry } from './observers/serviceStates.ts';

/** Words with which programs say that something takes too long, or that they are short of something. */
const STRAIN =
  /time[ds]?[ -]?out|ETIMEDOUT|deadline exceeded|\bslow(?:ly|ness)?\b|too long|unresponsive|latency|\blag\b|event.?loop|\bblocked for\b|\bstarv|\boverload|\bbusy\b|EMFILE|ENFILE|too many open files|WORKER TIMEOUT|max_children|\bqueue\b|backlog|workers?\b.*\bexhausted|ENOMEM|cannot allocate memory|out of memory|\bheap\b|\bmemory\b|\brss\b|\bdisk\b|no space|\btook (?:over |more than )?\d|behind schedule|throttl|\bfsync|\bswap|disk.{0,10}i\/o|rejectedexecution|thread.?pool|worker_connections|\bno (?:free|idle|available)\b|threads?\b.{0,40}in use/i;
/** Only what a record says first: a page of text that it quotes is not its own. */
const MAX_TEXT = 2_000;

/** Whether an error or a warning of a service is about time, memory, or another thing that runs out. */
export function speaksOfStrain({ record }: LogEntry): boolean {
  return STRAIN.test(record.text.slice(0, MAX_TEXT));
}

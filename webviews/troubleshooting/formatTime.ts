/** A time for a person: only the clock for today, else with the date. `now` is a parameter so that tests can set it. */
export function formatTime(iso: string, now = new Date()): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const clock = time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  if (time.toDateString() === now.toDateString()) return clock;
  const sameYear = time.getFullYear() === now.getFullYear();
  const date = time.toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
  return `${date}, ${clock}`;
}

/** The same to the minute, for what was long ago. */
export function formatMinute(iso: string, now = new Date()): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const clock = time.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });
  return time.toDateString() === now.toDateString() ? clock : `${formatDay(iso, now)}, ${clock}`;
}

/** Only its day: `today`, `yesterday`, `Nov 8`. */
export function formatDay(iso: string, now = new Date()): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const daysAgo = (days: number): string =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).toDateString();
  if (time.toDateString() === daysAgo(0)) return 'today';
  if (time.toDateString() === daysAgo(1)) return 'yesterday';
  const sameYear = time.getFullYear() === now.getFullYear();
  return time.toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** `340 ms`, `1.2 s`. */
export function formatDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
